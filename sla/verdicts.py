"""What a period's numbers mean under the limits in force."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, StrEnum, unique
from fractions import Fraction

from sla.bands import Direction
from sla.labels import Labelled
from sla.labels import gettext_noop as _
from sla.limits import Limits, MissingRule, NoVolumeRule, Standing
from sla.outlook import UNKNOWN, Course, Prospect, misses, prospect
from sla.tallies import Tally, exact
from sla.volume import COUNTS_MISSES, LowVolumeRule


class Meaning(Enum):
    """What a status says about the vendor's performance; NEUTRAL is neither met nor missed."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    NEUTRAL = "neutral"


@unique
class Status(Labelled):
    """What a verdict says about a period: the one table from which choices, pages, mails, API and credits derive.

    `rank` orders statuses from the worst (1) on, what is missing before what is good: where several periods share a
    month, the lowest rank stands for it. `is_open` marks the statuses of a period that still runs.
    """

    MET = "met", _("Met"), Meaning.GOOD, 6
    BELOW_EXPECTED = "below_expected", _("Below expected"), Meaning.WARNING, 4
    BREACH = "breach", _("Breach"), Meaning.BAD, 1
    NOT_REPORTED = "not_reported", _("Not reported"), Meaning.BAD, 3
    EXCUSED = "excused", _("Excused"), Meaning.NEUTRAL, 8
    NO_VOLUME = "no_volume", _("No volume"), Meaning.NEUTRAL, 11
    NO_TARGET = "no_target", _("No target"), Meaning.NEUTRAL, 9
    TOO_FEW = "too_few", _("Too few cases"), Meaning.NEUTRAL, 10
    NOT_IN_FORCE = "not_in_force", _("Not in force"), Meaning.NEUTRAL, 12
    ON_TRACK = "on_track", _("On track"), Meaning.GOOD, 7, True
    AT_RISK = "at_risk", _("At risk"), Meaning.WARNING, 5, True
    ALREADY_LOST = "already_lost", _("Already lost"), Meaning.BAD, 2, True

    meaning: Meaning
    rank: int
    is_open: bool

    # pragma: no mutate start (members are made before a method can be exchanged)
    def __init__(self, value: str, label: str, meaning: Meaning, rank: int, is_open: bool = False) -> None:
        self.meaning, self.rank, self.is_open = meaning, rank, is_open

    # pragma: no mutate end


OPEN = tuple(status for status in Status if status.is_open)
BAD = tuple(status for status in Status if status.meaning is Meaning.BAD)
NEUTRAL = tuple(status for status in Status if status.meaning is Meaning.NEUTRAL)
# Open periods that may yet be missed, or are.
THREATENED = tuple(status for status in OPEN if status.meaning is not Meaning.GOOD)


class Reason(StrEnum):
    """Why a verdict has its status."""

    VALUE = "value"
    RAMP_UP = "ramp_up"
    PART_PERIOD = "part_period"
    AFTER_END = "after_end"
    VOIDED = "voided"
    ALL_EXCUSED = "all_excused"
    REPORT_MISSING = "report_missing"
    REPORT_MISSING_WARNED = "report_missing_warned"
    REPORT_DEEMED = "report_deemed"
    NOTHING_TO_COUNT = "nothing_to_count"
    TOO_FEW_CASES = "too_few_cases"
    CARRIED_OVER = "carried_over"
    MISSES_ALLOWED = "misses_allowed"
    MISSES_COUNTED = "misses_counted"
    OUT_OF_REACH = "out_of_reach"
    WORSE_THAN_EXPECTED = "worse_than_expected"
    WORSE_THAN_MINIMUM = "worse_than_minimum"


STATUS_OF = {Standing.MET: Status.MET, Standing.BELOW_EXPECTED: Status.BELOW_EXPECTED, Standing.BREACH: Status.BREACH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A verdict: its status, the measured and the compared value, what was missing, its band, and why.

    `shortfall` is in the measure's unit, worse than expected; `short_by_cases` is how many cases would have had to
    turn out well for the expected level to be met, where single cases can be counted.
    """

    status: Status
    reason: Reason
    value: Fraction | None = None
    compared: Fraction | None = None
    shortfall: Fraction | None = None
    short_by_cases: int | None = None
    band: str | None = None


def judge(
    limits: Limits,
    value: Fraction | None,
    tally: Tally,
    *,
    reported: bool,
    ended: bool,
    deemed: bool = False,
    in_force: bool = True,
    is_part: bool = False,
    voided: bool = False,
    all_excused: bool = False,
    scale: Fraction | None = None,
    course: Course = UNKNOWN,
) -> Outcome:
    """The outcome of one period.

    `value` is the measured value, unrounded, of `tally` as it counts: after excuses, and joined with earlier periods
    where the low-volume rule looks back. `reported` says that every report that is due has come; `deemed`, that a
    missing one has been missing long enough to count as a miss of the minimum. `in_force` is false in a ramp-up, and
    where `is_part` says that a part period is only reported. `scale` is the measure's where it is a share of cases (100
    for percent), else None. An open period is judged by its outlook, from what is known of its `course`.
    """
    if not in_force:
        status, reason = Status.NOT_IN_FORCE, Reason.PART_PERIOD if is_part else Reason.RAMP_UP
    elif voided:
        status, reason = Status.EXCUSED, Reason.VOIDED
    elif not reported and (ended or deemed):
        status, reason = judge_missing_report(limits, deemed)
    elif value is None:
        status, reason = judge_no_volume(limits, all_excused, ended)
    elif limits.is_reported_only:
        status, reason = Status.NO_TARGET, Reason.VALUE
    elif not ended:
        status, reason = judge_open_period(limits, value, tally, scale, course)
    elif limits.low_volume.applies(tally, limits.least_cases()):
        status, reason = judge_few_cases(limits, value, tally, scale)
    else:
        status, reason = STATUS_OF[limits.standing(value)], Reason.VALUE
    return make_outcome(limits, value, tally, status, reason, scale)


def make_outcome(
    limits: Limits, value: Fraction | None, tally: Tally, status: Status, reason: Reason, scale: Fraction | None
) -> Outcome:
    """Return an outcome with all that follows from the value, where there is one, and the limits."""
    if value is None:
        return Outcome(status=status, reason=reason)
    if limits.is_reported_only:
        return Outcome(status=status, reason=reason, value=value, compared=limits.compared(value))
    return Outcome(
        status=status,
        reason=reason,
        value=value,
        compared=limits.compared(value),
        shortfall=limits.shortfall(value),
        short_by_cases=None if scale is None else short_by_cases(limits, tally, scale),
        band=limits.band(value),
    )


def judge_missing_report(limits: Limits, deemed: bool) -> tuple[Status, Reason]:
    """What a missing report means; it is never met, whatever part of the numbers has come."""
    if deemed and limits.missing is MissingRule.DEEMED:
        return Status.BREACH, Reason.REPORT_DEEMED
    warned = limits.missing is MissingRule.WARN
    return Status.NOT_REPORTED, Reason.REPORT_MISSING_WARNED if warned else Reason.REPORT_MISSING


def judge_no_volume(limits: Limits, all_excused: bool, ended: bool) -> tuple[Status, Reason]:
    """What it means that nothing was left to count."""
    if all_excused:
        return Status.EXCUSED, Reason.ALL_EXCUSED
    if not ended or limits.no_volume is NoVolumeRule.NEUTRAL:
        return Status.NO_VOLUME, Reason.NOTHING_TO_COUNT
    return Status.MET if limits.no_volume is NoVolumeRule.MET else Status.BREACH, Reason.NOTHING_TO_COUNT


def judge_few_cases(limits: Limits, value: Fraction, tally: Tally, scale: Fraction | None) -> tuple[Status, Reason]:
    """What the low-volume rule makes of too few cases."""
    rule = limits.low_volume.rule
    if rule is LowVolumeRule.TOO_FEW:
        return Status.TOO_FEW, Reason.TOO_FEW_CASES
    if rule is LowVolumeRule.CARRY_OVER:
        return Status.TOO_FEW, Reason.CARRIED_OVER
    if rule in COUNTS_MISSES and scale is not None:
        few = misses(limits.direction, tally) <= limits.low_volume.allowed_misses
        if rule is LowVolumeRule.COUNT:
            return Status.MET if few else Status.BREACH, Reason.MISSES_COUNTED
        if few:
            return Status.MET, Reason.MISSES_ALLOWED
    return STATUS_OF[limits.standing(value)], Reason.VALUE


def judge_open_period(
    limits: Limits, value: Fraction, tally: Tally, scale: Fraction | None, course: Course
) -> tuple[Status, Reason]:
    """Where a period that still runs is heading."""
    if prospect(limits, value, tally, scale, course) is Prospect.LOST:
        return Status.ALREADY_LOST, Reason.OUT_OF_REACH
    # A value that grows with time is judged by what it comes to at this rate.
    standing = limits.standing(value / course.elapsed if course.grows and course.elapsed else value)
    if standing is Standing.MET:
        return Status.ON_TRACK, Reason.VALUE
    return Status.AT_RISK, Reason.WORSE_THAN_MINIMUM if standing is Standing.BREACH else Reason.WORSE_THAN_EXPECTED


def short_by_cases(limits: Limits, tally: Tally, scale: Fraction) -> int | None:
    """The fewest cases that would have had to turn out well to meet the expected level; 0 where it is met.

    None for ranges, for shares without cases, and where not even every case turning out well would have met it.
    """
    if limits.direction is Direction.RANGE or not tally.denominator:
        return None
    step = 1 if limits.direction is Direction.HIGHER else -1

    def meets(turned: int) -> bool:
        return limits.meets((tally.numerator + step * turned) / tally.denominator * scale, limits.goal)

    most = max(0, -((-misses(limits.direction, tally)).__floor__()))
    if meets(0):
        return 0
    if not meets(most):
        return None
    if limits.rounding is not None:
        return bisect_left(range(most), True, lo=1, key=meets)
    needed = limits.shortfall(tally.numerator / tally.denominator * scale) / scale * tally.denominator
    whole = -((-needed).__floor__())
    return whole if limits.equality_meets or whole > needed else whole + 1


def deemed_on(limits: Limits, due_on: date) -> date | None:
    """The day from which a report due on `due_on` counts as a miss of the minimum; None where it never does."""
    if limits.missing is not MissingRule.DEEMED:
        return None
    return due_on + timedelta(days=limits.deemed_after_days + 1)


def in_ramp_up(period_start: date, ramp_up_until: date | None) -> bool:
    """Whether a period begins before the date from which results have consequences."""
    return ramp_up_until is not None and period_start < ramp_up_until


def restatement_deadline(limits: Limits, period_end: date) -> date:
    """The last day on which a correction of the period that ended on its last day `period_end` is taken."""
    return period_end + timedelta(days=limits.restatement_days)


def effective_value(
    limits: Limits, reported: Fraction, restated: Fraction, *, period_end: date, restated_on: date
) -> Fraction:
    """The value that counts: the restated one where it came in time."""
    return exact(restated if restated_on <= restatement_deadline(limits, period_end) else reported)
