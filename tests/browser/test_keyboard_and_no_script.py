"""The pages work by keyboard alone, and before JavaScript does."""

import pytest
from playwright.sync_api import Page, expect

from metrics.models.breaches import Breach

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery staple"


@pytest.fixture
def without_script(browser, live_server, world):
    """A page in a Chromium that runs no script."""
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def sign_in(page: Page, person) -> None:
    person.set_password(PASSWORD)
    person.save()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_two_clicks_lead_from_the_overview_to_why_a_level_is_in_breach(without_script, world):
    page = without_script
    sign_in(page, world.people["acme-manager"])

    page.locator(".queue a").first.click()
    page.get_by_role("link", name="Why this number").click()

    expect(page.locator(".working li")).to_have_count(6)


def test_a_breach_is_acknowledged_without_script(without_script, world):
    page = without_script
    sign_in(page, world.people["acme-manager"])
    breach = Breach.objects.filter(service_level__contract__reference="A-1").first()

    page.goto(f"/breaches/{breach.public_id}")
    page.get_by_role("button", name="Acknowledge").click()

    expect(page.get_by_role("status").first).to_contain_text(f"{breach.public_id}: Acknowledged")


def test_filters_tabs_search_and_days_work_without_script(without_script, world):
    page = without_script
    sign_in(page, world.people["acme-manager"])

    page.goto("/service-levels")
    page.get_by_label("Text").fill("ANSWERED")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("[data-announce]")).to_have_text("1 service level")

    page.goto("/breaches")
    page.get_by_role("link", name="All", exact=True).click()
    expect(page.locator(".tabs [aria-current]")).to_have_text("All")

    page.get_by_label("Search").fill(world.levels["A-1/ACCURACY"].public_id)
    page.get_by_label("Search").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("ACCURACY")


def test_a_wrong_password_is_said_on_top_and_in_the_title(without_script, world):
    page = without_script
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill("acme-manager@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_title("Error: Sign in – BPO desk")
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")


def test_the_first_tab_stop_skips_to_the_content(signed_in):
    page = signed_in("acme-manager")
    page.goto("/")
    page.keyboard.press("Tab")

    expect(page.locator(":focus")).to_have_text("Skip to main content")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_the_slash_goes_to_the_search_and_an_id_opens_its_page(signed_in, world):
    page = signed_in("acme-manager")
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(world.levels["A-1/ACCURACY"].public_id)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("ACCURACY")


def test_a_swap_pushes_the_address_keeps_the_focus_and_is_said_aloud(signed_in):
    page = signed_in("acme-manager")
    page.goto("/breaches")
    page.locator("#tab-all").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tab-all")).to_have_attribute("aria-current", "true")

    assert page.url.endswith("/breaches?tab=all")
    expect(page.locator("#tab-all")).to_be_focused()
    expect(page.locator("#live")).to_contain_text("breach")


def test_going_back_brings_the_list_as_it_was(signed_in):
    page = signed_in("acme-manager")
    page.goto("/breaches")
    page.locator("#tab-closed").click()
    expect(page.locator("#tab-closed")).to_have_attribute("aria-current", "true")

    page.go_back()

    expect(page.locator("#tab-open")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("heading", level=1)).to_have_text("Breaches")


def test_where_the_focus_is_can_always_be_seen(signed_in):
    page = signed_in("acme-manager")
    page.goto("/")
    hidden = []
    for _ in range(25):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.outerHTML.slice(0, 80), s.outlineStyle, parseInt(s.outlineWidth)] }"
        )
        if style[1] == "none" or style[2] < 2:
            hidden.append(style)

    assert hidden == []


def test_looking_at_every_page_changes_nothing(signed_in, addresses):
    page = signed_in("acme-manager")
    before = list(Breach.objects.order_by("pk").values())
    for address in addresses("client"):
        page.goto(address)

    assert list(Breach.objects.order_by("pk").values()) == before
