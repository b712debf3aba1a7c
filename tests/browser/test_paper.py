"""On paper: what one reads stays, what one clicks goes, and shapes survive black and white."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_printing_leaves_out_what_can_only_be_clicked(signed_in):
    page = signed_in("acme-manager")
    page.goto("/")
    page.emulate_media(media="print")

    for part in (".top", ".foot", "p.acts >> nth=0"):
        expect(page.locator(part).first).to_be_hidden()
    expect(page.locator(".headline")).to_be_visible()
    expect(page.locator(".heat .glyph").first).to_be_visible()


def test_paper_is_white_for_a_reader_who_likes_it_dark(signed_in):
    page = signed_in("acme-manager")
    page.goto("/")
    page.emulate_media(media="print", color_scheme="dark")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
