"""Periods of which only a part runs, at the start and end of a promise, and terms that change inside a period."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Protocol

from sla.labels import Labelled
from sla.labels import gettext_noop as _
from sla.obligations import DaySpan, HistoryRule, Straddling
from sla.periods import DAY, Period, PeriodKind, PeriodRule

# Ends the label of a period together with the part periods beside it.
JOINED = "-join"
# Ends the label of a part of a period that is split, before the part's number.
PART = "-p"


class TermsRow(Protocol):
    """The row behind terms."""

    @property
    def rules(self) -> Mapping[str, Any]: ...


class PartPeriods(Labelled):
    """What the first and the last period of a promise are worth, where only a part of them runs."""

    LAST_JUDGED = "last_judged", _("the last is judged, the first is only reported")
    JUDGED = "judged", _("judged as whole periods are")
    REPORTED = "reported", _("only reported: no breach, no credit, no part in repeats")
    JOINED = "joined", _("judged together with the period beside them")


JUDGED_FROM_THE_START = frozenset({PartPeriods.JUDGED, PartPeriods.JOINED})


class Changes(Labelled):
    """Which terms judge a period inside of which others take effect."""

    AT_START = "at_start", _("the terms at its start")
    AT_END = "at_end", _("the terms at its end")
    SPLIT = "split", _("each part by the terms in force in it, as a period of its own")


class ReadRules:
    """How the rules of terms cut periods and share reports; by default, where they make no sense."""

    terms: TermsRow

    @cached_property
    def straddling(self) -> Straddling:
        """In which period a week counts that lies in two."""
        given = self.terms.rules.get("straddling")
        return next((rule for rule in Straddling if rule == given), Straddling.BY_START)

    @cached_property
    def part_periods(self) -> PartPeriods:
        """What the first and the last period are worth, where only a part of them runs."""
        given = self.terms.rules.get("part_periods")
        return next((rule for rule in PartPeriods if rule == given), PartPeriods.LAST_JUDGED)

    @cached_property
    def changes(self) -> Changes:
        """Which terms judge the period inside of which these take effect."""
        given = self.terms.rules.get("changes")
        return next((rule for rule in Changes if rule == given), Changes.AT_START)

    @cached_property
    def counts_history(self) -> bool:
        """Whether periods that are judged look back at history."""
        return self.terms.rules.get("history") == HistoryRule.COUNTS


@dataclass(frozen=True, slots=True)
class CutRules:
    """As much of a row of terms as decides how it cuts periods; rows of two promises that say the same are equal."""

    effective_on: date
    ends_on: date | None = None
    rule: PeriodRule = PeriodRule(PeriodKind.MONTH)  # noqa: RUF009 - it is frozen
    part_periods: PartPeriods = PartPeriods.LAST_JUDGED
    changes: Changes = Changes.AT_START

    def in_force_on(self, day: date) -> bool:
        return day in DaySpan(self.effective_on, self.ends_on)


@dataclass(frozen=True, slots=True)
class Cut:
    """A period as terms cut it, and whether they judge it: `chosen`, and `in_force` where it has consequences.

    The other facts are those of a cell in `metrics.timelines`.
    """

    whole: Period
    in_force: bool
    is_reported_part: bool
    chosen: bool
    changed_on: date | None
    stays_apart: bool


def is_part(period: Period, time: DaySpan) -> bool:
    """Whether some days of a period lie outside of the time."""
    return period.start < time.start or (time.end is not None and time.end < period.end)


def joints(rule: PeriodRule, agreed: Sequence[CutRules], time: DaySpan) -> set[date]:
    """The days on which part periods join the period beside them, as the first or the last of all terms say.

    The first part period joins the one after it, the last the one before it. Where no day of that one lies in the time,
    the part stays alone. `agreed` are all terms of a promise in order, `time` is when it runs.
    """
    first, last = (each.part_periods is PartPeriods.JOINED and each.rule == rule for each in (agreed[0], agreed[-1]))
    days = set()
    if first and (begins := rule.containing(time.start)).start < time.start and time.part_of(rule.next(begins)):
        days.add(begins.end)
    if last and time.end is not None:
        ends = rule.containing(time.end - DAY)
        if time.end < ends.end and time.start < ends.start:
            days.add(ends.start)
    return days


def joints_of(agreed: Sequence[CutRules], time: DaySpan) -> set[date]:
    """All days on which part periods join those beside them."""
    return set().union(*(joints(each.rule, agreed, time) for each in agreed))


def joined(period: Period, rule: PeriodRule, days: Collection[date]) -> Period:
    """The period with those beside it that it joins on one of the days, under a label that says so."""
    start, end = period.start, period.end
    while start in days:
        start = rule.containing(start - DAY).start
    while end in days:
        end = rule.containing(end).end
    if (start, end) == (period.start, period.end):
        return period
    return replace(period, start=start, end=end, label=f"{rule.containing(start).label}{JOINED}")


def part_on(period: Period, day: date, changes: Sequence[date]) -> Period:
    """The part of a period in which a day of it lies, where it is split on the days of `changes`, which are in order.

    Its label ends with the part's number. Days outside of the period split nothing.
    """
    inside = [change for change in changes if period.start < change < period.end]
    if not inside:
        return period
    number = sum(change <= day for change in inside)
    edges = [period.start, *inside, period.end]
    label = f"{period.label.removesuffix(JOINED)}{PART}{number + 1}"
    return replace(period, start=edges[number], end=edges[number + 1], label=label)


def cut(terms: CutRules, day: date, agreed: Sequence[CutRules], time: DaySpan, apart: Collection[date] = ()) -> Period:
    """The period of a day as terms cut it: joined to part periods beside it, split where others take effect.

    It is not joined on the days of `apart`. `agreed` are all terms of a promise in order, `time` is when it runs.
    """
    whole = joined(terms.rule.containing(day), terms.rule, joints(terms.rule, agreed, time).difference(apart))
    changes = [each.effective_on for each in agreed[1:] if each.changes is Changes.SPLIT]
    return part_on(whole, day, [change for change in changes if time.end is None or change < time.end])


def judges(
    terms: CutRules, whole: Period, agreed: Sequence[CutRules], time: DaySpan, apart: Collection[date] = ()
) -> bool:
    """Whether terms judge a period that they cut: the ones at its start, or those at its end that say so.

    `apart` is as for `cut`. The start of a first part period is the promise's, where such parts are judged; otherwise
    no terms judge it.
    """
    start = max(whole.start, time.start)
    last_day = (whole.end if time.end is None else min(whole.end, time.end)) - DAY
    last = next((each for each in reversed(agreed) if each.in_force_on(last_day)), None)
    is_later = last and last.changes is Changes.AT_END and not last.in_force_on(start)
    if last and is_later and cut(last, last_day, agreed, time, apart) == whole:
        return last == terms
    return terms.in_force_on(start if terms.part_periods in JUDGED_FROM_THE_START else whole.start)


def has_consequences(terms: CutRules, whole: Period, agreed: Sequence[CutRules], time: DaySpan) -> bool:
    """Whether a period that the terms judge has consequences: not in a part that is only reported."""
    if is_only_reported(terms, whole, time):
        return False
    begins = terms.rule.containing(whole.start).start
    return terms.part_periods in JUDGED_FROM_THE_START or any(each.in_force_on(begins) for each in agreed)


def is_only_reported(terms: CutRules, whole: Period, time: DaySpan) -> bool:
    """Whether terms only report a period, because a part of it runs, or of the period of which it is a part."""
    if terms.part_periods is not PartPeriods.REPORTED:
        return False
    return is_part(whole, time) or is_part(terms.rule.containing(whole.start), time)


def changed_on(whole: Period, agreed: Sequence[CutRules], time: DaySpan) -> date | None:
    """The last day on which other terms take effect inside of the part of a period that runs; None where none do."""
    part = time.part_of(whole)
    days = (each.effective_on for each in reversed(agreed[1:]))
    return next((day for day in days if part and part.start < day < part.end), None)


# Promises that run at the same time and say the same share them: most of a contract, and all of a roll-up.
@lru_cache(maxsize=4_000)
def cuts_on(
    day: date, agreed: tuple[CutRules, ...], time: DaySpan, apart: frozenset[date]
) -> tuple[tuple[int, Cut], ...]:
    """The period of a day as each of the terms would cut it, with their place, where a part of it lies in the time."""
    cuts = []
    for place, terms in enumerate(agreed):
        whole = cut(terms, day, agreed, time, apart)
        if time.part_of(whole):
            chosen = judges(terms, whole, agreed, time, apart)
            in_force = chosen and has_consequences(terms, whole, agreed, time)
            stays_apart = is_part(whole, time) and (whole.start in apart or whole.end in apart)
            reported, changed = is_only_reported(terms, whole, time), changed_on(whole, agreed, time)
            cuts.append((place, Cut(whole, in_force, reported, chosen, changed, stays_apart)))
    return tuple(cuts)
