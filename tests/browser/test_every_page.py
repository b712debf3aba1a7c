"""Every page, in a real Chromium: WCAG 2.2 AA, light and dark, wide and on a phone, without a complaint."""

import pytest

pytestmark = pytest.mark.browser
SIDES = [("acme-manager", "client"), ("brightline-manager", "vendor")]
MOST_NODES = 2_500


@pytest.mark.parametrize("width", [1366, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "side"), SIDES)
def test_no_page_breaks_a_rule_of_accessibility(signed_in, addresses, axe, name, side, scheme, width):
    page = signed_in(name)
    page.set_viewport_size({"width": width, "height": 768})
    page.emulate_media(color_scheme=scheme)
    for address in addresses(side):
        page.goto(address)
        axe(page)


def test_no_page_of_the_operator_breaks_a_rule_of_accessibility(signed_in, addresses, axe):
    page = signed_in("operator")
    for address in addresses("operator"):
        page.goto(address)
        axe(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_breaks_no_rule_of_accessibility(world, page, axe, scheme):
    page.emulate_media(color_scheme=scheme)
    for address in ("/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"):
        page.goto(address)
        axe(page)


@pytest.mark.parametrize("width", [360, 320])
def test_no_page_scrolls_sideways_on_a_phone(signed_in, addresses, width):
    page = signed_in("acme-manager")
    page.set_viewport_size({"width": width, "height": 740})
    wide = []
    for address in addresses("client"):
        page.goto(address)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)

    assert wide == []


def test_on_a_phone_the_headline_and_the_counters_need_no_scrolling(signed_in):
    page = signed_in("acme-manager")
    page.set_viewport_size({"width": 360, "height": 740})
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
