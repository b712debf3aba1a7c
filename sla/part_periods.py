"""Periods of which only a part runs, at the start and end of a promise, and terms that change inside a period."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from sla.labels import Labelled
from sla.labels import gettext_noop as _
from sla.obligations import DaySpan
from sla.periods import DAY, Period, PeriodRule

# Ends the label of a period together with the part periods beside it.
JOINED = "-join"


class Dated(Protocol):
    """The row behind terms."""

    @property
    def effective_on(self) -> date: ...


class AgreedTerms(Protocol):
    """One set of terms of a promise, as the rules here read it."""

    @property
    def terms(self) -> Dated: ...
    @property
    def rule(self) -> PeriodRule: ...
    @property
    def part_periods(self) -> "PartPeriods": ...
    @property
    def judges_whole_period(self) -> bool: ...
    def in_force_on(self, day: date, /) -> bool: ...


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


def is_part(period: Period, time: DaySpan) -> bool:
    """Whether some days of a period lie outside of the time."""
    return period.start < time.start or (time.end is not None and time.end < period.end)


def joined(period: Period, rule: PeriodRule, time: DaySpan, *, first: bool = True, last: bool = True) -> Period:
    """The period with the part periods that are judged together with it, under a label that says so.

    A `first` part period joins the one after it, a `last` one that before it. Where no day of that one lies in the
    time, the part stays alone. `period` is cut by the rule, and shares a day with the time.
    """
    spans = []
    begins = rule.containing(time.start)
    if first and begins.start < time.start and time.part_of(after := rule.next(begins)):
        spans.append((begins.start, after.end))
    if last and time.end is not None:
        ends = rule.containing(time.end - DAY)
        if time.end < ends.end and time.start < ends.start:
            spans.append((rule.containing(ends.start - DAY).start, ends.end))
    if len(spans) == 2 and spans[1][0] < spans[0][1]:
        spans = [(spans[0][0], spans[1][1])]
    for start, end in spans:
        if start <= period.start < end:
            return replace(period, start=start, end=end, label=f"{rule.containing(start).label}{JOINED}")
    return period


def cut(terms: AgreedTerms, day: date, agreed: Sequence[AgreedTerms], time: DaySpan) -> Period:
    """The period of a day as terms cut it, with the part periods that the first or the last of all terms join to it.

    `agreed` are all terms of a promise in order, `time` is when it runs.
    """
    whole, ends = terms.rule.containing(day), (agreed[0], agreed[-1])
    first, last = (each.part_periods is PartPeriods.JOINED and each.rule == terms.rule for each in ends)
    return joined(whole, terms.rule, time, first=first, last=last) if first or last else whole


def judges(terms: AgreedTerms, whole: Period, agreed: Sequence[AgreedTerms], time: DaySpan) -> bool:
    """Whether terms judge a period that they cut: the ones at its start, or those at its end that say so.

    The start of a first part period is the promise's, where such parts are judged; otherwise no terms judge it.
    """
    start = max(whole.start, time.start)
    last_day = (whole.end if time.end is None else min(whole.end, time.end)) - DAY
    last = next((each for each in reversed(agreed) if each.in_force_on(last_day)), None)
    if last and last.judges_whole_period and not last.in_force_on(start) and cut(last, last_day, agreed, time) == whole:
        return last is terms
    return terms.in_force_on(start if terms.part_periods in JUDGED_FROM_THE_START else whole.start)


def has_consequences(terms: AgreedTerms, whole: Period, agreed: Sequence[AgreedTerms], time: DaySpan) -> bool:
    """Whether a period that the terms judge has consequences: not in a part that is only reported."""
    if is_only_reported(terms, whole, time):
        return False
    return terms.part_periods in JUDGED_FROM_THE_START or any(each.in_force_on(whole.start) for each in agreed)


def is_only_reported(terms: AgreedTerms, whole: Period, time: DaySpan) -> bool:
    """Whether terms only report a period, because a part of it runs."""
    return terms.part_periods is PartPeriods.REPORTED and is_part(whole, time)


def changed_on(whole: Period, agreed: Sequence[AgreedTerms], time: DaySpan) -> date | None:
    """The last day on which other terms take effect inside of the part of a period that runs; None where none do."""
    part = time.part_of(whole)
    days = (each.terms.effective_on for each in reversed(agreed[1:]))
    return next((day for day in days if part and part.start < day < part.end), None)
