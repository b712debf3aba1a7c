"""The working: six lines that can be recomputed by hand and never contradict the verdict."""

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.clocks import Deadlines
from contracts.models.agreements import Amendment, Contract
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from metrics.services.findings import judge_reading
from metrics.services.working import Sources, display_of, working_lines
from metrics.tallies.days import Reading
from metrics.tests.worlds import NOW, contact, month, receive, verdict_of
from metrics.timelines import Cell, Timeline
from sla.tallies import Tally

MARCH = date(2025, 3, 1)
KEYS = ["reported", "excused", "counted", "formula", "compared", "follows"]
NUMBER = r"[0-9,]+(?:\.[0-9]+)?"


def cell_of(*, expected: Decimal, minimum: Decimal, decimals: int, direction: str = "higher") -> Cell:
    """A cell of March 2025 that needs no database."""
    contract = Contract(pk=1, zone="Europe/Berlin", starts_on=MARCH)
    feed = Feed(pk=1, contract=contract, kind=Feed.Kind.COUNTS, schedule=Feed.Schedule.MONTHLY, starts_on=MARCH)
    level = ServiceLevel(pk=1, contract=contract, feed=feed, code="L")
    amendment = Amendment(contract=contract, number=0)
    terms = ServiceLevelTerms(pk=1, service_level=level, amendment=amendment,
                              period="month", aggregation="ratio", params={}, direction=direction, expected=expected,
                              minimum=minimum,
                              unit="%", decimals=decimals, effective_on=MARCH)  # fmt: skip
    found = Timeline.of(level, [terms]).cell_starting(MARCH)
    assert found is not None
    return found


def judged(cell: Cell, good: int, total: int):
    reading = Reading({MARCH: Tally.of(good, total)}, 1, (), reported=True)
    deadlines = Deadlines(date(2025, 4, 3), date(2025, 4, 4), None)
    return judge_reading(
        cell, reading, excused_days=(), excuses=(), deadlines=deadlines, owes=True, earlier=(), today=date(2025, 4, 2)
    )


counts = st.integers(1, 2_000_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
levels = st.decimals(0, 100, places=2)


@given(counts, levels, levels, st.integers(0, 3))
def test_the_formulas_line_can_be_recomputed_to_the_printed_and_the_stored_value(count, one, other, decimals):
    cell = cell_of(expected=max(one, other), minimum=min(one, other), decimals=decimals)
    finding = judged(cell, *count)

    text = working_lines(finding, Sources({}, NOW))[3]["text"].replace("\u00a0", " ")

    found = re.fullmatch(rf"({NUMBER}) ÷ ({NUMBER}) × 100 = (.*) %", text)
    top, bottom = (Fraction(part.replace(",", "")) for part in found.groups()[:2])
    assert top / bottom * 100 == finding.outcome.value
    printed = found[3].removeprefix("just above ").removeprefix("just below ")
    if printed == found[3]:
        places = Decimal(1).scaleb(-len(printed.partition(".")[2]))
        exact = Decimal(top.numerator) * 100 / Decimal(bottom.numerator)
        assert Decimal(printed.replace(",", "")) == exact.quantize(places, rounding=ROUND_HALF_UP)


@given(counts, levels, levels, st.integers(0, 2), st.sampled_from(["higher", "lower"]))
def test_what_is_printed_lies_on_the_side_of_the_limits_that_the_status_says(count, one, other, decimals, direction):
    better, worse = (max, min) if direction == "higher" else (min, max)
    cell = cell_of(expected=better(one, other), minimum=worse(one, other), decimals=decimals, direction=direction)
    finding = judged(cell, *count)

    shown = display_of(finding).replace("\u00a0", " ").removesuffix(" %")

    number = Decimal(shown.split(" ")[-1].replace(",", ""))
    nudge = Decimal("0.0000001") * (shown.startswith("just above") - shown.startswith("just below"))
    sign = 1 if direction == "higher" else -1
    assert ((number + nudge) * sign >= cell.agreed.terms.expected * sign) is (finding.outcome.status == "met")
    assert ((number + nudge) * sign < cell.agreed.terms.minimum * sign) is (finding.outcome.status == "breach")


@pytest.mark.django_db
def test_the_working_has_its_six_lines_and_names_what_brought_the_rows(cast):
    level = cast.levels["A-1/ACCURACY"]
    receive(level.feed, [month(MARCH, 93, 100)])

    verdict = verdict_of(level, "2025-03")

    lines = verdict.working["lines"]
    assert [line["key"] for line in lines] == KEYS
    batch = level.feed.contract.vendor.batches.get()
    assert lines[0]["text"].endswith("sent Wed 2 Apr 2025, 11:00 (Europe/Berlin)")
    assert batch.public_id not in lines[0]["text"]
    assert verdict.working["facts"]["batches"] == [batch.public_id]


@pytest.mark.django_db
def test_the_working_keeps_its_words_when_the_terms_are_changed(cast):
    level = cast.levels["A-1/ACCURACY"]
    receive(level.feed, [month(MARCH, 93, 100)])
    before = verdict_of(level, "2025-03").working

    level.terms.update(expected=Decimal(99), unit="points")

    assert verdict_of(level, "2025-03").working == before


@pytest.mark.django_db
def test_a_percentile_names_its_rank(cast):
    feed = cast.feed(cast.contracts["A-1"], "VOICE", Feed.Kind.CONTACTS)
    level = cast.level(feed, "P90", aggregation="percentile", params={"of": "wait", "percentile": 90},
                       direction="lower", expected=Decimal(30), minimum=Decimal(60), unit="s")  # fmt: skip
    receive(feed, [contact(str(n), datetime(2025, 3, 3, 9, tzinfo=UTC), wait_seconds=n) for n in range(1, 12)])

    text = verdict_of(level, "2025-03").working["lines"][3]["text"].replace("\u00a0", " ")

    assert text == "P90 of 11 (rank 10) = 10.0 s"


@pytest.mark.django_db
def test_the_days_of_a_verdict_add_up_to_what_was_reported(cast):
    feed = cast.feed(cast.contracts["A-1"], "VOICE", Feed.Kind.CONTACTS)
    params = {"of": "answered_in_time", "threshold_seconds": 20, "variant": "strict"}
    level = cast.level(feed, "ANSWERED", aggregation="share_within", params=params)
    receive(feed, [contact(str(n), datetime(2025, 3, 1 + n % 20, 9, tzinfo=UTC), wait_seconds=n) for n in range(50)])

    verdict = verdict_of(level, "2025-03")

    assert sum(Decimal(day[1]) for day in verdict.days) == verdict.numerator
    assert sum(Decimal(day[2]) for day in verdict.days) == verdict.denominator == 50
