"""What excused cases do to a tally, and to the status of its period."""

import pytest
from hypothesis import assume, given

from sla.bands import Direction
from sla.excuses import ExcuseTreatment, after_excuses, taken_out
from sla.tallies import Tally
from sla.tests.test_verdicts import COUNTS, LIMITS, WORSE_FIRST, status


@pytest.mark.parametrize(
    ("treatment", "after"),
    [
        ("both_sides", Tally.of(930, 960)),
        ("count_as_met", Tally.of(970, 1000)),
        ("void_period", Tally.of(930, 1000)),
        ("reduce_level", Tally.of(930, 1000)),
    ],
)
def test_excused_cases_leave_both_sides_or_count_as_met(treatment, after):
    assert after_excuses(Tally.of(930, 1000), Tally.of(0, 40), ExcuseTreatment(treatment)) == after


def test_where_lower_is_better_an_excused_case_stays_and_is_no_longer_bad():
    after = after_excuses(Tally.of(60, 1000), Tally.of(10, 40), ExcuseTreatment.COUNT_AS_MET, Direction.LOWER)

    assert after == Tally.of(50, 1000)


def test_excused_values_leave_a_percentile():
    assert taken_out(Tally.of(9, 3, values=[2, 3, 4]), Tally.of(3, 1, values=[3])) == Tally.of(6, 2, values=[2, 4])


@pytest.mark.parametrize("part", [Tally.of(1, 9), Tally.of(1, 1, cases=9)])
def test_no_more_can_be_excused_than_was_counted(part):
    with pytest.raises(ValueError, match="More is excused"):
        taken_out(Tally.of(1, 2), part)


@given(COUNTS, COUNTS, COUNTS)
def test_excusing_misses_never_makes_a_period_worse(good, bad, excused):
    assume(good + bad and excused <= bad)
    tally, misses = Tally.of(good, good + bad), Tally.of(0, excused)
    before = WORSE_FIRST.index(status(LIMITS, good, good + bad))

    for treatment in (ExcuseTreatment.BOTH_SIDES, ExcuseTreatment.COUNT_AS_MET):
        after = after_excuses(tally, misses, treatment)
        if after.denominator:
            assert WORSE_FIRST.index(status(LIMITS, after.numerator, after.denominator)) >= before
