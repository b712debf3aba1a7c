"""Every page, in a real Chromium: WCAG 2.2 AA, light and dark, wide and on a phone, without a complaint."""

import pytest

pytestmark = pytest.mark.browser
SIDES = [("acme-manager", "client"), ("brightline-manager", "vendor")]
MOST_NODES = 2_500
WIDE, PHONE = {"width": 1366, "height": 768}, {"width": 360, "height": 740}
OF_COLOURS = ("color-contrast", "link-in-text-block")


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_no_page_breaks_a_rule_of_accessibility(signed_in, addresses, axe, name, side):
    """All rules wide and on a phone; in the dark only colours are other ones."""
    page = signed_in(name)
    for address in addresses(side):
        page.goto(address)
        for width in (WIDE, PHONE):
            page.set_viewport_size(width)
            page.emulate_media(color_scheme="light")
            axe(page)
            page.emulate_media(color_scheme="dark")
            axe(page, *OF_COLOURS)


def test_no_page_of_the_operator_breaks_a_rule_of_accessibility(signed_in, addresses, axe):
    page = signed_in("operator")
    for address in addresses("operator"):
        page.goto(address)
        axe(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_before_the_sign_in_breaks_a_rule_of_accessibility(page, open_addresses, axe, scheme):
    page.emulate_media(color_scheme=scheme)
    for address in open_addresses:
        page.goto(address)
        axe(page)


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_no_page_scrolls_sideways_on_a_phone(signed_in, addresses, name, side):
    page = signed_in(name)
    wide = []
    for address in addresses(side):
        page.goto(address)
        for width in (360, 320):
            page.set_viewport_size({"width": width, "height": 740})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append((address, width))

    assert wide == []


def test_on_a_phone_the_headline_and_the_counters_need_no_scrolling(signed_in):
    page = signed_in("acme-manager")
    page.set_viewport_size(PHONE)
    page.goto("/")

    box = page.locator(".counters").bounding_box()

    assert box["y"] + box["height"] <= 740


def test_every_target_is_large_enough_for_a_finger(signed_in, addresses):
    """24 by 24 CSS pixels, or alone in its line of text."""
    page = signed_in("acme-manager")
    small = []
    for address in addresses("client"):
        page.goto(address)
        small += page.evaluate(
            """() => [...document.querySelectorAll('main a, main button, main input:not([type=hidden]), main select')]
                .filter(e => e.offsetParent !== null)
                .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
                .filter(([, box]) => box.height < 24)
                .map(([html]) => html)"""
        )

    assert small == []


def test_a_first_visit_is_light(signed_in):
    page = signed_in("acme-manager")
    sizes = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))

    page.goto("/", wait_until="networkidle")

    assert len(sizes) <= 6
    assert page.evaluate("document.querySelectorAll('*').length") <= MOST_NODES
