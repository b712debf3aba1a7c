"""24,918 tickets of an IT firm, sent through the API with their own dates, give the figures that others computed."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from demo.sources.tickets import ZONE, ticket_results
from tests.support.databases import undone
from tests.support.real_data import Proof, Said, expected, normal

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.any_database]

SHARE, VALUE, NUMERATOR, DENOMINATOR = "share", "value", "numerator", "denominator"
HOUR = 3600
PRIORITIES = ("1 - Critical", "2 - High", "3 - Moderate", "4 - Low")
# The promised hours of each priority, in one level.
OWN_HOURS = dict(zip(PRIORITIES, (4, 8, 24, 72), strict=True))
OWN_TARGETS = {
    "of": "resolved_within",
    "targets": {"priority": {priority: {"hours": hours} for priority, hours in OWN_HOURS.items()}},
    "pause_reasons": "*",
    "attribution": "closed",
    "unfinished": "leave_out",
}
# A year that begins before the first ticket was opened and ends after the last one was closed.
YEAR = date(2016, 2, 20)
Measured = tuple[str, dict[str, Any], dict[str, str]]


def percentile(percent: int, method: str, column: str, stop: str = "resolved") -> Measured:
    params = {"of": "time_to_resolve", "percentile": percent, "method": method, "stop": stop, "attribution": "closed"}
    return "percentile", params, {column: VALUE}


def within(hours: int) -> Measured:
    params = {
        "of": "resolved_within",
        "threshold_seconds": hours * HOUR,
        "attribution": "closed",
        "unfinished": "leave_out",
    }
    columns = {f"resolved_within_{hours}h": NUMERATOR, f"share_within_{hours}h_of_resolved_known": SHARE}
    return "share_within", params, columns


LEVELS: dict[str, Measured] = {
    "CLOSED": ("count", {"of": "cases", "attribution": "closed"}, {"incidents": VALUE}),
    "MET": (
        "ratio",
        {"of": "met", "attribution": "closed"},
        {"sla_attainment": SHARE, "met": NUMERATOR, "incidents": DENOMINATOR},
    ),
    "TTR-MEAN": ("mean", {"of": "time_to_resolve", "attribution": "closed"}, {"ttr_h_mean": VALUE}),
    **{
        f"TTR-P{percent}-{column.upper()}": percentile(percent, method, f"ttr_h_p{percent}_{column}")
        for percent in (50, 80, 90, 95)
        for method, column in (("nearest_rank", "nearest"), ("linear", "linear"))
    },
    "TTC-P90": percentile(90, "nearest_rank", "ttc_h_p90_nearest", stop="closed"),
    **{f"WITHIN-{hours}H": within(hours) for hours in (4, 8, 24, 72)},
    "REOPENED": (
        "ratio",
        {"of": "reopened", "attribution": "closed"},
        {"reopen_rate_last_row": SHARE, "reopened_last_row": NUMERATOR},
    ),
    "FIRST-TOUCH": (
        "ratio",
        {"of": "correct", "attribution": "closed"},
        {"first_touch_rate": SHARE, "no_reassign_no_reopen": NUMERATOR},
    ),
}
# Differences of two columns, and what only the log of every change of a ticket could tell.
NOT_MEASURED = {"missed", "resolved_at_missing", "reopened_any_row"}
FIGURES = [(code, column, part) for code, (_, _, columns) in LEVELS.items() for column, part in columns.items()]


@pytest.fixture(scope="module")
def verdicts(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[tuple[str, str], Said]]:
    """Every measure by month of closing, and over all that time: overall and by priority."""
    with django_db_blocker.unblock(), undone():
        proof = Proof(ZONE, date(2016, 2, 1))
        feed = proof.feed("TICKETS", "cases")
        for code, (aggregation, params, _) in LEVELS.items():
            all_time = {"period": "contract_year", "period_anchor": YEAR}
            proof.level(feed, code, aggregation, params, period="month")
            proof.level(feed, f"{code}.ALL", aggregation, params, **all_time)
            for priority in PRIORITIES:
                only = {"narrowing": {"priority": [priority]}}
                proof.level(feed, f"{code}.{priority[0]}", aggregation, params, **all_time, **only)
        proof.level(feed, "OWN-TARGET", "share_within", OWN_TARGETS, period="contract_year", period_anchor=YEAR)
        proof.activate()
        assert proof.send(ticket_results()) == 24_918
        said = proof.judge()
    return said


def differences(said: dict[tuple[str, str], Said], row: dict[str, str], suffix: str, period: str) -> list[str]:
    """Every figure of a row that a verdict gives otherwise."""
    return [
        f"{code}{suffix} {period} {column}: {found} is not {normal(row[column])}"
        for code, column, part in FIGURES
        if (found := said[f"{code}{suffix}", period].printed(part)) != normal(row[column])
    ]


def test_every_figure_of_every_month_of_closing(verdicts: dict[tuple[str, str], Said]) -> None:
    rows = expected("incidents_by_close_month")

    assert len(rows) == 13
    assert [each for row in rows for each in differences(verdicts, row, "", row["close_month"])] == []


def test_every_figure_of_every_priority(verdicts: dict[tuple[str, str], Said]) -> None:
    rows = expected("incidents_by_priority")

    assert [row["priority"] for row in rows] == list(PRIORITIES)
    found = [differences(verdicts, row, f".{row['priority'][0]}", f"Y{YEAR}") for row in rows]
    assert [each for one in found for each in one] == []


def test_one_level_holds_each_priority_to_its_own_target(verdicts: dict[tuple[str, str], Said]) -> None:
    rows = {row["priority"]: row for row in expected("incidents_by_priority")}
    in_time = {name: int(rows[name][f"resolved_within_{hours}h"]) for name, hours in OWN_HOURS.items()}
    finished = {name: int(row["incidents"]) - int(row["resolved_at_missing"]) for name, row in rows.items()}

    found = verdicts["OWN-TARGET", f"Y{YEAR}"]

    assert (found.numerator, found.denominator) == (sum(in_time.values()), sum(finished.values()))
    each = ", ".join(f"{name} {in_time[name]:,} of {finished[name]:,}" for name in PRIORITIES)
    assert each in found.working["reported"]


def test_every_figure_over_all_that_time(verdicts: dict[tuple[str, str], Said]) -> None:
    assert differences(verdicts, expected("incidents_overall")[0], ".ALL", f"Y{YEAR}") == []


def test_no_column_of_the_tables_is_left_unread() -> None:
    measured = {column for _, column, _ in FIGURES}

    assert set(expected("incidents_by_priority")[0]) - measured - NOT_MEASURED == {"priority"}
