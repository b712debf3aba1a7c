"""Every page answers whom it is for, with what it is about."""

import pytest
import time_machine

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
