"""The browser tests visit every page: each route that answers with a page stands in their list of addresses.

On a phone they judge the colours of that alone which is shown there alone.
"""

import re

from django.conf import settings
from django.urls import resolve

from tests.test_access_matrix import GET

# No pages: state for machines, downloads, and what the API answers; the admin is Django's own.
NO_PAGES = {
    "healthz", "dashboard:readyz", "dashboard:metrics", "demo-load", "admin", "intake:template",
    "intake:wrong-rows", "api:openapi", "api:command-line",
}  # fmt: skip
PAGES_OF_API = {"api:docs", "api:problems", "api:problem"}


def test_the_browser_tests_visit_every_page(addresses, open_addresses):
    visited = {address for side in ("client", "vendor", "operator") for address in addresses(side)} | {*open_addresses}
    pages = {
        name
        for name, _address, answers in GET
        if "200" in answers.split() and (not name.startswith("api:") or name in PAGES_OF_API)
    }

    names = {resolve(address.split("?")[0]).view_name for address in visited}

    assert pages - NO_PAGES - names == set()


def test_no_colour_depends_on_the_width():
    styles = (settings.BASE_DIR / "static/css/desk.css").read_text(encoding="utf-8")
    of_widths = re.findall(r"@media[^{]*width[^{]*\{(.*?)^\}", styles, re.DOTALL | re.MULTILINE)

    assert of_widths
    assert [word for rules in of_widths for word in re.findall(r"color|background|fill|opacity|filter|--", rules)] == []


def test_what_phones_alone_show_has_two_classes():
    styles = (settings.BASE_DIR / "static/css/desk.css").read_text(encoding="utf-8")
    [of_phones] = re.findall(r"@media[^{]*width[^{]*\{(.*?)^\}", styles, re.DOTALL | re.MULTILINE)
    shown = re.findall(r"([^}\n]*)\{[^}]*(?:display: inline|clip-path: none)", of_phones)

    assert [rule.split()[-1] for rule in shown] == [".phone-only", ".on-phone"]
