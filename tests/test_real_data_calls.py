"""A bank's 33,344 calls, sent through the API with their own dates, give the figures that others computed from them."""

from collections.abc import Iterator
from typing import Any

import pytest

from demo.sources.calls import FIRST_DAY, LINES, ZONE, call_results
from tests.support.databases import undone
from tests.support.real_data import Proof, Said, expected, normal

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

SHARE, VALUE, NUMERATOR, DENOMINATOR = "share", "value", "numerator", "denominator"
Measured = tuple[str, dict[str, Any], dict[str, str]]


def in_time(seconds: int) -> dict[str, Measured]:
    """The four service levels of so many seconds, by the columns of the table."""
    columns = {
        "answered": (f"sl{seconds}_answered_over_answered", f"answered_within_{seconds}"),
        "strict": (f"sl{seconds}_answered_over_offered", f"answered_within_{seconds}"),
        "after": (f"sl{seconds}_answered_over_offered_minus_short", f"answered_within_{seconds}"),
        "credit": (f"sl{seconds}_answered_plus_short_over_offered", ""),
    }
    return {
        f"SL{seconds}-{variant.upper()}": (
            "share_within",
            {"of": "answered_in_time", "variant": variant, "threshold_seconds": seconds},
            {share: SHARE} | ({within: NUMERATOR} if within else {}),
        )
        for variant, (share, within) in columns.items()
    }


def percentiles(percent: int) -> dict[str, Measured]:
    """One percentile of wait and of handle time, by both methods."""
    return {
        f"P{percent}-{of.upper()}-{method.upper()}": (
            "percentile",
            {"of": of, "percentile": percent, "method": method} | ({"exclude_zero": True} if of == "handle" else {}),
            {f"{name}_p{percent}_{column}": VALUE},
        )
        for of, name in (("wait", "wait_answered"), ("handle", "handle"))
        for method, column in (("nearest_rank", "nearest"), ("linear", "linear"))
    }


def counted(column: str, outcome: str) -> dict[str, Measured]:
    return {f"N-{column.upper()}": ("count", {"of": "outcome", "outcome": outcome}, {column: VALUE})}


def short_left_out(seconds: int) -> dict[str, Measured]:
    params = {"of": "abandoned", "short_seconds": seconds}
    return {f"ABANDONED-{seconds}": ("ratio", params, {f"abandon_rate_excl_short_le{seconds}": SHARE})}


LEVELS: dict[str, Measured] = {
    **counted("records", "all"),
    **counted("phantom", "ignored"),
    **counted("answered", "answered"),
    **counted("hang_in_queue", "abandoned"),
    **counted("hang_in_vru", "abandoned_before"),
    **counted("offered", "offered"),
    "ABANDONED": (
        "ratio",
        {"of": "abandoned"},
        {"abandon_rate_queue": SHARE, "hang_in_queue": NUMERATOR, "offered": DENOMINATOR},
    ),
    "ABANDONED-ALL": (
        "ratio",
        {"of": "abandoned", "count_abandoned_before": True},
        {"abandon_rate_all_hang": SHARE, "hang_all": NUMERATOR},
    ),
    **short_left_out(5),
    **short_left_out(10),
    **short_left_out(20),
    "ASA": (
        "mean",
        {"of": "wait"},
        {"asa": VALUE, "wait_seconds_answered_sum": NUMERATOR, "answered": DENOMINATOR},
    ),
    "ASA-WAITED": (
        "mean",
        {"of": "wait", "waited_only": True},
        {"asa_of_those_who_waited": VALUE, "answered_after_wait": DENOMINATOR},
    ),
    "TIME-TO-ABANDON": ("mean", {"of": "wait", "over": "abandoned"}, {"mean_time_to_abandon": VALUE}),
    **in_time(20),
    **in_time(30),
    **in_time(60),
    "SL20-UNDER": (
        "share_within",
        {"of": "answered_in_time", "variant": "answered", "threshold_seconds": 20, "inclusive": False},
        {"answered_strictly_under_20": NUMERATOR},
    ),
    "AHT": ("mean", {"of": "handle"}, {"aht_all_answered": VALUE, "handle_seconds_sum": NUMERATOR}),
    "AHT-NOT-ZERO": ("mean", {"of": "handle", "exclude_zero": True}, {"aht_excl_zero": VALUE}),
    "HANDLED-UNDER-10": (
        "share_within",
        {"of": "handled_in_time", "threshold_seconds": 10, "inclusive": False, "exclude_zero": True},
        {"share_service_under_10s": SHARE},
    ),
    **percentiles(50),
    **percentiles(80),
    **percentiles(90),
    **percentiles(95),
}
# What the tables hold beside measures of ours: differences between two of them.
DIFFERENCES = {
    "short_abandons_le5": ("ABANDONED", "ABANDONED-5"),
    "short_abandons_le10": ("ABANDONED", "ABANDONED-10"),
    "short_abandons_le20": ("ABANDONED", "ABANDONED-20"),
    "answered_ser_time_zero": ("AHT", "AHT-NOT-ZERO"),
}
FIGURES = [(code, column, part) for code, (_, _, columns) in LEVELS.items() for column, part in columns.items()]


@pytest.fixture(scope="module")
def verdicts(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[tuple[str, str], Said]]:
    """Every measure by month, by day, and by month and service line."""
    with django_db_blocker.unblock(), undone():
        proof = Proof(ZONE, FIRST_DAY)
        feed = proof.feed("CALLS", "contacts")
        for code, (aggregation, params, _) in LEVELS.items():
            proof.level(feed, code, aggregation, params, period="month")
            proof.level(feed, f"{code}.DAY", aggregation, params, period="day")
            for line in LINES:
                proof.level(feed, f"{code}.{line}", aggregation, params, narrowing={"queue": [line]})
        proof.activate()
        assert proof.send(call_results()) == 33_344
        said = proof.judge()
    return said


def differences(said: dict[tuple[str, str], Said], rows: list[dict[str, str]], period: str, suffix: Any) -> list[str]:
    """Every figure that a verdict gives otherwise than the table."""
    return [
        f"{code}{suffix(row)} {row[period]} {column}: {found} is not {normal(row[column])}"
        for row in rows
        for code, column, part in FIGURES
        if (found := said[f"{code}{suffix(row)}", row[period]].printed(part)) != normal(row[column])
    ]


def test_every_figure_of_the_month(verdicts: dict[tuple[str, str], Said]) -> None:
    assert differences(verdicts, expected("bank_calls_month"), "month", lambda row: "") == []


def test_every_figure_of_every_day(verdicts: dict[tuple[str, str], Said]) -> None:
    assert differences(verdicts, expected("bank_calls_day"), "day", lambda row: ".DAY") == []


def test_every_figure_of_every_service_line(verdicts: dict[tuple[str, str], Said]) -> None:
    rows = expected("bank_calls_month_by_line")

    assert {row["type"] for row in rows} == set(LINES)
    assert differences(verdicts, rows, "month", lambda row: f".{row['type']}") == []


@pytest.mark.parametrize("column", DIFFERENCES)
def test_what_leaves_both_sides_is_counted_rightly(verdicts: dict[tuple[str, str], Said], column: str) -> None:
    whole, part = (verdicts[code, "1999-02"].denominator for code in DIFFERENCES[column])

    assert whole - part == int(expected("bank_calls_month")[0][column])


def test_no_column_of_the_tables_is_left_unread() -> None:
    measured = {column for _, column, _ in FIGURES}

    assert set(expected("bank_calls_month")[0]) - measured - set(DIFFERENCES) == {"month"}


def test_the_share_of_a_month_is_no_mean_of_its_days(verdicts: dict[tuple[str, str], Said]) -> None:
    days = [said for (code, _), said in verdicts.items() if code == "ASA.DAY"]

    assert sum(said.value for said in days) / len(days) != verdicts["ASA", "1999-02"].value
