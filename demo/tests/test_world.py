"""The demo world, small: built by the same code as the whole one, and then looked at."""

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve

from bpo.models import User
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel
from demo.clock import clock_stopped_at
from demo.loading import load_world
from demo.size import SMALL
from demo.worlds import bank, insurer
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.results import RESULT_TABLES, Batch, SupersededResult
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, LateArrival, Standing, Verdict
from metrics.services.nights import latest_night, run_night, zones
from metrics.services.verifying import verify
from reports.models import Message
from tests.compare_demo import SMALL_DUMP, differences, lines_of_database, opened, send_mails
from tests.support.databases import undone
from vendors.models import Vendor

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

NOW = datetime(2026, 6, 17, 9, tzinfo=UTC)
MOST_BYTES = 60_000
TOO_SHORT = 200  # bytes that do not pay to compress
PER_ROUTE = 4
LINK = re.compile(r'href="(/(?!static/|accounts/)[^"#]*)')
MORNING = {"day": "--for=2026-06-17", "now": f"--now={NOW.isoformat()}"}


@pytest.fixture(scope="module", autouse=True)
def lines_printed(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[str]]:
    """The world, with its first morning's mails; the lines that the load printed."""
    lines: list[str] = []
    with django_db_blocker.unblock(), undone():
        with clock_stopped_at(NOW):
            load_world(size=SMALL, now=NOW, say=lines.append)
        yield lines


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@example.com")


def test_a_line_for_each_client_names_what_was_done(lines_printed: list[str]) -> None:
    assert [line.split(":")[0] for line in lines_printed] == [
        "Contracts and people",
        "Vardehus Insurance",
        "Anonymous Bank",
        "Serra Systems",
        "Health Service in England",
    ]


def test_it_is_the_world_that_was_dumped() -> None:
    send_mails()

    assert differences(opened(SMALL_DUMP, "r"), lines_of_database()) == []


@pytest.mark.any_database
@pytest.mark.parametrize("name", ["insurer-manager", "bank-manager", "tern-manager", "operator"])
def test_every_page_is_compressed_to_60_kilobytes_at_most(name: str) -> None:
    browser = Client(headers={"Accept-Encoding": "gzip"})
    browser.force_login(person(name))
    with clock_stopped_at(NOW):
        pages = dict(walk(browser))

    assert len(pages) > 10
    plain = [address for address, page in pages.items() if "Content-Encoding" not in page.headers]
    assert [address for address in plain if len(pages[address].content) >= TOO_SHORT] == []
    assert [(address, len(page.content)) for address, page in pages.items() if len(page.content) > MOST_BYTES] == []


def walk(browser: Client) -> Iterator[tuple[str, HttpResponse]]:
    """Pages that links lead to from the overview, PER_ROUTE of each route."""
    waiting, met, seen = ["/"], set(), Counter()
    while waiting:
        address = waiting.pop(0)
        try:
            route = resolve(address.partition("?")[0]).route
        except Resolver404:
            continue
        seen[route] += 1
        if seen[route] > PER_ROUTE or (page := browser.get(address)).status_code != 200:
            continue
        if not page.headers["Content-Type"].startswith("text/"):
            continue
        yield address, page
        found = LINK.findall(gzip.decompress(page.content).decode()) if "gzip" in page.headers.values() else []
        waiting += [link for link in dict.fromkeys(map(unescape, found)) if link not in met]
        met |= set(waiting)


def test_every_status_is_there() -> None:
    # No contract of the demo has a level that promises nothing.
    expected = set(Verdict.Status.values) - {Verdict.Status.NO_TARGET}

    assert set(Verdict.objects.current().values_list("status", flat=True)) == expected


def test_every_kind_of_feed_has_results() -> None:
    assert [kind for kind in Feed.Kind.values if not RESULT_TABLES[kind].objects.exists()] == []


def test_every_final_verdict_follows_from_the_record() -> None:
    check = verify(Verdict.objects.all())

    assert check.verdicts
    assert check.differences == ()


def test_nothing_waits_to_be_judged() -> None:
    assert not DirtyCell.objects.exists()


def test_a_breach_is_there_of_every_kind_that_people_meet() -> None:
    assert Breach.objects.filter(verdict__is_deemed=True).exists()
    assert {"found", "cause", "closed", "withdrawn"} <= set(Breach.objects.values_list("state", flat=True))


def test_a_correction_left_the_old_result_and_the_old_verdict_behind() -> None:
    breach = Breach.objects.filter(state=Breach.State.WITHDRAWN, service_level__code="TIMELY").get()
    revisions = Verdict.objects.filter(service_level=breach.service_level, starts_on=breach.starts_on)

    assert SupersededResult.objects.filter(feed__code="KEYING", reason__startswith="A work queue").exists()
    assert list(revisions.order_by("revision").values_list("status", flat=True))[-1] == "met"
    assert revisions.filter(status="breach", is_current=False).exists()


def test_a_late_row_is_listed_and_moves_nothing() -> None:
    late = LateArrival.objects.select_related("batch").filter(service_level__code="TIMELY").get()
    verdict = Verdict.objects.current().get(service_level=late.service_level, starts_on=late.starts_on)

    assert verdict.closed_at < late.arrived_at
    assert late.batch.public_id not in verdict.working["facts"]["batches"]


def test_something_happened_last_night() -> None:
    night = Run.objects.filter(zone=insurer.ZONE).latest("local_date")
    found = BreachEvent.objects.filter(at__gte=night.started_at, kind=BreachEvent.Kind.FOUND)

    assert found.filter(breach__service_level__contract__zone=insurer.ZONE).exists()


def test_every_receipt_adds_up_to_rows() -> None:
    sent = Batch.objects.aggregate(new=Sum("rows_new"), superseded=Sum("rows_superseded"))

    assert sent["new"] == sum(table.objects.count() for table in RESULT_TABLES.values())
    assert sent["superseded"] == SupersededResult.objects.count()


def test_every_standing_says_what_its_latest_verdict_says() -> None:
    for standing in Standing.objects.filter(last_closed__isnull=False).select_related("last_closed"):
        ended = Verdict.objects.current().filter(service_level=standing.service_level_id, ends_on__lte=NOW.date())
        assert standing.last_closed == ended.order_by("starts_on").last()


@pytest.mark.parametrize("name", ["bank-manager", "insurer-viewer"])
def test_a_client_sees_its_own_contracts_and_no_other_client(name: str) -> None:
    own = {"bank-manager": bank.CLIENT, "insurer-viewer": insurer.CLIENT}[name]
    seen = [
        set(rows.visible_to(person(name)).values_list(path, flat=True))
        for rows, path in (
            (Contract.objects.all(), "client__organisation__name"),
            (ServiceLevel.objects.all(), "contract__client__organisation__name"),
            (Verdict.objects.all(), "service_level__contract__client__organisation__name"),
            (Breach.objects.all(), "service_level__contract__client__organisation__name"),
        )
    ]

    assert seen == [{own}] * 4


def test_rivals_under_one_client_do_not_see_each_other() -> None:
    code = SMALL.lines(bank.LINES)[0]
    vendor = bank.PARTIES[code][0]
    manager = person(f"{vendor.split()[0].lower()}-manager")

    assert [str(one) for one in Vendor.objects.visible_to(manager)] == [vendor]
    assert {one.vendor.name for one in Contract.objects.visible_to(manager)} == {vendor}


def test_every_contract_says_where_its_data_comes_from() -> None:
    words = set(Contract.objects.values_list("provenance", flat=True))

    assert all("Invented" in each or "moved by" in each for each in words)


def test_the_morning_brings_each_person_one_mail_at_most_and_running_it_again_none() -> None:
    call_command("send_digests", MORNING["day"], MORNING["now"], stdout=StringIO())
    first = len(mail.outbox)
    with clock_stopped_at(NOW):
        for zone in zones():
            run_night(zone=zone, local_date=latest_night(zone, NOW), now=NOW)
    call_command("send_digests", MORNING["day"], MORNING["now"], stdout=StringIO())

    assert first > 0
    assert len(mail.outbox) == first
    assert not Message.objects.values("recipient").annotate(mails=Count("pk")).filter(mails__gt=1).exists()
    assert sorted(to for one in mail.outbox for to in one.to) == sorted({to for one in mail.outbox for to in one.to})
