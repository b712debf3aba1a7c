"""England's crisis lines by quarter and by year: monthly forms added up, a missing month as the terms say."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from demo.sources.forms import ABANDONED, FORM, IN_TIME, MONTHS, SPEED, ZONE, Form, form_results, forms
from tests.support.databases import undone
from tests.support.real_data import Proof, Said, six_decimals

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.any_database]

END = date(2025, 4, 1)
# Feed, split, aggregation, direction, agreed level, factor of the value.
MEASURES: dict[str, tuple[str, str, str, str, int, int]] = {
    "PCT60": (FORM, IN_TIME, "ratio", "higher", 95, 100),
    "ABANDONED": (FORM, ABANDONED, "ratio", "lower", 5, 100),
    "ASA": (SPEED, "", "mean", "lower", 60, 1),
}
PERIODS = {"quarter": "2025-Q1", "contract_year": "Y2025-01-01"}
# The status that a period gets where the form of a month, or a figure of it, is missing.
MISSING = {"neutral": "not_reported", "deemed": "breach"}
CASES = [(measure, period, rule) for measure in MEASURES for period in PERIODS for rule in MISSING]
Verdicts = dict[tuple[str, str, str, str], Said]


def rows_of(code: str) -> list[dict[str, Any]]:
    """What a contract sends: the months' forms, without the row that the desk refuses as impossible."""
    rows = [row for form in forms() if form.contract == code for row in form_results(form)]
    return [row for row in rows if not is_impossible(row)]


def is_impossible(row: dict[str, Any]) -> bool:
    return row["feed"] == FORM and row["numerator"] > row["denominator"]


def months_of(code: str, measure: str) -> dict[str, tuple[int, int]]:
    """Numerator and denominator of each month that came, straight from the forms."""
    feed, split = MEASURES[measure][:2]
    return {
        row["period"]: (row["numerator"], row["denominator"])
        for row in rows_of(code)
        if row["feed"] == feed and row.get("split", "") == split
    }


def contracts() -> list[str]:
    """All contracts of the forms that one organisation reports."""
    found: dict[str, set[str]] = {}
    each: Form
    for each in forms():
        found.setdefault(each.contract, set()).add(each.organisation)
    return sorted(code for code, organisations in found.items() if len(organisations) == 1)


@pytest.fixture(scope="module")
def verdicts(django_db_setup: None, django_db_blocker: Any) -> Iterator[Verdicts]:
    """The verdicts of each contract's one quarter, and of the year of which it runs a quarter."""
    found: Verdicts = {}
    for code in contracts():
        with django_db_blocker.unblock(), undone():
            proof = agreed()
            proof.send({**row, "contract": "PROOF"} for row in rows_of(code))
            said = proof.judge()
            for measure, period, rule in CASES:
                verdict = said.get((f"{measure}-{period}-{rule}".upper(), PERIODS[period]))
                if verdict is not None:
                    found[code, measure, period, rule] = verdict
    return found


def agreed() -> Proof:
    proof = Proof(ZONE, MONTHS[0], END)
    feeds = {code: proof.feed(code, "counts", schedule="monthly") for code in (FORM, SPEED)}
    for measure, period, rule in CASES:
        feed, split, aggregation, direction, level, _factor = MEASURES[measure]
        only = {"split": [split]} if split else {}
        anchor = {"period_anchor": MONTHS[0]} if period == "contract_year" else {}
        proof.level(
            feeds[feed], f"{measure}-{period}-{rule}".upper(), aggregation, {}, direction=direction, expected=level,
            narrowing=only, period=period, rules={"missing": rule}, **anchor,
        )  # fmt: skip
    proof.activate()
    return proof


def expected_status(code: str, measure: str, rule: str) -> str:
    months = months_of(code, measure)
    if len(months) < len(MONTHS):
        return MISSING[rule]
    numerator, denominator = map(sum, zip(*months.values(), strict=True))
    if not denominator:
        return "no_volume"
    direction, level, factor = MEASURES[measure][3:]
    value = Fraction(numerator, denominator) * factor
    return "met" if (value >= level if direction == "higher" else value <= level) else "breach"


@pytest.mark.parametrize(("measure", "period", "rule"), CASES)
def test_every_status(verdicts: Verdicts, measure: str, period: str, rule: str) -> None:
    sent = [code for code in contracts() if months_of(code, measure)]

    assert len(sent) > 30
    assert [
        (code, found, should)
        for code in sent
        if (found := verdicts[code, measure, period, rule].status) != (should := expected_status(code, measure, rule))
    ] == []


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("measure", MEASURES)
def test_every_figure_adds_up_the_months_that_came(verdicts: Verdicts, measure: str, period: str) -> None:
    wrong = []
    for code in contracts():
        if months := months_of(code, measure):
            numerator, denominator = map(sum, zip(*months.values(), strict=True))
            found = verdicts[code, measure, period, "neutral"].printed("share")
            should = six_decimals(Fraction(numerator, denominator)) if denominator else "NA"
            wrong += [(code, found, should)] if found != should else []

    assert wrong == []


def test_some_quarters_lack_a_month_and_some_are_whole(verdicts: Verdicts) -> None:
    lengths = {len(months_of(code, measure)) for code in contracts() for measure in MEASURES}

    assert {1, 3} <= lengths or {2, 3} <= lengths
