"""Every number that links to a list equals the rows of that list, for each reader of a world with every status."""

import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from breaches.services.transitions import BreachAct, act_on_breach
from metrics.models.breaches import Breach
from tests.browser.conftest import world
from tests.edges.test_missing_data import rows_behind

__all__ = ["world"]
READERS = ("operator", "acme-admin", "acme-manager", "acme-viewer", "brightline-manager", "brightline-reporter",
           "cobalt-manager", "delta-manager")  # fmt: skip
# A link whose text has a number in bold or in the tally of the bar.
LINK = re.compile(r'<a href="(/[^"]*)"[^>]*>((?:(?!</a>).)*?)</a>', re.DOTALL)
NUMBER = re.compile(r'<strong>\s*(\d[\d,]*)\s*</strong>|class="tally">\s*(\d[\d,]*)')
LISTS = ("/breaches", "/service-levels", "/data", "/excuses", "/contracts", "/vendors")


def counters(reader, address):
    """The numbers of a page that lead to a list, each with its link."""
    browser = Client()
    browser.force_login(reader)
    answer = browser.get(address)
    assert answer.status_code in (200, 404), address
    text = unescape(answer.content.decode()) if answer.status_code == 200 else ""
    found = [(match.group(1), NUMBER.search(match.group(2))) for match in LINK.finditer(text)]
    return [
        (int((number[1] or number[2]).replace(",", "")), url)
        for url, number in found
        if number and url.split("?")[0] in LISTS
    ]


@pytest.mark.parametrize("name", READERS)
def test_every_number_equals_the_rows_behind_its_link(world, name):
    reader = world.operator if name == "operator" else world.people[name]
    vendor, client = world.people["brightline-manager"], world.people["acme-manager"]
    breaches = list(Breach.objects.visible_to(vendor).open().order_by("pk"))
    act_on_breach(breach=breaches[0], by=client, act=BreachAct.ACKNOWLEDGE, now=timezone.now())
    pages = ["/", "/breaches", "/service-levels", "/data", "/excuses", "/vendors"]
    pages += [f"/vendors/{vendor.public_id}" for vendor in world.vendors.values()]

    found = {counter for page in pages for counter in counters(reader, page)}

    assert len(found) > 3
    assert {url: number for number, url in found} == {url: rows_behind(reader, url) for _number, url in found}
