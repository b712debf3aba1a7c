"""Measures of calls, chats and e-mails, one row each."""

from decimal import Decimal
from fractions import Fraction

from sla.metrics.components import Component, Condition, Operator, equals, present
from sla.metrics.feeds import Aggregation, ContactOutcome, FeedKind
from sla.metrics.measure import Measure, Recipe, Weights, mean_parts, percentile_parts, share_parts
from sla.metrics.params import Settings, choice, number, yes_no
from sla.metrics.percentiles import METHOD, PERCENT
from sla.metrics.target_params import TARGETS, WITHOUT_TARGET, by_queue

ANSWERED = equals("outcome", ContactOutcome.ANSWERED.value)
ABANDONED = equals("outcome", ContactOutcome.ABANDONED.value)
FLOWED_OUT = equals("outcome", ContactOutcome.FLOWED_OUT.value)
OFFERED = Condition("outcome", Operator.IN, (ContactOutcome.ANSWERED.value, ContactOutcome.ABANDONED.value))
WITH_SHORT = ("no_short", "credit_short")
VARIANTS: dict[str, tuple[tuple[str, ...], dict[str, int]]] = {
    "strict": (("answered_in",), {"answered": 1, "abandoned": 1}),
    "no_short": (("answered_in",), {"answered": 1, "abandoned": 1, "abandoned_short": -1}),
    "after": (("answered_in",), {"answered": 1, "abandoned": 1, "abandoned_in": -1}),
    "credit": (("answered_in", "abandoned_in"), {"answered": 1, "abandoned": 1}),
    "answered": (("answered_in",), {"answered": 1}),
    "credit_short": (("answered_in", "abandoned_short"), {"answered": 1, "abandoned": 1}),
}


def at_most(column: str, limit: Decimal, *, inclusive: bool = True) -> Condition:
    return Condition(column, Operator.LE if inclusive else Operator.LT, limit)


def short_of(settings: Settings) -> Decimal:
    """The threshold of short abandons; where none is set nothing waits less, so no abandon is short."""
    return settings.number("short_seconds") if settings.given("short_seconds") else Decimal(-1)


def answered_in_time(recipe: Recipe, settings: Settings) -> Measure:
    """The six service levels of a call centre, after the ICMI formulas and the exclusion of short abandons."""
    variant = settings.text("variant")
    if (variant in WITH_SHORT) is not settings.given("short_seconds"):
        needs = "needs" if variant in WITH_SHORT else "takes no"
        raise ValueError(f"The variant '{variant}' {needs} parameter 'short_seconds'.")
    within = at_most("wait_seconds", settings.number("threshold_seconds"), inclusive=settings.yes("inclusive"))
    short = at_most("wait_seconds", short_of(settings))
    good, base = VARIANTS[variant]
    base_weights: Weights = tuple(base.items())
    if settings.yes("count_flowed_out"):
        base_weights += (("flowed_out", 1),)
    components = (
        Component("answered", where=(ANSWERED,)),
        Component("answered_in", where=(ANSWERED, within)),
        Component("abandoned", where=(ABANDONED,)),
        Component("abandoned_in", where=(ABANDONED, within)),
        Component("abandoned_short", where=(ABANDONED, short)),
        Component("flowed_out", where=(FLOWED_OUT,)),
    )
    used = {*good, *(name for name, _ in base_weights)}
    return recipe.measure(
        settings,
        components=tuple(component for component in components if component.name in used),
        numerator=tuple((name, 1) for name in good),
        denominator=base_weights,
    )


def over_zero(column: str, wanted: bool) -> tuple[Condition, ...]:
    """That a column holds something, and where zeros are left out, more than zero."""
    return (Condition(column, Operator.GT, Decimal(0)),) if wanted else (present(column),)


def share_of_answered(recipe: Recipe, settings: Settings) -> Measure:
    within = at_most("handle_seconds", settings.number("threshold_seconds"), inclusive=settings.yes("inclusive"))
    handled = (ANSWERED, *over_zero("handle_seconds", settings.yes("exclude_zero")))
    return recipe.measure(
        settings, share_parts(Component("in", where=(*handled, within)), Component("answered", where=handled))
    )


def abandoned(recipe: Recipe, settings: Settings) -> Measure:
    """Abandoned out of offered, short abandons leaving both sides or, where the terms say so, the numerator only."""
    short = Condition("wait_seconds", Operator.LE, short_of(settings))
    parts = [
        Component("answered", where=(ANSWERED,)),
        Component("abandoned", where=(ABANDONED,)),
        Component("abandoned_short", where=(ABANDONED, short)),
    ]
    bad: Weights = (("abandoned", 1), ("abandoned_short", -1))
    offered: Weights = (("answered", 1), ("abandoned", 1))
    if settings.text("short_out_of") == "both":
        offered += (("abandoned_short", -1),)
    for outcome in COUNTABLE:
        if settings.yes(f"count_{outcome.value}"):
            parts.append(Component(outcome.value, where=(equals("outcome", outcome.value),)))
            offered += ((outcome.value, 1),)
            bad += () if outcome is ContactOutcome.FLOWED_OUT else ((outcome.value, 1),)
    return recipe.measure(settings, components=tuple(parts), numerator=bad, denominator=offered)


def outcome_share(recipe: Recipe, settings: Settings) -> Measure:
    """Contacts of one outcome out of those offered; the terms say whether blocked ones and earlier hang-ups are."""
    base: list[ContactOutcome] = [ContactOutcome.ANSWERED, ContactOutcome.ABANDONED]
    base += [outcome for outcome in COUNTABLE if settings.yes(f"count_{outcome.value}")]
    wanted = OUTCOME_OF[recipe.of]
    base += [] if wanted in base else [wanted]
    parts = tuple(Component(outcome.value, where=(equals("outcome", outcome.value),)) for outcome in base)
    weights: Weights = tuple((outcome.value, 1) for outcome in base)
    return recipe.measure(settings, components=parts, numerator=((wanted.value, 1),), denominator=weights)


COUNTABLE = (ContactOutcome.ABANDONED_BEFORE, ContactOutcome.BLOCKED, ContactOutcome.FLOWED_OUT)
OUTCOME_OF = {
    "answered": ContactOutcome.ANSWERED,
    "blocked": ContactOutcome.BLOCKED,
    "flowed_out": ContactOutcome.FLOWED_OUT,
}


def mean_of(recipe: Recipe, settings: Settings) -> Measure:
    """The mean or the sum over answered contacts of the wait or the handle time; or the mean wait of who gave up."""
    column = COLUMNS[recipe.of]
    reached = ABANDONED if recipe.of == "wait" and settings.text("over") == "abandoned" else ANSWERED
    option = "waited_only" if recipe.of == "wait" else "exclude_zero"
    without_zero = recipe.aggregation is MEAN and settings.yes(option)
    return recipe.measure(settings, mean_parts(column, (reached, *over_zero(column, without_zero))), unit="s")


COLUMNS = {"wait": "wait_seconds", "handle": "handle_seconds"}


def percentile_of(recipe: Recipe, settings: Settings) -> Measure:
    column = COLUMNS[recipe.of]
    reached = OFFERED if recipe.of == "wait" and settings.text("over") == "queued" else ANSWERED
    where = (reached, *over_zero(column, recipe.of == "handle" and settings.yes("exclude_zero")))
    return recipe.measure(settings, percentile_parts(settings, column, where), unit="s")


def resolved_first(recipe: Recipe, settings: Settings) -> Measure:
    """First contact resolution by the flag; an answered contact without the flag is left out, or a miss."""
    known = (ANSWERED,) if settings.text("unknown") == "miss" else (ANSWERED, present("resolved"))
    resolved = Component("resolved", where=(ANSWERED, equals("resolved", True)))
    return recipe.measure(settings, share_parts(resolved, Component("contacts", where=known)))


def outcome_count(recipe: Recipe, settings: Settings) -> Measure:
    wanted = settings.text("outcome")
    where: tuple[Condition, ...] = () if wanted == "all" else (equals("outcome", wanted),)
    if wanted == "offered":
        where = (OFFERED,)
    counted = (Component("contacts", where=where),)
    one: Weights = (("contacts", 1),)
    return recipe.measure(settings, components=counted, numerator=one, cases=one, scale=Fraction(1), unit="contacts")


INCLUSIVE = yes_no("inclusive", True, "whether a wait of exactly the threshold is in time")
THRESHOLD = number("threshold_seconds", None, "the promised seconds", unless="targets")
SHORT = number("short_seconds", None, "abandons that waited no longer than this are short", optional=True)
BEFORE = yes_no("count_abandoned_before", False, "whether hang-ups before the queue count")
BLOCKED_TOO = yes_no("count_blocked", False, "whether blocked contacts count")
FLOWED_TOO = yes_no("count_flowed_out", False, "whether contacts that flowed out to another queue count as offered")
NOT_ZERO = yes_no("exclude_zero", False, "whether contacts without handle time are left out")
OUTCOMES = ("offered", "all", *(outcome.value for outcome in ContactOutcome))
VARIANT = choice("variant", ("no_short", *(name for name in VARIANTS if name != "no_short")), "how abandons count")
SHORT_OUT_OF = choice("short_out_of", ("both", "numerator"), "the sides that short abandons leave")
UNKNOWN = choice("unknown", ("leave_out", "miss"), "what an answered contact without the flag is")
WAITED_ONLY = yes_no("waited_only", False, "whether contacts answered at once are left out")
WAIT_OF = choice("over", ("answered", "abandoned"), "whose waits are averaged: speed of answer, or time to abandon")
QUEUED = choice("over", ("answered", "queued"), "whose waits are looked at")
COUNTED = choice("outcome", OUTCOMES, "which contacts are counted")
ANSWERED_PARAMS = (VARIANT, THRESHOLD, TARGETS, WITHOUT_TARGET, SHORT, INCLUSIVE, FLOWED_TOO)
ABANDONED_PARAMS = (SHORT, SHORT_OUT_OF, BEFORE, BLOCKED_TOO, FLOWED_TOO)
OFFERED_PARAMS = (BEFORE, BLOCKED_TOO, FLOWED_TOO)
HANDLED_PARAMS = (THRESHOLD, TARGETS, WITHOUT_TARGET, INCLUSIVE, NOT_ZERO)
KIND, RATIO, MEAN = FeedKind.CONTACTS, Aggregation.RATIO, Aggregation.MEAN
SHARE, PERCENTILE = Aggregation.SHARE_WITHIN, Aggregation.PERCENTILE
RECIPES = (
    Recipe(KIND, SHARE, "answered_in_time", "Answered in time", ANSWERED_PARAMS, by_queue(answered_in_time)),
    Recipe(KIND, SHARE, "handled_in_time", "Handled in time", HANDLED_PARAMS, by_queue(share_of_answered)),
    Recipe(KIND, RATIO, "abandoned", "Abandonment rate", ABANDONED_PARAMS, abandoned),
    Recipe(KIND, RATIO, "answered", "Answer rate", OFFERED_PARAMS, outcome_share),
    Recipe(KIND, RATIO, "blocked", "Blocked contacts", OFFERED_PARAMS, outcome_share),
    Recipe(KIND, RATIO, "flowed_out", "Flow-out rate", OFFERED_PARAMS, outcome_share),
    Recipe(KIND, RATIO, "resolved_first", "First contact resolution", (UNKNOWN,), resolved_first),
    Recipe(KIND, MEAN, "wait", "Average speed of answer", (WAITED_ONLY, WAIT_OF), mean_of),
    Recipe(KIND, MEAN, "handle", "Average handle time", (NOT_ZERO,), mean_of),
    Recipe(KIND, PERCENTILE, "wait", "Percentile of the wait", (PERCENT, METHOD, QUEUED), percentile_of),
    Recipe(KIND, PERCENTILE, "handle", "Percentile of the handle time", (PERCENT, METHOD, NOT_ZERO), percentile_of),
    Recipe(KIND, Aggregation.SUM, "handle", "Total handle time", (), mean_of),
    Recipe(KIND, Aggregation.COUNT, "outcome", "Number of contacts", (COUNTED,), outcome_count),
)
