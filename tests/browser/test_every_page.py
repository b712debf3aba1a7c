"""Every page, in a real Chromium: WCAG 2.2 AA, light and dark, wide and on a phone, without a complaint."""

import pytest

pytestmark = pytest.mark.browser
SIDES = [("acme-manager", "client"), ("brightline-manager", "vendor")]
MOST_NODES = 2_500
WIDE, PHONE = {"width": 1366, "height": 768}, {"width": 360, "height": 740}
PHONE_WIDTHS = (360, 320)
OF_COLOURS = ("color-contrast", "link-in-text-block")
ON_PHONES_ALONE = ".phone-only, .on-phone"
# 24 by 24 CSS pixels, or alone in its line of text.
SMALL_TARGETS = """() =>
    [...document.querySelectorAll('main a, main button, main input:not([type=hidden]), main select')]
    .filter(e => e.offsetParent !== null)
    .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
    .filter(([, box]) => box.height < 24)
    .map(([html]) => html)"""


@pytest.mark.parametrize(("name", "side"), SIDES)
def test_no_page_breaks_a_rule_of_accessibility_or_scrolls_sideways_or_has_a_small_target(
    signed_in, addresses, axe, name, side
):
    """One visit a page: in the dark only colours are other ones, on a phone only those of what is shown there alone."""
    page, faults = signed_in(name), []
    for address in addresses(side):
        page.goto(address)
        page.set_viewport_size(WIDE)
        axe(page)
        faults += [(address, html) for html in page.evaluate(SMALL_TARGETS)]
        page.emulate_media(color_scheme="dark")
        axe(page, *OF_COLOURS)
        page.set_viewport_size(PHONE)
        axe(page, *OF_COLOURS, within=ON_PHONES_ALONE)
        page.emulate_media(color_scheme="light")
        axe(page, *OF_COLOURS, within=ON_PHONES_ALONE)
        axe(page, without=OF_COLOURS)
        for width in PHONE_WIDTHS:
            page.set_viewport_size({**PHONE, "width": width})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append((address, f"scrolls sideways at {width}"))

    assert faults == []


def test_no_page_of_the_operator_breaks_a_rule_of_accessibility(signed_in, addresses, axe):
    page = signed_in("operator")
    for address in addresses("operator"):
        page.goto(address)
        axe(page)


def test_no_page_before_the_sign_in_breaks_a_rule_of_accessibility(page, open_addresses, axe):
    for address in open_addresses:
        page.goto(address)
        axe(page)
        page.emulate_media(color_scheme="dark")
        axe(page, *OF_COLOURS)
        page.emulate_media(color_scheme="light")


def test_on_a_phone_the_headline_and_the_counters_need_no_scrolling(signed_in):
    page = signed_in("acme-manager")
    page.set_viewport_size(PHONE)
    page.goto("/")

    box = page.locator(".counters").bounding_box()

    assert box["y"] + box["height"] <= 740


def test_a_first_visit_is_light(signed_in):
    page = signed_in("acme-manager")
    sizes = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))

    page.goto("/", wait_until="networkidle")

    assert len(sizes) <= 6
    assert page.evaluate("document.querySelectorAll('*').length") <= MOST_NODES
