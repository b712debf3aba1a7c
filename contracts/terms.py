"""Terms in the engine's words: the measure, the limits and the periods that a row of terms describes."""

from collections.abc import Mapping
from copy import copy
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sla.bands import Band, Direction
from sla.credits.repeat_rules import RepeatKind, RepeatRule
from sla.excuses import ExcuseTreatment
from sla.limits import Limits, MissingRule, NoVolumeRule, Range
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.measure import Measure, taken_per
from sla.metrics.registry import measure
from sla.obligations import HistoryRule, Straddling
from sla.part_periods import Changes, PartPeriods
from sla.periods import PeriodKind, PeriodRule, YearEnd
from sla.rounding import Rounding, RoundingMode
from sla.tallies import exact
from sla.verdicts import Status
from sla.volume import LowVolume, LowVolumeRule

if TYPE_CHECKING:  # the model's rules read its terms here
    from contracts.models.service_levels import ServiceLevel

Named = TypeVar("Named", bound=StrEnum)
Terms = TypeVar("Terms", bound="TermsRow")
RULES = frozenset({
    "equality_meets", "rounding", "low_volume", "no_volume", "missing", "deemed_after_days", "excuses",
    "restatement_days", "ramp_up_until", "repeats", "straddling", "history", "part_periods", "changes", "year_end",
})  # fmt: skip
# The rules that say how a value is compared with its limits; targets of roll-ups have these alone.
COMPARING = frozenset({"equality_meets", "rounding"})
# In which way each limit becomes easier to meet.
EASIER: dict[str, dict[str, int]] = {
    Direction.HIGHER: {"expected": -1, "minimum": -1},
    Direction.LOWER: {"expected": 1, "minimum": 1},
    Direction.RANGE: {"expected": -1, "minimum": -1, "expected_high": 1, "minimum_high": 1},
}
# Which of a feed's columns may narrow what a service level reads.
NARROWING: dict[str, tuple[str, ...]] = {
    FeedKind.COUNTS: ("split",),
    FeedKind.CONTACTS: ("queue",),
    FeedKind.CASES: ("priority", "group"),
    FeedKind.OBSERVATIONS: (),
    FeedKind.DOWNTIME: ("service",),
}


class TermsRow(Protocol):
    """What is read of a row of terms; the model in `contracts.models.service_levels` is one."""

    service_level: "ServiceLevel"
    per: dict[str, Any]
    aggregation: str
    params: dict[str, Any]
    narrowing: dict[str, list[str]]
    period: str
    period_anchor: date | None
    direction: str
    expected: Decimal | None
    expected_high: Decimal | None
    minimum: Decimal | None
    minimum_high: Decimal | None
    bands: list[dict[str, object]]
    rules: dict[str, Any]
    unit: str
    decimals: int


def measure_of(terms: TermsRow) -> Measure:
    """What the terms have added up; ValueError says in a sentence what is unknown, missing or contradictory.

    Where another feed gives the denominator, the measure is that of the numerator.
    """
    own = own_measure(terms)
    if terms.service_level.per_feed_id is None:
        return own
    return taken_per(own, Fraction(number_of(terms.per.get("scale", 100), "scale")))


def own_measure(terms: TermsRow) -> Measure:
    """What the terms have added up of the level's feed alone."""
    kind = FeedKind(terms.service_level.feed.kind)
    if not isinstance(terms.params, Mapping):
        raise ValueError(f"Parameters stand under their names, got '{terms.params}'.")
    try:
        aggregation = Aggregation(terms.aggregation)
    except ValueError as error:
        names = ", ".join(Aggregation)
        raise ValueError(f"There is no aggregation '{terms.aggregation}'; there are {names}.") from error
    return measure(kind, aggregation, terms.params)


def unit_of(terms: TermsRow) -> str:
    """The unit that is printed behind values: the terms' own, or else the measure's."""
    return terms.unit or measure_of(terms).unit


def decimals_of(terms: TermsRow) -> int:
    """The decimals of printed values; what is counted one by one has none."""
    return 0 if terms.aggregation == Aggregation.COUNT and not terms.service_level.per_feed_id else terms.decimals


def period_rule_of(terms: TermsRow) -> PeriodRule:
    """How the terms cut time into periods; ValueError where a contract or fiscal year has no first day."""
    year_end = choice(YearEnd, terms.rules, "year_end", YearEnd.NEAREST)
    return PeriodRule(PeriodKind(terms.period), terms.period_anchor, year_end)


def limits_of(terms: TermsRow) -> Limits:
    """What decides the verdict under the terms; ValueError says in a sentence what makes no sense."""
    rules = terms.rules
    refuse_unknown(rules, RULES, "rule")
    return Limits(
        direction=Direction(terms.direction),
        is_reported_only=terms.expected is None,
        **levels_of(terms),
        equality_meets=yes_no(rules, "equality_meets", True),
        rounding=rounding_of(rules.get("rounding")),
        bands=tuple(band_from(band) for band in terms.bands),
        low_volume=low_volume_of(rules.get("low_volume")),
        no_volume=choice(NoVolumeRule, rules, "no_volume", NoVolumeRule.NEUTRAL),
        # A missing report has a status of its own; it is a breach only where the clause says so.
        missing=choice(MissingRule, rules, "missing", MissingRule.NEUTRAL),
        deemed_after_days=whole(rules, "deemed_after_days", 0),
        excuses=choice(ExcuseTreatment, rules, "excuses", ExcuseTreatment.BOTH_SIDES),
        restatement_days=whole(rules, "restatement_days", 60),
    )


def lowered(terms: Terms, amount: Decimal) -> Terms:
    """A copy of the terms, not to be saved, whose limits are easier by so much: lower, higher, or wider."""
    copied = copy(terms)
    for name, sign in EASIER[terms.direction].items():
        level = getattr(terms, name)
        setattr(copied, name, None if level is None else level + sign * amount)
    return copied


def ramp_up_of(terms: TermsRow) -> date | None:
    """The day from which results have consequences; None where they always have."""
    until = terms.rules.get("ramp_up_until")
    return date.fromisoformat(until) if until else None


def straddling_of(terms: TermsRow) -> Straddling:
    """In which period a report counts whose days lie in two; that of its first day unless the terms name another."""
    return choice(Straddling, terms.rules, "straddling", Straddling.BY_START)


def history_rule_of(terms: TermsRow) -> HistoryRule:
    """Whether rules that look back count the periods before the contract's opening day; not unless the terms say so."""
    return choice(HistoryRule, terms.rules, "history", HistoryRule.IGNORED)


def part_periods_of(terms: TermsRow) -> PartPeriods:
    """What the first and last period of the promise are worth, where only a part of them runs."""
    return choice(PartPeriods, terms.rules, "part_periods", PartPeriods.LAST_JUDGED)


def changes_of(terms: TermsRow) -> Changes:
    """Which terms judge the period inside of which these take effect."""
    return choice(Changes, terms.rules, "changes", Changes.AT_START)


def repeats_of(terms: TermsRow) -> tuple[RepeatRule, ...]:
    """What the terms say about failing again; ValueError says in a sentence what makes no sense."""
    given = terms.rules.get("repeats", [])
    if not isinstance(given, list) or not all(isinstance(rule, dict) for rule in given):
        raise ValueError("The rule 'repeats' is a list of rules.")
    return tuple(repeat_from(rule, higher_is_better=terms.direction != Direction.LOWER) for rule in given)


def repeat_from(rule: Mapping[str, Any], *, higher_is_better: bool) -> RepeatRule:
    """One clause on failing again."""
    known = {"rule", "count", "window", "counts", "points", "threshold", "limit", "clause"}
    refuse_unknown(rule, known, "setting of repeats")
    if rule.get("counts", "breach") not in ("breach", "below_expected"):
        raise ValueError(f"What repeats counts is 'breach' or 'below_expected', got '{rule['counts']}'.")
    kind = choice(RepeatKind, rule, "rule", RepeatKind.RUNNING)
    needed = {RepeatKind.POINTS: ("points", "threshold"), RepeatKind.AVERAGE: ("limit",)}.get(kind, ())
    for name in needed:
        if name not in rule:
            raise ValueError(f"Repeats by '{kind}' need '{name}'.")
    points = {choice(Status, {"points": status}, "points", Status.BREACH): number_of(value, "points")
              for status, value in rule.get("points", {}).items()}  # fmt: skip
    return RepeatRule(
        kind,
        count=whole(rule, "count", 2),
        window=whole(rule, "window", 12),
        below_expected=rule.get("counts") == "below_expected",
        points=points,
        threshold=number_of(rule.get("threshold", 1), "threshold"),
        limit=number_of(rule.get("limit", 0), "limit"),
        higher_is_better=higher_is_better,
        clause=str(rule.get("clause", "")),
    )


def number_of(value: object, name: str) -> Decimal:
    """An exact number out of a rule: a whole number, or a decimal one as text."""
    try:
        number = Decimal(value) if isinstance(value, int | str) and not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"The number '{name}' must be whole, or decimal as text, got '{value}'.")
    return number


def levels_of(terms: TermsRow) -> dict[str, Any]:
    """The expected and the minimum level as single values, or as ranges; none where nothing is promised."""
    if terms.expected is None:
        return {"minimum": terms.minimum}
    if terms.direction != Direction.RANGE:
        if terms.expected_high is not None or terms.minimum_high is not None:
            raise ValueError("Only a level of direction 'range' has upper ends.")
        return {"expected": exact(terms.expected), "minimum": None if terms.minimum is None else exact(terms.minimum)}
    if terms.expected_high is None:
        raise ValueError("A level of direction 'range' needs both ends of what is expected.")
    if (terms.minimum is None) is not (terms.minimum_high is None):
        raise ValueError("A minimum range needs both ends.")
    outer = None
    if terms.minimum is not None and terms.minimum_high is not None:
        outer = Range(terms.minimum, terms.minimum_high)
    return {"expected_range": Range(terms.expected, terms.expected_high), "minimum_range": outer}


def rounding_of(rule: Mapping[str, object] | None) -> Rounding | None:
    """The contract's rounding rule; None where values are compared as they are."""
    if rule is None:
        return None
    refuse_unknown(rule, {"decimals", "mode", "before_bands"}, "setting of rounding")
    if "decimals" not in rule:
        raise ValueError("Rounding needs its number of decimals.")
    mode = choice(RoundingMode, rule, "mode", RoundingMode.HALF_UP)
    return Rounding(whole(rule, "decimals", 0), mode, yes_no(rule, "before_bands", True))


def low_volume_of(rule: Mapping[str, object] | None) -> LowVolume:
    """What happens to periods with few cases."""
    if rule is None:
        return LowVolume()
    refuse_unknown(rule, {"rule", "min_cases", "allowed_misses", "periods"}, "setting of low volume")
    least = None if rule.get("min_cases") is None else whole(rule, "min_cases", 1)
    name = choice(LowVolumeRule, rule, "rule", LowVolumeRule.TOO_FEW)
    return LowVolume(name, least, whole(rule, "allowed_misses", 1), whole(rule, "periods", 3))


def band_from(band: Mapping[str, object]) -> Band:
    """One severity band; an edge left out is open."""
    refuse_unknown(band, {"name", "lower", "upper"}, "part of a band")
    if not band.get("name"):
        raise ValueError("A band needs a name.")
    name, edges = str(band["name"]), (band.get("lower"), band.get("upper"))
    return Band(name, *(None if edge is None else number_of(edge, f"edge of the band {name}") for edge in edges))


def refuse_unknown(given: Mapping[str, object], known: frozenset[str] | set[str], what: str) -> None:
    if not isinstance(given, Mapping):
        raise ValueError(f"A {what} stands under its name, got '{given}'.")
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"There is no {what} named '{unknown[0]}'; there are {', '.join(sorted(known))}.")


def choice(names: type[Named], given: Mapping[str, object], key: str, default: Named) -> Named:
    """The value of a rule in its enumeration."""
    value = given.get(key, default)
    if value not in list(names):
        raise ValueError(f"The rule '{key}' must be one of {', '.join(names)}; got '{value}'.")
    return names(str(value))


def whole(given: Mapping[str, object], key: str, default: int) -> int:
    value = given.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"The rule '{key}' must be a whole number, got '{value}'.")
    return value


def yes_no(given: Mapping[str, object], key: str, default: bool) -> bool:
    value = given.get(key, default)
    if not isinstance(value, bool):
        raise ValueError(f"The rule '{key}' must be true or false, got '{value}'.")
    return value
