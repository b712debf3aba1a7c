"""Every counter of every page equals the rows behind its link, for each role, in a world with every status.

A counter is marked `data-counter`: a link to a list of exactly its rows, or without a link the number above a list.
"""

import csv
import io
import re
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from breaches.services.excuse_groups import ask_excuses
from breaches.services.transitions import BreachAct, act_on_breach
from contracts.models.agreements import SecurityDuty
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.results import Batch
from metrics.models.runs import Run
from metrics.models.verdicts import LateArrival, Verdict
from sla.periods import add_months
from tests.browser.conftest import addresses, fill
from tests.builders import make_breach, make_night, make_standing, make_verdict
from tests.edges.test_missing_data import read, rows_behind
from tests.support.cast import build_cast
from tests.support.page_counters import Counter, read_page
from tests.support.tampering import as_owner

__all__ = ["addresses"]
pytestmark = pytest.mark.any_database
Status = Verdict.Status
TEMPLATES = Path(__file__).parent.parent / "templates"
SIDES = {
    "operator": "operator", "acme-admin": "client", "acme-manager": "client", "acme-viewer": "client",
    "brightline-manager": "vendor", "brightline-reporter": "vendor",
}  # fmt: skip
# Numbers that look like counters and are none, by what they are.
NO_COUNTERS = (
    r"1 shown",  # the revision of a verdict that a page shows
    r"24 periods",  # the most that a chart draws
    r"\d+ rows",  # how long an uploaded file is, and what becomes of its rows
    r"\d+ (?:new|changed|unchanged)",
    r"[\d,]+ (?:valid )?rows?",
    r"of [\d,]+",  # the cases of a value, the pages of a list
)
# Columns of whole numbers that were measured or agreed, that name something, or whose rows are their owner's alone.
MEASURED = {"Cases", "Numerator", "Denominator", "Value", "So far", "Expected", "Limit", "Revision", "Row", "Line",
            "Status", "Cumulative share", "Now", "Sessions", "Days", "First values", "Read as"}  # fmt: skip


# What prints a number of things, unless they are days; and templates in which such a number counts no rows of a list.
PRINTS_COUNT = re.compile(r"{% blocktranslate count (?!days=)|\|(?:count|length)(?: %}| }})")
NO_ROWS = {
    "layout/_table.html": "columns of a table",
    "intake/_import_preview.html": "rows of an uploaded file",
    "intake/_import_progress.html": "lines and rows of an uploaded file",
    "intake/_import_changes.html": "service levels that an uploaded file touches",
    "intake/_reading_columns.html": "columns of an uploaded file",
    "intake/_reading_doubts.html": "questions about an uploaded file",
    "breaches/excuse_detail.html": "by how much a limit is easier",
    "dashboard/system_health.html": "conditions, which all stand in the table below",
    "mfa/index.html": "one's own passkeys, and recovery codes that are left",
    "record/contract_chain.html": "links of a chain, of which no list shows one",
}


def page_of(reader, address):
    """The page as it is read, or None where the reader may not see it."""
    browser = Client()
    browser.force_login(reader)
    answer = browser.get(address)
    assert answer.status_code in (200, 403, 404), address
    return answer.content.decode() if answer.status_code == 200 else None


def rows_of(reader, url):
    """How many rows there are behind a link."""
    if url.startswith("?dates=all"):
        listed = read(reader, "/?dates=all")
        return listed[listed.index('id="h-ahead"') :].count("<li>")
    if url.startswith("?show="):
        return heat_rows(read(reader, f"/{url}")) if "page=2" not in read(reader, f"/{url}") else -1
    if url.endswith(".csv"):
        browser = Client()
        browser.force_login(reader)
        return len(list(csv.reader(io.StringIO(browser.get(url).getvalue().decode("utf-8-sig"))))) - 1
    return rows_behind(reader, url)


def heat_rows(page):
    return len(re.findall(r'<th scope="row">', page[page.index('id="heat"') :].split("</section>")[0]))


def rows_beside(reader, address, page, counter: Counter):
    """How many rows the list has above which a counter stands."""
    if counter.section == "heat":
        return heat_rows(page)
    if counter.section == "list":
        return rows_behind(reader, address)
    inside = next(part for part in page.split("<summary data-counter>")[1:] if part.startswith(counter.words))
    return inside.split("</details>")[0].split("<tbody>")[1].count("<tr")


def happen(world):
    """Breaches since the night before the last, one of them withdrawn, a recovery, excuses; and the world's runs."""
    now, last = timezone.now(), add_months(timezone.localdate().replace(day=1), -1)
    for run in (runs := list(Run.objects.all())):
        make_night(run.zone, on=run.local_date - timedelta(days=1))
        verdicts = Verdict.objects.filter(service_level__contract__zone=run.zone)
        with as_owner():
            verdicts.filter(starts_on__gte=add_months(last, -4)).update(run=run)
    for reference in ("A-1", "A-2", "Z-1"):
        feed = world.feeds[f"{reference}/QUALITY"]
        for number, status in enumerate((Status.BREACH, Status.BREACH, Status.MET, Status.NOT_REPORTED)):
            level = world.level(feed, f"NEW_{number}")
            make_verdict(level, add_months(last, -1), Status.BREACH)
            verdict = make_verdict(level, last, status, judged_at=now)
            if status == Status.BREACH:
                breach = make_breach(verdict, answer_due_at=now + timedelta(days=3))
            make_standing(level)
        BreachEvent.objects.create(breach=breach, at=now, kind=BreachEvent.Kind.WITHDRAWN, text="95 %.")
        Breach.objects.filter(pk=breach.pk).update(state=Breach.State.WITHDRAWN)
        person = world.people[{"A-1": "brightline", "A-2": "cobalt", "Z-1": "delta"}[reference] + "-manager"]
        levels = [world.levels[f"{reference}/NEW_{number}"] for number in range(3)]
        for day in range(1, 6):
            asked = {"starts_on": last + timedelta(days=day), "ends_on": last + timedelta(days=day + 1), "now": now}
            several = levels if day == 1 else levels[:1]
            ask_excuses(service_levels=several, reason="The line was cut.", asked_by=person, **asked)
    return runs


def late_results(world):
    """Results that came after their periods had closed, of which one is counted."""
    for reference in ("A-1", "A-2", "Z-1"):
        level = world.levels[f"{reference}/ACCURACY"]
        batch = Batch.objects.create(
            vendor=level.contract.vendor, channel="api", media_type="application/json", received_at=timezone.now(),
            rows_received=3, rows_new=3, rows_superseded=0, rows_unchanged=0, sha256="0" * 64,
        )  # fmt: skip
        closed = list(level.verdicts.filter(is_final=True).order_by("starts_on"))[-2:]
        for number, verdict in enumerate((closed[0], closed[1], closed[1])):
            LateArrival.objects.create(
                service_level=level, starts_on=verdict.starts_on, key=f"{number}|", batch=batch,
                arrived_at=timezone.now(), reason="Found later.", counted_by=None if number else verdict,
            )  # fmt: skip
        for day in range(1, 12):
            SecurityDuty.objects.create(
                contract=level.contract, control=f"Control {day}", evidence="Report", frequency="yearly",
                next_due_on=timezone.localdate() + timedelta(days=day),
            )  # fmt: skip


@pytest.fixture(scope="module")
def built(module_database):
    return keep_busy(fill(build_cast()))


@pytest.fixture
def db(put_back):
    """The module's world, as it was."""


@pytest.fixture
def world(built, db):
    return deepcopy(built)


def keep_busy(world):
    """The world after nights, answers, excuses and late results."""
    vendor, client = world.people["brightline-manager"], world.people["acme-manager"]
    breaches = list(Breach.objects.visible_to(vendor).open().order_by("pk"))
    act_on_breach(breach=breaches[0], by=client, act=BreachAct.ACKNOWLEDGE, now=timezone.now())
    Breach.objects.filter(pk=breaches[0].pk).update(answer_due_at=timezone.now() + timedelta(days=3))
    given = {"cause_kind": "staffing", "cause": "Two were ill.", "action": "Two were hired."}
    act_on_breach(breach=breaches[1], by=vendor, act=BreachAct.ANSWER, now=timezone.now(), **given)
    for run in happen(world):
        run.failures = [{"service_level": "SL-00000", "period": "2025-10", "error": "it is gone"}] * 60
        run.save()
    late_results(world)
    return world


@pytest.mark.parametrize("name", SIDES)
def test_every_counter_of_every_page_equals_the_rows_behind_its_link(world, addresses, name):
    reader = world.operator if name == "operator" else world.people[name]
    own = [page for page in addresses(SIDES[name]) if not page.startswith(("/accounts/", "/api/"))]
    pages = [*own, "/vendors"]
    pages += [f"/vendors/{vendor.public_id}" for vendor in world.vendors.values()]
    pages += [f"/runs/{run.local_date}/{run.zone}" for run in Run.objects.all()]
    found, wrong = set(), []
    for address in pages:
        page = page_of(reader, address)
        if page is None:
            continue
        seen = read_page(page)
        found |= {(counter.number, counter.url) for counter in seen.counters if counter.url}
        beside = [counter for counter in seen.counters if not counter.url]
        wrong += [(address, each.words) for each in beside if rows_beside(reader, address, page, each) != each.number]
        in_title = re.match(r"\s*(\d+) (?!\d)", seen.title)
        if in_title and int(in_title[1]) not in {counter.number for counter in seen.counters}:
            wrong.append((address, seen.title))
        wrong += [(address, text) for text in seen.unmarked if not any(re.fullmatch(no, text) for no in NO_COUNTERS)]
        wrong += [(address, cell.heading, cell.text) for cell in seen.bare if cell.heading not in MEASURED]

    rows = {url: rows_of(reader, url) for _number, url in found}
    wrong += [(url, number, rows[url]) for number, url in found if rows[url] != number]

    assert not wrong, "\n".join(map(str, wrong))
    assert len(found) > 10
    lists = {url.split("?")[0] for _number, url in found}
    assert lists >= {"/breaches", "/service-levels", "/data", "/verdicts", "/late-arrivals"}


def test_no_template_prints_a_count_that_is_not_marked():
    lines = [
        (path.relative_to(TEMPLATES).as_posix(), line.strip())
        for path in sorted(TEMPLATES.glob("*/*.html"))
        for line in path.read_text().splitlines()
        if PRINTS_COUNT.search(line) and "data-counter" not in line and "{% block title %}" not in line
    ]

    assert [(name, line) for name, line in lines if name not in NO_ROWS and "{% if overview." not in line[:15]] == []


def test_every_list_says_how_many_rows_it_has_with_separators():
    heads = re.compile(r"page\.paginator\.count(?! with total=page\.paginator\.count\|count|\|count)")

    assert [path.name for path in sorted(TEMPLATES.glob("*/*.html")) if heads.search(path.read_text())] == []
