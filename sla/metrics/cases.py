"""Measures of tickets, invoices, orders and hires, one row each."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sla.intervals import length
from sla.metrics.components import AS_OF, Component, Condition, Operator, Row, equals, present
from sla.metrics.downtime import moment
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import Measure, Parts, Recipe, Weights, share_parts
from sla.metrics.params import Settings, choice, number, text, yes_no
from sla.metrics.percentiles import METHOD, PERCENT, PercentileMethod
from sla.metrics.target_params import TARGETS, WITHOUT_TARGET, targets_of
from sla.metrics.targets import Targets
from sla.metrics.timers import Timer
from sla.metrics.window import Window
from sla.tallies import Tally

STOPS = {"resolved": "resolved_at", "closed": "closed_at"}
DAYS = {"received": "opened_at", "due": "due_at", **STOPS}
UNITS = {
    "hours": ("h", Fraction(1, 3600)),
    "minutes": ("min", Fraction(1, 60)),
    "seconds": ("s", Fraction(1)),
    "days": ("d", Fraction(1, 86400)),
}
LEAVE_OUT, WHEN_OPEN = "leave_out", "miss_when_open"
IN_TIME: Weights = (("in_time", 1),)
FINISHED: Weights = (("finished", 1),)
DUE: Weights = (*FINISHED, ("overdue", 1))


def resolved_by_due(recipe: Recipe, settings: Settings) -> Measure:
    """Finished by the due time, out of those finished and those overdue; a case not yet due waits its turn."""
    stop = STOPS[settings.text("stop")]
    in_time = Operator.LE if settings.yes("inclusive") else Operator.LT
    parts = (
        Component("in_time", where=(Condition(stop, in_time, than="due_at"),)),
        Component("finished", where=(present("due_at"), present(stop))),
        Component("overdue", where=(Condition(stop, Operator.MISSING), Condition("due_at", Operator.LT, AS_OF))),
    )
    return recipe.measure(
        settings, components=parts, numerator=IN_TIME, denominator=DUE, day_of=DAYS[settings.text("attribution")]
    )


def resolved_within(recipe: Recipe, settings: Settings) -> Measure:
    """Finished within the promised seconds, out of those finished and, unless left out, those that no longer can be.

    With `unfinished` as miss_when_open, every open case counts as a miss, also one that may still be in time.
    """
    day_of = DAYS[settings.text("attribution")]
    stop, is_business = STOPS[settings.text("stop")], settings.text("clock") == "business"
    targets = targets_of(settings, "priority", "group", is_business=is_business)
    if targets.column or is_business or settings.words("pause_reasons"):
        reader = Within(timer_of(settings), targets, settings.yes("inclusive"), settings.text("unfinished"))
        table = targets if targets.column else None
        return recipe.measure(settings, reader=reader, targets=table, day_of=day_of)
    seconds = settings.number("threshold_seconds")
    in_time = Operator.LE if settings.yes("inclusive") else Operator.LT
    parts: tuple[Component, ...] = (
        Component("in_time", where=(Condition(stop, in_time, than="opened_at", plus_seconds=seconds),)),
        Component("finished", where=(present(stop),)),
    )
    if settings.text("unfinished") == LEAVE_OUT:
        return recipe.measure(settings, components=parts, numerator=IN_TIME, denominator=FINISHED, day_of=day_of)
    is_open, late = Condition(stop, Operator.MISSING), Condition("opened_at", Operator.LT, AS_OF, plus_seconds=-seconds)
    missed = (is_open,) if settings.text("unfinished") == WHEN_OPEN else (is_open, late)
    parts += (Component("overdue", where=missed),)
    return recipe.measure(settings, components=parts, numerator=IN_TIME, denominator=DUE, day_of=day_of)


@dataclass(frozen=True, slots=True)
class Within:
    """Cases finished within their targets, of those that have one; `unfinished` says when an open one is a miss."""

    timer: Timer
    targets: Targets
    inclusive: bool
    unfinished: str

    def __call__(self, rows: Iterable[Row], window: Window) -> Tally:
        good = total = 0
        for row in rows:
            target, stopped = self.targets.of(row), moment(row, self.timer.stop)
            if target is None or (stopped is None and self.unfinished == LEAVE_OUT):
                continue
            until = stopped or window.as_of
            in_time = self.timer.is_within(target, row, window, until, inclusive=self.inclusive)
            if stopped is None and in_time and self.unfinished != WHEN_OPEN:
                continue
            good += stopped is not None and in_time
            total += 1
        return Tally.of(good, total)


@dataclass(frozen=True, slots=True)
class Durations:
    """How long each finished case took, in seconds."""

    timer: Timer
    keep_values: bool

    def __call__(self, rows: Iterable[Row], window: Window) -> Tally:
        ends = [(row, stopped) for row in rows if (stopped := moment(row, self.timer.stop)) is not None]
        taken = [self.timer.seconds(row, window, stopped) for row, stopped in ends]
        return Tally.of(sum(taken, Fraction(0)), len(taken), values=taken if self.keep_values else ())


@dataclass(frozen=True, slots=True)
class Backlog:
    """Cases that are open at the known end of the window, perhaps only those open for longer than so many seconds."""

    stop: str
    older_than_seconds: Decimal

    def __call__(self, rows: Iterable[Row], window: Window) -> Tally:
        count, at = 0, window.known_end
        for row in rows:
            opened, stopped = moment(row, "opened_at"), moment(row, self.stop)
            if opened is not None and opened < at and (stopped is None or stopped >= at):
                count += length(opened, at) > self.older_than_seconds or not self.older_than_seconds
        return Tally.of(count, 0, cases=count)


@dataclass(frozen=True, slots=True)
class FirstTouch:
    """Finished cases that were neither paused nor reopened, out of all finished cases."""

    stop: str

    def __call__(self, rows: Iterable[Row], window: Window) -> Tally:
        finished = [row for row in rows if moment(row, self.stop) is not None]
        return Tally.of(sum(not row.get("pauses") and not row.get("reopened") for row in finished), len(finished))


def timer_of(settings: Settings) -> Timer:
    return Timer(STOPS[settings.text("stop")], settings.text("clock") == "business", settings.words("pause_reasons"))


def duration(recipe: Recipe, settings: Settings) -> Measure:
    unit, scale = UNITS[settings.text("unit")]
    is_percentile = recipe.aggregation is Aggregation.PERCENTILE
    reader = Durations(timer_of(settings), keep_values=is_percentile)
    parts: Parts = {"reader": reader, "unit": unit, "scale": scale}
    if is_percentile:
        parts["percent"] = Fraction(settings.number("percentile"))
        parts["method"] = PercentileMethod(settings.text("method"))
    return recipe.measure(settings, parts, day_of=DAYS[settings.text("attribution")])


def flagged(recipe: Recipe, settings: Settings) -> Measure:
    """Cases whose flag, the column of the recipe's name, is set, out of those that have the flag."""
    whether, known = (equals(recipe.of, True),), (present(recipe.of),)
    parts = share_parts(Component("flagged", where=whether), Component("known", where=known))
    return recipe.measure(settings, parts, day_of=DAYS[settings.text("attribution")])


def first_touch(recipe: Recipe, settings: Settings) -> Measure:
    reader = FirstTouch(STOPS[settings.text("stop")])
    return recipe.measure(settings, day_of=DAYS[settings.text("attribution")], reader=reader)


def counted(recipe: Recipe, settings: Settings) -> Measure:
    one: Weights = (("cases", 1),)
    parts: Parts = {"components": (Component("cases"),), "numerator": one, "cases": one, "scale": Fraction(1)}
    return recipe.measure(settings, parts, day_of=DAYS[settings.text("attribution")], unit="cases")


def backlog(recipe: Recipe, settings: Settings) -> Measure:
    reader = Backlog(STOPS[settings.text("stop")], settings.number("older_than_seconds"))
    return recipe.measure(settings, reader=reader, overlaps=True, snapshot=True, scale=Fraction(1), unit="cases")


STOP = choice("stop", tuple(STOPS), "what stops the clock")
CLOCK = choice("clock", ("elapsed", "business"), "elapsed time, or the calendar's business time")
PAUSES = text("pause_reasons", "the pause reasons that stop the clock, separated by commas; * for every pause")
INCLUSIVE = yes_no("inclusive", True, "whether a case finished at exactly the limit is in time")
WITHIN = number("threshold_seconds", None, "the promised seconds", unless="targets")
OLDER = number("older_than_seconds", Decimal(0), "only cases that have been open for longer")
ATTRIBUTION_HELP = "the date that decides to which period a case belongs"
BY_DUE = choice("attribution", ("due", "received", "resolved", "closed"), ATTRIBUTION_HELP)
BY_RECEIVED = choice("attribution", ("received", "due", "resolved", "closed"), ATTRIBUTION_HELP)
BY_RESOLVED = choice("attribution", ("resolved", "closed", "received", "due"), ATTRIBUTION_HELP)
UNFINISHED_HELP = (
    "what an open case is: a miss once its time has run out, and its period closes no earlier; "
    "left out; or a miss as long as it is open"
)
UNFINISHED = choice("unfinished", ("miss", LEAVE_OUT, WHEN_OPEN), UNFINISHED_HELP)
UNIT = choice("unit", tuple(UNITS), "the unit of the value")
WITHIN_PARAMS = (WITHIN, TARGETS, WITHOUT_TARGET, CLOCK, PAUSES, BY_RECEIVED, STOP, INCLUSIVE, UNFINISHED)
TIMED = (CLOCK, PAUSES, BY_RESOLVED, STOP, UNIT)
KIND, SHARE, RATIO, COUNT = FeedKind.CASES, Aggregation.SHARE_WITHIN, Aggregation.RATIO, Aggregation.COUNT
MEAN, PERCENTILE, TIME = Aggregation.MEAN, Aggregation.PERCENTILE, "time_to_resolve"
RECIPES = (
    Recipe(KIND, SHARE, "resolved_by_due", "Resolved by the due time", (BY_DUE, STOP, INCLUSIVE), resolved_by_due),
    Recipe(KIND, SHARE, "resolved_within", "Resolved within the promised time", WITHIN_PARAMS, resolved_within),
    Recipe(KIND, RATIO, "met", "Met by the vendor's own flag", (BY_RESOLVED,), flagged),
    Recipe(KIND, RATIO, "correct", "Accuracy", (BY_RESOLVED,), flagged),
    Recipe(KIND, RATIO, "reopened", "Reopen rate", (BY_RESOLVED,), flagged),
    Recipe(KIND, RATIO, "first_touch", "Resolved at first touch", (BY_RESOLVED, STOP), first_touch),
    Recipe(KIND, MEAN, TIME, "Mean time to resolve", TIMED, duration),
    Recipe(KIND, PERCENTILE, TIME, "Percentile of the time to resolve", (PERCENT, METHOD, *TIMED), duration),
    Recipe(KIND, COUNT, "cases", "Number of cases", (BY_RECEIVED,), counted),
    Recipe(KIND, COUNT, "backlog", "Backlog at the end of the period", (OLDER, STOP), backlog),
)
