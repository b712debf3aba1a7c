"""A measure: which facts are added up, and what number they make."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from typing import TypedDict, Unpack

from sla.metrics.components import Component, Condition, Row
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.params import Param, Settings
from sla.metrics.percentiles import PercentileMethod, nearest_rank, percentile
from sla.metrics.targets import Targets
from sla.metrics.window import Window
from sla.tallies import Exact, Tally, exact
from sla.wording import plain

Weights = tuple[tuple[str, int], ...]
RowReader = Callable[[Iterable[Row], Window], Tally]
BY_DUE_TIME = "resolved_by_due"
DAY_COLUMNS: dict[FeedKind, str] = {
    FeedKind.COUNTS: "starts_on",
    FeedKind.CONTACTS: "occurred_at",
    FeedKind.CASES: "opened_at",
    FeedKind.OBSERVATIONS: "occurred_at",
    FeedKind.DOWNTIME: "started_at",
}
UNITS = {1: "", 100: "%", 1_000: "per thousand", 1_000_000: "per million"}
ADDED_UP = frozenset({Aggregation.SUM, Aggregation.COUNT})
SHARES = frozenset({Aggregation.RATIO, Aggregation.SHARE_WITHIN, Aggregation.AVAILABILITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a service level reads from its feed.

    A store adds up `components` per local day of the column `day_of`, and passes the sums to `tally`. Where
    `values_of` is set it also hands over that component's single amounts. Where `needs_rows` is true the sums do not
    do: the rows themselves go to `from_rows`, and where `overlaps` is true these are all rows that touch the window,
    not only those that begin in it. A `snapshot` belongs to its window's end, and is not added up over days. Rows are
    wanted for `look_ahead` beyond the window; until that has passed the value is provisional. With `targets`, rows are
    promised differently by their value of a column, and those without a target do not count.
    """

    kind: FeedKind
    aggregation: Aggregation
    of: str
    unit: str = "%"
    scale: Fraction = Fraction(100)
    components: tuple[Component, ...] = ()
    numerator: Weights = ()
    denominator: Weights = ()
    cases: Weights | None = None
    day_of: str
    values_of: Component | None = None
    percent: Fraction = Fraction(0)
    method: PercentileMethod = PercentileMethod.NEAREST_RANK
    reader: RowReader | None = field(default=None, compare=False, repr=False)
    overlaps: bool = False
    snapshot: bool = False
    look_ahead: timedelta = timedelta(0)
    targets: Targets | None = None
    settings: Settings = field(default_factory=Settings)

    @property
    def needs_rows(self) -> bool:
        """Whether sums do not suffice, so that Python must read the rows."""
        return self.reader is not None

    @property
    def is_share(self) -> bool:
        """Whether the value is cases out of cases, so that single misses can be counted."""
        return self.aggregation in SHARES

    @property
    def grows(self) -> bool:
        """Whether more facts can only raise the value, so that a limit once passed stays passed."""
        return self.aggregation is Aggregation.COUNT and not self.snapshot

    @property
    def can_be_added(self) -> bool:
        """Whether its numerator alone is the value, and adds up over days."""
        return self.aggregation in ADDED_UP and not self.snapshot and not self.needs_rows

    @property
    def stop(self) -> str | None:
        """The column that says when a case was finished; None where the measure has no such parameter."""
        stop = self.settings.values.get("stop")
        return f"{stop}_at" if stop else None

    @property
    def awaits_open_cases(self) -> bool:
        """Whether an open case counts as soon as its time has run out, so that until then it may yet be in time."""
        return self.of == BY_DUE_TIME or self.settings.values.get("unfinished") == "miss"

    def reads(self, row: Row) -> bool:
        """Whether a row can count: not one that has no target, where targets differ, or no due time to be held to."""
        if self.of == BY_DUE_TIME and row.get("due_at") is None:
            return False
        return self.targets is None or self.targets.of(row) is not None

    def tally(self, components: Mapping[str, Exact], values: Sequence[Exact] = ()) -> Tally:
        """The tally of sums that a store added up, and of the single values where the measure wants them."""
        sums: dict[str, Fraction | int] = {}
        for component in self.components:
            amount = exact(components.get(component.name, 0))
            # Sums of integers are many times faster than those of fractions.
            sums[component.name] = amount.numerator if amount.denominator == 1 else amount
        denominator = weighed(self.denominator, sums)
        cases = denominator if self.cases is None else weighed(self.cases, sums)
        return Tally.of(weighed(self.numerator, sums), denominator, max(0, cases.__floor__()), values)

    def value(self, tally: Tally) -> Fraction | None:
        """The measured value, unrounded; None where nothing was counted."""
        if self.aggregation is Aggregation.PERCENTILE:
            value = percentile(tally.values, self.percent, self.method)
            return None if value is None else value * self.scale
        if self.aggregation in ADDED_UP:
            return tally.numerator * self.scale
        return tally.numerator / tally.denominator * self.scale if tally.denominator else None

    def formula_text(self, tally: Tally) -> str:
        """How the value came to be, in numbers that can be recomputed by hand."""
        scale = scale_text(self.scale)
        if self.aggregation in ADDED_UP:
            return f"{plain(tally.numerator)}{scale}"
        if self.aggregation is not Aggregation.PERCENTILE:
            return f"{plain(tally.numerator)} ÷ {plain(tally.denominator)}{scale}"
        if not tally.values:
            return f"P{plain(self.percent)} of 0{scale}"
        rank = nearest_rank(len(tally.values), self.percent)
        detail = f"rank {rank:,}" if self.method is PercentileMethod.NEAREST_RANK else "linear"
        return f"P{plain(self.percent)} of {len(tally.values):,} ({detail}){scale}"

    def from_rows(self, rows: Iterable[Row], window: Window) -> Tally:
        """The tally straight from rows: the reference for stores, and the only way where `needs_rows` is true."""
        if self.reader is not None:
            return self.reader(rows, window)
        rows = list(rows)
        sums = {component.name: component.over(rows, window.as_of) for component in self.components}
        values: list[Fraction] = []
        if self.values_of is not None:
            amounts = (self.values_of.amount(row, window.as_of) for row in rows)
            values = [amount for amount in amounts if amount is not None]
        return self.tally(sums, values)


def taken_per(measure: Measure, scale: Fraction) -> Measure:
    """The same sum as a ratio: taken per so many of what another feed counts, which gives the denominator.

    ValueError where the measure does not add up: such a sum has no denominator of its own.
    """
    if measure.aggregation not in ADDED_UP:
        raise ValueError(f"Only sums and counts can be taken per another feed's, not a {measure.aggregation}.")
    if not measure.can_be_added:
        raise ValueError(
            f"“{measure.of}” cannot be taken per another feed's: it is read from a whole period at once and does not "
            "add up over days. Take a sum or a count of single rows, or totals of a feed of counts."
        )
    unit = UNITS.get(scale.numerator, "") if scale.denominator == 1 else ""
    return replace(
        measure, aggregation=Aggregation.RATIO, scale=scale, unit=unit, denominator=(), cases=measure.numerator
    )


def weighed(weights: Weights, sums: Mapping[str, Fraction | int]) -> Fraction:
    """Sums added up with their signs."""
    return Fraction(sum(sums[name] * weight for name, weight in weights))


def scale_text(scale: Fraction) -> str:
    """How a scale continues a formula: nothing for 1, a division for a part."""
    if scale == 1:
        return ""
    return f" ÷ {plain(1 / scale)}" if scale.numerator == 1 else f" × {plain(scale)}"


class Parts(TypedDict, total=False):
    """What a recipe says of its measure beside its names; percent of cases unless it says otherwise."""

    components: tuple[Component, ...]
    numerator: Weights
    denominator: Weights
    cases: Weights
    unit: str
    scale: Fraction
    values_of: Component
    percent: Fraction
    method: PercentileMethod
    reader: RowReader
    overlaps: bool
    snapshot: bool
    look_ahead: timedelta
    targets: Targets | None


NO_PARTS: Parts = {}


def share_parts(good: Component, whole: Component) -> Parts:
    """Return a share: one component out of another."""
    return {"components": (good, whole), "numerator": ((good.name, 1),), "denominator": ((whole.name, 1),)}


def mean_parts(column: str, where: tuple[Condition, ...] = ()) -> Parts:
    """Return the mean of a column over the rows that satisfy the conditions."""
    parts = share_parts(Component("sum", column, where=where), Component("count", where=where))
    return {**parts, "scale": Fraction(1)}


def percentile_parts(settings: Settings, column: str, where: tuple[Condition, ...] = ()) -> Parts:
    """Return a percentile of a column, by the parameters `percentile` and `method`."""
    return {
        **mean_parts(column, where),
        "values_of": Component("value", column, where=where),
        "percent": Fraction(settings.number("percentile")),
        "method": PercentileMethod(settings.text("method")),
    }


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of measure that terms can name: its feed, aggregation and object, its title and its parameters.

    `build` makes the measure of the parameters; where there are none, it is simply the measure's parts.
    """

    kind: FeedKind
    aggregation: Aggregation
    of: str
    title: str
    params: tuple[Param, ...]
    build: Callable[["Recipe", Settings], Measure] | Parts = field(repr=False, hash=False)

    def measure(
        self, settings: Settings, parts: Parts = NO_PARTS, *, day_of: str | None = None, **more: Unpack[Parts]
    ) -> Measure:
        """Return a measure of this recipe; the day column is the feed's usual one unless given."""
        joined: Parts = {**parts, **more}
        column = day_of or DAY_COLUMNS[self.kind]
        return Measure(
            kind=self.kind, aggregation=self.aggregation, of=self.of, day_of=column, settings=settings, **joined
        )
