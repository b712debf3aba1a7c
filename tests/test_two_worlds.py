"""What a party can fetch is byte for byte the same, whatever the data of others is.

Everything that a party can read is fetched twice: before and after the others got contracts, results, breaches, files,
keys and people. No list, count, header, mail or error may differ.
"""

import os
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client

from bpo.models import AuditEntry, Role, User
from breaches.services.excuses import ask_excuse
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel
from intake.files.importing import keep_upload
from intake.models.imports import Import
from metrics.models.breaches import Breach, Excuse
from metrics.models.results import Batch, CountResult
from metrics.models.verdicts import Standing, Verdict
from metrics.services.judging import judge_all
from reports.models import Message
from reports.readers import make_reader
from reports.selecting.digest import UpcomingDates
from reports.services.queueing import queue_digest
from tests.builders import NOW, make_history
from tests.support.databases import undone
from tests.test_access_matrix import GET, VARYING, World
from vendors.models import ApiKey, Vendor

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
# Lists have a file; a filter or an order may lead where a plain list does not.
LISTS = ("/service-levels", "/breaches", "/verdicts", "/vendors", "/data", "/contracts", "/roll-ups", "/imports")
QUERIES = ("format=csv", "q=Delta", "q=Cobalt", "page=2")
API_QUERIES = ("limit=1", "offset=1", "format=json")
HEADERS = {"X-Request-Id", "Set-Cookie", "Content-Length"}
# How fast somebody may ask is their own; it counts down with each request.
COUNTED = re.compile("ratelimit", re.IGNORECASE)
NAMES_OF_MAILED_ROWS = re.compile(r"mail=ML-[0-9A-Z]+")


def addresses(world: World) -> list[str]:
    """All addresses with the names of things, and lists in their other forms."""
    found = list(dict.fromkeys(world.address(template) for _name, template, _expected in GET))
    queries = [f"{path}?{query}" for path in LISTS for query in QUERIES]
    lists = [path for path in found if re.fullmatch(r"/api/v1/[a-z-]+", path)]
    # Pages of one's own account have secrets that differ each time.
    found = [path for path in found if not path.startswith("/accounts/")]
    return found + queries + [f"{path}?{query}" for path in lists for query in API_QUERIES]


def seen(response: HttpResponse) -> tuple[int, dict[str, str], bytes]:
    body = response.content
    for pattern in VARYING:
        body = pattern.sub(b"", body)
    headers = {
        name: value for name, value in response.headers.items() if name not in HEADERS and not COUNTED.search(name)
    }
    return response.status_code, headers, body


def fetch_all(world: World, name: str) -> dict[str, object]:
    """What somebody is answered at every address, with their session; a vendor also with its key; and their mail."""
    answers: dict[str, object] = {}
    for address in addresses(world):
        with undone():
            answers[address] = seen(world.sessions[name].get(address))
        if name.startswith("brightline") and address.startswith("/api/v1/"):
            with undone():
                headers = {"Authorization": f"Bearer {world.keys['key']}"}
                answers[f"{address} by key"] = seen(Client().get(address, headers=headers))
    with undone():
        answers["mail"] = mail_to(world, name)
    return answers


def what_differs(address: str, before: object, after: object) -> str:
    """The address, and both answers around the first place at which they differ."""
    earlier, later = str(before), str(after)
    at = next((n for n, (one, other) in enumerate(zip(earlier, later, strict=False)) if one != other), 0)
    around = slice(max(at - 60, 0), at + 60)
    return f"{address}: {earlier[around]} ≠ {later[around]}"


def mail_to(world: World, name: str) -> list[str]:
    person = User.objects.get(email=f"{name}@example.com")
    queue_digest(reader=make_reader(person, NOW.date()), upcoming=UpcomingDates(), now=NOW)
    return [NAMES_OF_MAILED_ROWS.sub("", part) for mail in Message.objects.filter(recipient=person)
            for part in (mail.subject, mail.text, mail.html)]  # fmt: skip


def give_others_data(world: World, *references: str) -> None:
    """Give the contracts of others everything that a contract can have, and their parties people and keys."""
    cast = world.cast
    for reference in references:
        contract = cast.contracts[reference]
        level = cast.levels[f"{reference}/ACCURACY"]
        make_history(level, Verdict.Status.BREACH, Verdict.Status.MET, Verdict.Status.BREACH, last=date(2025, 9, 1))
        vendor = contract.vendor.organisation.name
        manager = cast.people[f"{vendor.lower()}-manager"]
        verdict = Verdict.objects.filter(service_level=level).latest("starts_on")
        ask_excuse(
            service_level=level, starts_on=verdict.starts_on, ends_on=verdict.starts_on + timedelta(days=1),
            reason="Power cut.", asked_by=manager, now=NOW,
        )  # fmt: skip
        extra = cast.feed(contract, "VOLUME", Feed.Kind.COUNTS, schedule=Feed.Schedule.MONTHLY)
        cast.level(extra, "BACKLOG")
        session = world._session(f"{vendor.lower()}-manager")
        row = {"contract": contract.public_id, "feed": "VOLUME", "numerator": "1", "denominator": "10"}
        sent = session.post(
            "/api/v1/results", [row | {"period": f"2025-{month:02d}"} for month in range(1, 11)],
            content_type="application/json",
        )  # fmt: skip
        assert sent.status_code == 201, sent.json()
        keep_upload(
            vendor=contract.vendor, person=manager, file_name="others.csv", content=b"feed,period\nVOLUME,2025-06\n",
            feed=None, reason="", now=NOW,
        )  # fmt: skip
        key = {"name": "others", "scopes": "read", "days": "30"}
        assert session.post("/api-keys", key).status_code == 201
        cast.person(f"{reference.lower()}-new", contract.client.organisation, Role.CLIENT_VIEWER)
    judge_all(now=NOW)


@pytest.fixture
def world(cast, monkeypatch) -> Iterator[World]:
    """The world of the access matrix; Brightline works for Zenith, too, of which Acme knows nothing."""
    monkeypatch.setattr("bpo.probes.broker_answers", lambda: True)
    with time_machine.travel(NOW, tick=False):
        contract = cast.contract(cast.clients["Zenith"], cast.vendors["Brightline"], "Z-2")
        feed = cast.feed(contract, "QUALITY", Feed.Kind.COUNTS, schedule=Feed.Schedule.MONTHLY)
        cast.level(feed, "ACCURACY")
        world = World(cast)
        judge_all(now=NOW)
        yield world


@pytest.mark.parametrize(("name", "others"), [("acme-admin", ["Z-1", "Z-2"]), ("brightline-manager", ["A-2", "Z-1"])])
def test_nothing_that_a_party_fetches_depends_on_the_data_of_others(world: World, name: str, others: list[str]):
    before = fetch_all(world, name)
    rows = CountResult.objects.count(), Breach.objects.count(), AuditEntry.objects.count()
    give_others_data(world, *others)
    now = CountResult.objects.count(), Breach.objects.count(), AuditEntry.objects.count()
    assert all(later > earlier for earlier, later in zip(rows, now, strict=True))
    after = fetch_all(world, name)

    different = [what_differs(address, was, after[address]) for address, was in before.items() if after[address] != was]
    if different:
        pytest.fail("\n".join(different))


def test_the_party_itself_sees_its_new_data(world: World):
    before = fetch_all(world, "cobalt-manager")
    give_others_data(world, "A-2")
    after = fetch_all(world, "cobalt-manager")

    assert len([address for address, answer in before.items() if after[address] != answer]) > 20


# Tables of which parties read lists; a long run takes each of them.
LISTED = (Breach, Verdict, Standing, Excuse, Batch, Contract, ServiceLevel, Feed, Vendor, Import, ApiKey)


@pytest.mark.parametrize(
    "model", LISTED if os.environ.get("HYPOTHESIS_PROFILE") == "long" else LISTED[:1], ids=lambda model: model.__name__
)
def test_a_table_of_which_everybody_sees_everything_is_noticed(world: World, model: type[Model], monkeypatch):
    give_others_data(world, "A-2", "Z-1", "Z-2")
    rows = type(model._default_manager.all())

    def differs(name: str) -> bool:
        right = fetch_all(world, name)
        with monkeypatch.context() as patched:
            patched.setattr(rows, "visible_to", lambda self, principal: self.all())
            return fetch_all(world, name) != right

    assert any(map(differs, ("acme-admin", "brightline-manager")))
