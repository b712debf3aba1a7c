"""A draft is its client's alone, as if it did not exist, until it is proposed to its vendor or takes its history."""

from datetime import date

import pytest
from django.http import HttpResponse
from django.test import Client

from bpo.models import AuditEntry
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from contracts.services.agreements import create_contract
from metrics.models.verdicts import Verdict
from tests.builders import make_history
from tests.test_access_matrix import ABSENT, GET, POST, World, bare, things
from tests.test_access_matrix import built as built
from tests.test_access_matrix import db as db
from tests.test_access_matrix import world as world

VENDORS = ("brightline-manager", "brightline-reporter")
# What is the vendor's own, whatever becomes of a contract.
OWN = ("{key}", "{import}", "{batch}", "{vendor}", "{reading}")
FREE = [template for _, template, _ in GET if "{" not in template and not template.startswith("/accounts/")]


def withdraw(world: World) -> None:
    """Make the contract of the world a draft, with all that it has."""
    Contract.objects.filter(pk=world.level.contract_id).update(status=Contract.Status.DRAFT)


def answers(world: World, client: Client, headers: dict[str, str]) -> list[tuple[int, bytes]]:
    """What somebody is answered about everything of the contract, by reading and by acting."""
    mine = [world.names[name] for name in ABSENT if name in world.names] + list(ABSENT.values())
    got: list[HttpResponse] = [
        client.get(world.address(row[1]), headers=headers)
        for row in things(GET)
        if not any(own in row[1] for own in OWN) and not row[1].startswith("/a/")
    ]
    for template, body, _ in things(POST):
        if not any(own in template for own in OWN):
            got.append(world.post(client, template, body, **headers))
    return [(answer.status_code, bare(answer, *mine)) for answer in got]


@pytest.mark.any_database
@pytest.mark.parametrize("name", [*VENDORS, "key"])
def test_a_draft_is_answered_to_its_vendor_like_what_never_was(world, name):
    withdraw(world)
    client = world.sessions.get(name) or Client()
    headers = {"Authorization": f"Bearer {world.keys[name]}"} if name in world.keys else {}
    mine = dict(world.names)
    of_draft = answers(world, client, headers)
    world.names = mine | {name: ABSENT[name] for name in mine if name in ABSENT}
    absent = answers(world, client, headers)

    assert len(of_draft) > 40
    assert [pair for pair in zip(of_draft, absent, strict=True) if pair[0] != pair[1]] == []


def draft_contract(world: World) -> Contract:
    """One more contract of Acme and Brightline, a draft with a service level, verdicts and an open breach."""
    level = world.level
    contract = create_contract(
        actor=world.cast.people["acme-admin"], client=level.contract.client, vendor=level.contract.vendor,
        reference="A-9", title="Secret accuracy", starts_on=date(2025, 1, 1),
    )  # fmt: skip
    feed = world.cast.feed(contract, "SECRET", Feed.Kind.COUNTS)
    make_history(world.cast.level(feed, "ACCURACY"), Verdict.Status.BREACH, last=date(2025, 9, 1))
    return contract


@pytest.mark.any_database
def test_nothing_that_a_vendor_reads_changes_with_a_draft(world):
    def read() -> dict[tuple[str, str], bytes]:
        # The key first: its page says when it was used last.
        headers = {"Authorization": f"Bearer {world.keys['key']}"}
        found = {
            ("key", path): bare(Client().get(path, headers=headers)) for path in FREE if path.startswith("/api/v1/")
        }
        return found | {(name, path): bare(world.sessions[name].get(path)) for name in VENDORS for path in FREE}

    before = read()
    draft_contract(world)

    assert [place for place, body in read().items() if body != before[place]] == []


def test_the_client_sees_its_draft(world):
    contract = draft_contract(world)
    page = world.sessions["acme-viewer"].get(f"/contracts/{contract.public_id}").content.decode()
    rows = world.sessions["acme-viewer"].get("/api/v1/contracts").json()["results"]

    assert "draft, not shown to the vendor" in page
    assert contract.public_id in {row["id"] for row in rows}


@pytest.mark.parametrize("columns", [{"is_proposed": True}, {"judged_from": date(2025, 7, 1)}])
def test_a_vendor_sees_a_draft_that_is_proposed_to_it_or_takes_its_history(world, columns):
    contract = draft_contract(world)
    Contract.objects.filter(pk=contract.pk).update(**columns)
    page = world.sessions["brightline-reporter"].get(f"/contracts/{contract.public_id}").content.decode()

    assert "draft, proposed to the vendor" in page


def test_what_was_done_to_a_draft_is_no_entry_that_its_vendor_may_read(world):
    contract = draft_contract(world)
    reader = world.cast.people["brightline-manager"]
    entries = AuditEntry.objects.filter(thing_id=contract.public_id)

    assert entries.exists()
    assert not entries.visible_to(reader).exists()


def test_a_vendor_does_not_read_its_own_risk_tier(world):
    vendor = world.level.contract.vendor
    paths = ("/vendors", "/vendors?format=csv", f"/vendors/{vendor.public_id}")
    texts = {
        name: " ".join(world.sessions[name].get(path).content.decode().lower() for path in paths)
        for name in ("brightline-manager", "acme-viewer")
    }

    assert ("risk tier" in texts["acme-viewer"], "risk_tier" in texts["acme-viewer"]) == (True, True)
    assert not any(word in texts["brightline-manager"] for word in ("risk tier", "risk_tier", "moderate"))
