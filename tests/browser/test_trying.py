"""A stranger's first steps in the browser: a test key is made, and tried on the API's page; no live key is."""

import re

import pytest
from playwright.sync_api import Page, expect

from bpo.sandbox import SANDBOX, in_sandbox
from metrics.models.results import Batch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=["default", SANDBOX])]


def make_key(page: Page, kind: str) -> str:
    """A new key's text, from the page that shows it once."""
    page.goto("/api-keys")
    page.get_by_label("Name").fill("first steps")
    page.get_by_label(kind, exact=False).first.check()
    page.get_by_role("button", name="Create key").click()
    return page.locator("section.done pre").first.inner_text().strip()


def test_a_new_test_key_is_tried_from_the_first_look_to_the_verdict(signed_in, world):
    page = signed_in("brightline-manager")
    key = make_key(page, "test: nothing counts")
    page.goto("/api/docs")
    page.get_by_label("Test key").fill(key)
    answer = page.locator("#try-answer")
    for number in range(4):
        page.get_by_label("Request", exact=True).select_option(index=number)
        answer.evaluate("each => { each.textContent = '' }")
        page.locator("#try").get_by_role("button", name="Send").click()
        expect(answer).to_have_text(re.compile(r"^20[01].*\"livemode\": false", re.DOTALL))

    expect(answer).to_contain_text('"status": "met"')
    assert not Batch.objects.exists()
    with in_sandbox():
        assert Batch.objects.count() == 1


def test_a_live_key_is_not_sent_anywhere(signed_in, world):
    page = signed_in("brightline-manager")
    key = make_key(page, "live")
    page.goto("/api/docs")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Test key").fill(key)
    page.locator("#try").get_by_role("button", name="Send").click()

    expect(page.locator("#try-answer")).to_contain_text("not a test key")
    assert key.startswith("bpo_live_")
    assert [url for url in asked if "/api/v1/" in url] == []


def test_the_quick_start_is_one_tab_a_language(signed_in, world):
    page = signed_in("brightline-manager")
    page.goto("/api/docs")

    expect(page.get_by_role("tab")).to_have_text(["curl", "Python", "PowerShell", "Excel and Power Query"])
    expect(page.get_by_role("tabpanel")).to_have_count(1)


def test_arrow_keys_go_from_tab_to_tab(signed_in, world):
    page = signed_in("brightline-manager")
    page.goto("/api/docs")
    page.get_by_role("tab", name="curl").focus()
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("tab", name="Python")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Python")).to_be_visible()


def test_a_link_to_a_language_opens_its_tab(signed_in, world):
    page = signed_in("brightline-manager")
    page.goto("/api/docs#powershell")

    expect(page.get_by_role("tabpanel", name="PowerShell")).to_be_visible()


def test_the_pages_of_keys_and_of_the_api_can_be_used_by_everybody(signed_in, world, axe):
    page = signed_in("brightline-manager")
    make_key(page, "test: nothing counts")
    axe(page)
    page.goto("/api/docs")
    axe(page)
