"""Every page answers whom it is for, with what it is about."""

from datetime import date

import pytest
import time_machine

from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Verdict
from tests.builders import NOW, make_history, make_night

Status = Verdict.Status


@pytest.fixture
def world(cast):
    """Acme's accuracy with Brightline failed in October; November is at risk; one night ran."""
    make_history(cast.levels["A-1/ACCURACY"], Status.MET, Status.BELOW_EXPECTED, Status.BREACH)
    make_night()
    return cast


PAGES = ["/", "/service-levels", "/breaches", "/contracts", "/vendors", "/runs", "/search?q=acc", "/me", "/help"]


@pytest.mark.parametrize("who", ["acme-manager", "brightline-manager", "zenith-viewer"])
@pytest.mark.parametrize("address", PAGES)
def test_pages_open(client, world, who, address):
    client.force_login(world.people[who])

    with time_machine.travel(NOW, tick=False):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "9999-01-01", "1066-10-14"])
def test_a_day_far_from_every_contract_is_answered_with_today(client, world, on):
    contract = world.contracts["A-1"]
    Contract.objects.filter(pk=contract.pk).update(
        renewal="automatic", renewal_months=12, notice_length=3, ends_on=date(2026, 1, 1)
    )
    client.force_login(world.people["acme-manager"])

    with time_machine.travel(NOW, tick=False):
        page = client.get(f"/contracts/{contract.public_id}?on={on}")

    assert (page.status_code, page.context["is_understood"]) == (200, False)


def test_things_open(client, world):
    level = ServiceLevel.objects.get(pk=world.levels["A-1/ACCURACY"].pk)
    breach = level.breaches.get()
    client.force_login(world.people["acme-manager"])
    with time_machine.travel(NOW, tick=False):
        for address in (
            f"/service-levels/{level.public_id}",
            f"/service-levels/{level.public_id}/2025-10",
            f"/service-levels/{level.public_id}/2025-10?rev=1",
            f"/breaches/{breach.public_id}",
            f"/contracts/{level.contract.public_id}",
            f"/contracts/{level.contract.public_id}?on=2025-03-01",
            f"/vendors/{level.contract.vendor.public_id}",
            "/runs/2025-11-05",
            "/runs/2025-11-05/Europe/Berlin",
        ):
            assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("query", ["status=met&status=breach", "page=1"])
def test_a_list_takes_a_parameter_as_often_as_it_has_values(client, world, query):
    client.force_login(world.people["acme-manager"])

    assert client.get(f"/verdicts?{query}").status_code == 200


def test_a_parameter_with_one_value_is_refused_when_it_is_given_twice(client, world):
    client.force_login(world.people["acme-manager"])

    for query in ("page=1&page=2", "format=csv&format=csv", "is_final=true&is_final=false"):
        answer = client.get(f"/verdicts?{query}")
        assert (answer.status_code, b"is given twice" in answer.content) == (400, True)
