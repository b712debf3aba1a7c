"""A page asks the database as often for fifty rows as for one, and stays light."""

import gzip
import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Verdict
from tests.builders import make_history, make_night, make_standing, make_verdict

pytestmark = pytest.mark.any_database
Status = Verdict.Status
LISTS = ["/", "/?show=all", "/service-levels", "/breaches", "/contracts", "/vendors", "/runs", "/search?q=l"]
MOST_NODES = 2_500
MOST_BYTES = 60 * 1024


def fill(cast, first: int, beyond: int) -> None:
    """Contracts with a vendor, a feed and a service level each, in breach, at risk, and owed."""
    for at in range(first, beyond):
        vendor = cast.vendor(f"Vendor {at}")
        contract = cast.contract(cast.clients["Acme"], vendor, f"B-{at:02d}")
        level = cast.level(cast.feed(contract, "LOG", "counts", schedule="monthly"), f"LEVEL_{at}")
        make_history(level, Status.MET, Status.BREACH, Status.NOT_REPORTED, last=date(2025, 9, 1))
        make_verdict(level, date(2025, 11, 1), Status.AT_RISK)
        make_standing(level)


def queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("name", ["acme-manager", "operator"])
def test_lists_ask_as_often_for_fifty_rows_as_for_one(signed_in, cast, name):
    make_night()
    client = signed_in(name)
    fill(cast, 0, 1)
    one = {address: queries(client, address) for address in LISTS}
    fill(cast, 1, 50)

    assert {address: queries(client, address) for address in LISTS} == one


def test_a_vendors_list_of_what_it_owes_asks_as_often_for_many_levels_as_for_one(signed_in, cast):
    client = signed_in("brightline-manager")
    one = queries(client, "/")
    for at in range(20):
        feed = cast.feed(cast.contracts["A-1"], f"LOG{at}", "counts", schedule="monthly")
        cast.level(feed, f"LEVEL_{at}")

    assert queries(client, "/") == one


def test_a_long_history_costs_no_more_queries(signed_in, cast):
    level = cast.levels["A-1/ACCURACY"]
    make_history(level, Status.BREACH)
    client = signed_in("acme-manager")
    addresses = [f"/service-levels/{level.public_id}", f"/service-levels/{level.public_id}/2025-10"]
    addresses.append(f"/breaches/{level.breaches.get().public_id}")
    one = [queries(client, address) for address in addresses]
    make_history(level, *[Status.BREACH] * 23, last=date(2025, 9, 1))

    assert [queries(client, address) for address in addresses] == one


def test_a_roll_up_asks_as_often_for_many_levels_as_for_one(signed_in, cast):
    client, client_id = signed_in("acme-manager"), cast.clients["Acme"].public_id
    addresses = ["/roll-ups", f"/roll-ups/{client_id}.SUM.2025-09"]
    fill(cast, 0, 1)
    ServiceLevel.objects.filter(code__startswith="LEVEL").update(roll_up="SUM")
    one = [queries(client, address) for address in addresses]
    fill(cast, 1, 6)
    ServiceLevel.objects.filter(code__startswith="LEVEL").update(roll_up="SUM")

    assert [queries(client, address) for address in addresses] == one


def test_a_contract_and_a_vendor_with_many_levels_show_fifty_of_them(signed_in, cast):
    client, contract = signed_in("acme-manager"), cast.contracts["A-1"]
    for at in range(60):
        cast.level(cast.feeds["A-1/QUALITY"], f"LEVEL_{at}")

    of_contract = client.get(f"/contracts/{contract.public_id}").content.decode()
    of_vendor = client.get(f"/vendors/{contract.vendor.public_id}").content.decode()

    assert [page.count('href="/service-levels/SL-') for page in (of_contract, of_vendor)] == [50, 50]
    assert "Page 1 of 2" in of_contract
    assert "All 61 service levels" in of_vendor


def test_a_full_first_page_stays_light(signed_in, cast):
    fill(cast, 0, 50)

    page = signed_in("acme-manager").get("/").content

    assert len(re.findall(rb"<[a-zA-Z]", page)) <= MOST_NODES
    assert len(gzip.compress(page)) <= MOST_BYTES // 2
