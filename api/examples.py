"""The quick start's requests in four languages, filled in with a row of a feed that the reader owes."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel
from intake.due import State, due_reports
from metrics.timelines import timelines_of
from sla.periods import DAY
from vendors.models import ApiKey

RESULTS, DUE, VERDICTS = "/api/v1/results", "/api/v1/due", "/api/v1/verdicts"
TOTALS = {"numerator": 95, "denominator": 100}


@dataclass(frozen=True)
class FirstRow:
    """A row to send, and the path of the verdict that follows from it."""

    row: dict[str, Any]
    verdict_path: str


# The example for a reader who owes nothing or is not signed in.
ANY = FirstRow({"feed": "FEED", "period": "2025-10"} | TOTALS, VERDICTS)


def first_row(principal: object, *, now: datetime) -> FirstRow:
    """Return the latest totals that the reader owes, or else an event of yesterday, or of the last day of its feed."""
    read = Feed.objects.visible_to(principal).filter(Exists(ServiceLevel.objects.filter(feed=OuterRef("pk"))))
    totals = read.filter(kind=Feed.Kind.COUNTS).exclude(schedule=Feed.Schedule.EVENT)
    reports = [report for report in due_reports(totals, now=now) if report.state != State.RUNNING]
    owed = [report for report in reports if report.state.is_owed] or reports
    if owed:
        return counted_row(owed[-1].feed, owed[-1].span.start, owed[-1].as_row() | TOTALS)
    began = now.astimezone(UTC).date() - DAY
    others = (read.filter(schedule=Feed.Schedule.EVENT) | read.exclude(kind=Feed.Kind.COUNTS)).filter(
        contract__status=Contract.Status.ACTIVE, starts_on__lt=began, contract__starts_on__lt=began
    )
    feed = others.select_related("contract").order_by("contract__reference", "code", "pk").first()
    if feed is None:
        return ANY
    today, end = now.astimezone(ZoneInfo(feed.contract.zone)).date(), feed.time.end
    day = (min(today, end) if end else today) - DAY
    address = {"contract": feed.contract.public_id, "feed": feed.code, "external_id": "first-row"}
    return counted_row(feed, day, address | example_event(feed, day))


def example_event(feed: Feed, day: date) -> dict[str, Any]:
    """Return a plausible event of that day, with the columns that the feed's kind needs."""
    at = datetime.combine(day, time(10), tzinfo=ZoneInfo(feed.contract.zone))
    moment, later = at.isoformat(), (at + timedelta(minutes=20)).isoformat()
    match feed.kind:
        case Feed.Kind.CONTACTS:
            return {"occurred_at": moment, "outcome": "answered", "wait_seconds": 12, "handle_seconds": 240}
        case Feed.Kind.CASES:
            due = (at + timedelta(hours=1)).isoformat()
            times = {"opened_at": moment, "due_at": due, "resolved_at": later, "closed_at": later}
            return times | {"met": True, "correct": True, "reopened": False}
        case Feed.Kind.OBSERVATIONS:
            return {"occurred_at": moment, "value": f"{feed.lowest:f}" if feed.lowest is not None else "1"}
        case Feed.Kind.DOWNTIME:
            return {"started_at": moment, "ended_at": later}
        case _:
            return {"occurred_at": moment} | TOTALS


def counted_row(feed: Feed, day: date, row: dict[str, Any]) -> FirstRow:
    """Return the row, filled in so that a service level counts it, with the path of that service level's verdict.

    One that reads the whole feed is preferred; for another, the row gets the columns that it asks for, such as a split.
    """
    timelines = timelines_of(ServiceLevel.objects.filter(feed=feed).order_by("pk")).values()
    cells = [cell for timeline in timelines for cell in timeline.cells_on(day)]
    if not cells:
        return FirstRow(row, VERDICTS)
    cell = next((cell for cell in cells if not cell.agreed.terms.narrowing), cells[0])
    for name, wanted in cell.agreed.terms.narrowing.items():
        row[name] = wanted if isinstance(wanted, str) else next(iter(wanted))
    return FirstRow(row, f"{VERDICTS}/{cell.service_level.public_id}/{cell.period.label}")


@dataclass(frozen=True)
class Call:
    """One request of the quick start; a request without a body only reads."""

    title: str
    path: str
    body: str = ""


@dataclass(frozen=True)
class Language:
    """The requests in one language."""

    name: str
    anchor: str
    intro: str
    examples: list[tuple[str, str]]


def calls_for(principal: object, *, now: datetime) -> list[Call]:
    """Return the requests: what is owed, a row checked and then sent, its verdict."""
    first = first_row(principal, now=now)
    body = json.dumps([first.row])
    return [
        Call(_("1. Does my key work, and what do I owe?"), DUE),
        Call(_("2. Send a row: with dry_run=true it is only checked …"), f"{RESULTS}?dry_run=true", body),
        Call(_("… and without it stored"), RESULTS, body),
        Call(_("3. What is the verdict?"), first.verdict_path),
    ]


def key_prefix(principal: object, *, now: datetime) -> str:
    """Return the prefix of the reader's latest test key; the rest of a key is not stored."""
    keys = ApiKey.objects.visible_to(principal).usable(now).filter(mode=ApiKey.Mode.TEST)
    key = keys.order_by("-created_at", "-pk").first()
    return f"bpo_test_{key.prefix}_…" if key else "bpo_test_…"


def languages(base: str, calls: list[Call]) -> list[Language]:
    """Return the requests in each language."""
    reads = [
        (_("1. What do I owe?"), power_query(base, DUE)),
        (_("3. What is the verdict?"), power_query(base, VERDICTS)),
    ]
    shell, library = _("In a shell:"), _("Nothing but the standard library:")
    windows = _("PowerShell 5.1 or newer; set the key by $env:DESK_KEY = '…':")
    excel = _(
        "Data → Get Data → From Other Sources → Blank Query → Advanced Editor. Excel reads; to send, save the sheet "
        "and upload it under “Submit data”: a query runs again at every refresh."
    )
    return [
        Language("curl", "curl", shell, [(call.title, curl(base, call)) for call in calls]),
        Language("Python", "python", library, [(call.title, python(base, call)) for call in calls]),
        Language("PowerShell", "powershell", windows, [(call.title, powershell(base, call)) for call in calls]),
        Language(_("Excel and Power Query"), "excel", excel, reads),
    ]


def curl(base: str, call: Call) -> str:
    lines = [f'curl -s "{base}{call.path}" -H "Authorization: Bearer $DESK_KEY"']
    if call.body:
        lines += ['     -H "Content-Type: application/json"', f"     -d '{call.body}'"]
    return " \\\n".join(lines)


def python(base: str, call: Call) -> str:
    headers = ['"Authorization": "Bearer " + os.environ["DESK_KEY"]']
    data = ""
    if call.body:
        headers.append('"Content-Type": "application/json"')
        # As Python writes it: true and false of JSON are not Python.
        data = f"    data=json.dumps({json.loads(call.body)}).encode(),\n"
    return (
        "import json, os, urllib.request\n\n"
        "request = urllib.request.Request(\n"
        f'    "{base}{call.path}",\n'
        f"{data}"
        f"    headers={{{', '.join(headers)}}},\n"
        ")\n"
        "print(json.load(urllib.request.urlopen(request)))"
    )


def powershell(base: str, call: Call) -> str:
    uri = f'-Uri "{base}{call.path}" -Headers @{{ Authorization = "Bearer $env:DESK_KEY" }}'
    if not call.body:
        return f"Invoke-RestMethod -Method Get {uri}"
    return f"$body = '{call.body}'\nInvoke-RestMethod -Method Post {uri} -ContentType \"application/json\" -Body $body"


def power_query(base: str, path: str) -> str:
    return (
        "let\n"
        '    Key = "bpo_test_…",\n'
        f'    Answer = Json.Document(Web.Contents("{base}", [\n'
        f'        RelativePath = "{path.lstrip("/")}", Headers = [Authorization = "Bearer " & Key]])),\n'
        "    Rows = Table.FromRecords(Answer[results])\n"
        "in\n"
        "    Rows"
    )
