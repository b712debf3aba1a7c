"""A world run through the desk: its terms as a file, its results through the API, its nights by the command."""

import json
from datetime import date, datetime
from fractions import Fraction
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import time_machine
from django.core.management import call_command
from django.test import Client

from bpo.models import Membership, Organisation, User
from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Verdict
from sla.verdicts import OPEN
from tests.plain_model.calendars import DAY, WEEKDAYS, ZONE, Calendar
from tests.plain_model.case_worlds import Case
from tests.plain_model.contract import Level, LowVolume, Nil, Repeats, Row, World
from tests.plain_model.counted import feeds_of
from tests.plain_model.model import Expected
from tests.plain_model.outage_worlds import Outage
from tests.plain_model.worlds import FIRST, FISCAL


def verdicts_of(world: World, folder: Path) -> dict[tuple[str, date], Expected]:
    """The verdicts of the desk after the world's last night, as the plain model words them."""
    with time_machine.travel(at(world.starts_on, 1), tick=True) as clock:
        load(world, folder, world.starts_on)
        if world.amended_on is not None:
            load(world, folder, world.amended_on)
        secret = StringIO()
        call_command("issue_key", f"Vendor {world.seed}", "rows", stdout=secret, stderr=StringIO())
        waiting = [(row, feed) for feed in feeds_of(world) for row in (*feed.rows, *feed.nils)]
        for night in world.nights:
            for day in (send for send in world.sends if any(row.came_on == send < night for row, _ in waiting)):
                clock.move_to(at(day, 12))
                send([as_result(row, feed) for row, feed in waiting if row.came_on == day], secret.getvalue().strip())
            waiting = [(row, feed) for row, feed in waiting if row.came_on >= night]
            clock.move_to(at(night - DAY, 13))
            grant_excuses(world, night - DAY)
            if night == world.nights[-1]:
                restate(world)
            clock.move_to(at(night, 6))
            call_command("judge", stdout=StringIO())
            call_command("night", "Europe/Berlin", stdout=StringIO())
    found = Verdict.objects.current().filter(service_level__contract__reference=f"W-{world.seed}")
    return {
        (verdict.service_level.code, verdict.starts_on): as_expected(verdict, world)
        for verdict in found.select_related("service_level")
        if world.kind != "downtime" or verdict.ends_on <= world.nights[-1]
    }


def as_expected(verdict: Verdict, world: World) -> Expected:
    """The verdict's exact sums, out of its working, as far as they are its value."""
    numerator, denominator, _cases = verdict.working["facts"]["counted"]
    level = world.levels_by_code[verdict.service_level.code]
    if level.measure["aggregation"] in ("sum", "count") and level.per is None:
        denominator = "0"
    status = "open" if verdict.status in OPEN else verdict.status
    if status == "excused":
        numerator = denominator = "0"
    reached = verdict.working["facts"].get("repeats", [])
    repeats = tuple((repeat["rule"], int(repeat["tally"]), repeat["reached"]) for repeat in reached)
    return Expected(status, Fraction(numerator), Fraction(denominator), verdict.is_final, repeats)


def load(world: World, folder: Path, effective_on: date) -> None:
    file = folder / "terms.json"
    file.write_text(json.dumps(terms_of(world, effective_on), default=str), encoding="utf-8")
    call_command("load_terms", str(file), stdout=StringIO())


def terms_of(world: World, effective_on: date) -> dict[str, Any]:
    """The world as a terms file; JSON is YAML."""
    is_first = effective_on == world.starts_on
    contract = {"reference": f"W-{world.seed}", "title": "World", "starts_on": world.starts_on}
    contract |= {"ends_on": world.ends_on, "judged_from": world.judged_from, "calendar": "Hours"}
    if world.renews:
        contract |= {"renewal": {"kind": "automatic", "months": 2}, "notice": {"length": 10}}
    return {
        "format": 1,
        "effective_on": effective_on,
        "client": {"name": "Client", "country": "DE", "zone": "Europe/Berlin", "currency": "EUR"},
        "vendor": {"name": f"Vendor {world.seed}", "country": "PT"},
        "calendars": [terms_of_calendar(world.calendar)],
        "contract": contract,
        "feeds": [terms_of_feed(feed) for feed in feeds_of(world)],
        "service_levels": [
            {
                "code": level.code,
                "name": level.code,
                "feed": world.feed,
                "terms": terms_of_level(level, is_first=is_first),
            }
            | ({"per": world.per.feed} if world.per else {})
            for level in world.levels
        ],
    }


def terms_of_feed(world: World) -> dict[str, Any]:
    due = {"length": world.due_length, "unit": "business_days" if world.in_business_days else "days"}
    feed = {"code": world.feed, "name": world.feed, "kind": world.kind, "schedule": world.schedule, "due": due}
    feed |= {"grace_days": world.grace, "starts_on": world.feed_starts_on, "ends_on": world.feed_ends_on}
    return feed | ({"anchor": world.anchor} if world.anchor else {})


def terms_of_calendar(calendar: Calendar) -> dict[str, Any]:
    week = {WEEKDAYS[weekday]: list(hours) for weekday, hours in calendar.week.items()}
    exceptions = [
        {"on": day, "reason": "Agreed", "known_from": FIRST, "windows": list(hours)}
        for day, hours in sorted(calendar.exceptions.items())
    ]
    terms = {"name": "Hours", "zone": "Europe/Berlin", "week": week, "exceptions": exceptions}
    return terms | ({"country": "DE"} if calendar.has_holidays else {})


def terms_of_level(level: Level, *, is_first: bool) -> dict[str, Any]:
    rules = {
        "missing": level.missing,
        "straddling": level.straddling,
        "excuses": level.excuses,
        "restatement_days": 1000,
    }
    rules |= {"part_periods": level.part_periods, "changes": level.changes}
    rules |= {"deemed_after_days": level.deemed_after} if level.missing == "deemed" else {}
    rules |= {"history": "counts" if level.counts_history else "ignored"}
    rules |= {"repeats": [terms_of_repeats(rule) for rule in level.repeats]} if level.repeats else {}
    rules |= {"low_volume": terms_of_few(level.low_volume)} if level.low_volume else {}
    periods = level.period
    rules |= {"year_end": periods.year_end} if periods.kind in FISCAL else {}
    terms = {"metric": "X-ACC", "measure": level.measure, "direction": level.direction, "period": periods.kind}
    terms |= {"rules": rules} | ({"anchor": periods.anchor} if periods.anchor else {})
    if level.expected is None:
        terms |= {"type": "reported_only"}
    else:
        expected = level.expected if is_first else level.expected_then
        minimum = expected - level.tolerance if level.direction == "higher" else expected + level.tolerance
        terms |= {"expected": expected, "minimum": minimum}
    only = {"split": list(level.splits)} if level.splits else {}
    only |= {"priority": list(level.priorities)} if level.priorities else {}
    only |= {"service": list(level.services)} if level.services else {}
    terms |= {"only": only} if only else {}
    if level.per is None:
        return terms
    per = {"scale": level.per.scale, "measure": level.per.measure}
    others = {"split": list(level.per.splits), "priority": list(level.per.priorities)}
    others = {name: values for name, values in others.items() if values}
    return terms | {"per": per | ({"only": others} if others else {})}


def send(results: list[dict[str, Any]], secret: str) -> None:
    body = json.dumps(results)
    headers = {"Authorization": f"Bearer {secret}"}
    answer = Client().post("/api/v1/results", body, content_type="application/json", headers=headers)
    assert answer.status_code in (200, 201), answer.content.decode()


def grant_excuses(world: World, day: date) -> None:
    """The vendor's manager asks, the client's grants."""
    for excuse in (each for each in world.excuses if each.granted_on == day):
        asked: dict[str, Any] = {
            "service_level": level_of(world, excuse.level).public_id,
            "reason": "The line was down.",
        }
        if excuse.names:
            asked |= {"cases": list(excuse.names)}
        elif excuse.hours:
            asked |= {"starts_at": excuse.hours[0].isoformat(), "ends_at": excuse.hours[1].isoformat()}
        else:
            asked |= {"first_day": excuse.days[0].isoformat(), "last_day": excuse.days[-1].isoformat()}
        found = post(member(f"Vendor {world.seed}", "vendor_manager"), "excuses", asked)
        decided = {"decision": "grant", "reason": "Seen in the log."}
        post(member("Client", "client_manager"), f"excuses/{found['id']}/decision", decided)


def restate(world: World) -> None:
    """The client's manager counts what came too late, where anything did."""
    for code, begins in world.restated:
        level = level_of(world, code)
        verdict = Verdict.objects.current().filter(service_level=level, starts_on=begins, is_final=True).first()
        if verdict is not None:
            path = f"verdicts/{level.public_id}/{verdict.period_label}/restatement"
            post(member("Client", "client_manager"), path, {"reason": "It was wrong."}, allowed="nothing_to_restate")


def terms_of_repeats(rule: Repeats) -> dict[str, Any]:
    terms = {"count": rule.count, "counts": "below_expected" if rule.below_expected else "breach"}
    if rule.window is None:
        return terms | {"rule": "running"}
    return terms | {"rule": "in_window", "window": rule.window}


def terms_of_few(few: LowVolume) -> dict[str, Any]:
    terms: dict[str, Any] = {"rule": few.rule, "min_cases": few.least}
    terms |= {"allowed_misses": few.misses} if few.rule in ("allow_misses", "count") else {}
    return terms | ({"periods": few.periods} if few.rule == "rolling" else {})


def level_of(world: World, code: str) -> ServiceLevel:
    return ServiceLevel.objects.get(code=code, contract__reference=f"W-{world.seed}")


def member(organisation: str, role: str) -> Client:
    """A browser in which somebody with that role has signed in."""
    user, is_new = User.objects.get_or_create(email=f"{role}@example.org", name=role, zone="Europe/Berlin")
    if is_new:
        Membership.objects.create(user=user, organisation=Organisation.objects.get(name=organisation), role=role)
    browser = Client()
    browser.force_login(user)
    return browser


def post(browser: Client, path: str, body: dict[str, Any], allowed: str = "") -> dict[str, Any]:
    """The answer to a request that is done, or may be refused for the allowed cause."""
    answer = browser.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")
    assert answer.status_code in (200, 201) or answer.json()["code"] == allowed, answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def as_result(row: Any, world: World) -> dict[str, Any]:
    address = {"feed": world.feed, "reason": "Came late"}
    if isinstance(row, Nil):
        return address | {"nothing": True, "from": row.days[0].isoformat(), "to": row.days[-1].isoformat()}
    return address | {"counts": partial(as_totals, world=world), "cases": as_case, "downtime": as_outage}[world.kind](
        row
    )


def as_outage(outage: Outage) -> dict[str, Any]:
    row = {"external_id": outage.name, "started_at": outage.started_at.isoformat(), "planned": outage.planned}
    return row | {"ended_at": outage.ended_at and outage.ended_at.isoformat(), "service": outage.service or None}


def as_case(case: Case) -> dict[str, Any]:
    times = {name: getattr(case, name) for name in ("opened_at", "due_at", "resolved_at", "closed_at")}
    row = {name: instant and instant.isoformat() for name, instant in times.items()}
    pauses = [[begins.isoformat(), ends and ends.isoformat(), reason] for begins, ends, reason in case.pauses]
    return {"external_id": case.name, **row, "pauses": pauses, "priority": case.priority or None, "met": case.met}


def as_totals(row: Row, world: World) -> dict[str, Any]:
    result = {"numerator": row.good, "denominator": row.cases} | ({"split": row.split} if row.split else {})
    if world.schedule == "daily":
        return result | {"date": row.begins.isoformat()}
    year, week, _weekday = row.begins.isocalendar()
    names = {"weekly": f"{year}-W{week:02d}", "monthly": f"{row.begins:%Y-%m}", "yearly": f"Y{row.begins}"}
    names["quarterly"] = f"{row.begins.year}-Q{(row.begins.month + 2) // 3}"
    return result | {"period": names[world.schedule]}


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)
