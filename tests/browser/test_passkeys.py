"""Passkeys in a real Chromium with a virtual authenticator; codes without JavaScript."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import CDPSession, Page, expect

from bpo.models import AuditEntry, User
from tests.support.factors import add_app, code_now

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery staple"
INSIDE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def person(cast) -> User:
    person = cast.people["acme-admin"]
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def authenticator(page: Page) -> CDPSession:
    """Something in the machine that keeps passkeys and asks nobody."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": INSIDE})
    return session


def sign_in(page: Page, person: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/me")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def add_passkey(page: Page, person: User) -> None:
    sign_in(page, person)
    page.goto("/accounts/2fa/passkeys/add/")
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")


def test_a_passkey_is_added_and_then_signs_in_alone(page, authenticator, person):
    add_passkey(page, person)
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("link", name="Acme Admin")).to_be_visible()
    added = AuditEntry.objects.get(action="add_second_factor")
    assert added.changes == {"second_factor": [None, "Laptop"]}


def test_after_a_password_it_is_the_second_factor(page, authenticator, person):
    add_passkey(page, person)
    sign_out(page)
    sign_in(page, person)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("link", name="Acme Admin")).to_be_visible()


def test_a_passkey_of_nobody_lets_nobody_in_and_the_page_says_so(page, authenticator, person):
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("The passkey did not work")


def test_a_removed_passkey_lets_nobody_in(page, authenticator, person):
    add_passkey(page, person)
    Authenticator.objects.all().delete()
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.locator("main")).to_contain_text("not right")


def test_a_code_is_entered_without_javascript(browser, live_server, person):
    add_app(person)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, person)
    page.get_by_label("Code of your app").fill(code_now())
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name="Acme Admin")).to_be_visible()
    context.close()


def test_the_button_is_hidden_while_no_script_answers_it(browser, live_server, person):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/")

    expect(page.get_by_text("Use a passkey")).to_be_hidden()
    context.close()
