"""The parameters of measures whose promise differs by a column of the rows, and what they mean together."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from sla.metrics.components import Row
from sla.metrics.measure import Measure, Recipe
from sla.metrics.params import Param, ParamType, Settings, choice
from sla.metrics.targets import OTHERS, UNITS, Target, Targets
from sla.metrics.window import Window
from sla.tallies import Tally

NOT_COUNTED, REFUSED, DEFAULT = "not_counted", "refused", "default"
TARGETS_HELP = (
    "what each priority or group of cases, or each queue of contacts, is promised, such as "
    f"`{{priority: {{P1: {{hours: 4}}, P3: {{business_days: 3}}}}}}`; a length in {', '.join(UNITS)}"
)
TARGETS = Param("targets", ParamType.TARGETS, help=TARGETS_HELP, optional=True)
WITHOUT_HELP = (
    "what becomes of a row that none of the targets is for: it is not counted, and the verdict names it; "
    "it is refused; or `threshold_seconds` is its target"
)
WITHOUT_TARGET = choice("without_target", (NOT_COUNTED, REFUSED, DEFAULT), WITHOUT_HELP)


def targets_of(settings: Settings, *columns: str, is_business: bool = False) -> Targets:
    """The targets by one of the columns; a single one, and the default of a table, is `threshold_seconds`.

    ValueError says in a sentence what contradicts.
    """
    table, needs_default = settings.targets() or Targets(), settings.text("without_target") == DEFAULT
    is_given = settings.given("threshold_seconds")
    if table.column and table.column not in columns:
        raise ValueError(f"The targets are a table under one of {', '.join(columns)}, got '{table.column}'.")
    if table.column and needs_default is not is_given:
        need = "needs" if needs_default else "takes no"
        raise ValueError(f"'without_target' as {settings.text('without_target')} {need} 'threshold_seconds'.")
    if table.column and is_business and not is_given:
        raise ValueError("The units of the targets say which clock runs: 'clock' is that of 'threshold_seconds'.")
    if not table.column and settings.text("without_target") != NOT_COUNTED:
        raise ValueError("'without_target' is for a measure with 'targets'.")
    return replace(table, default=Target(is_business, settings.number("threshold_seconds"))) if is_given else table


@dataclass(frozen=True, slots=True)
class ByTarget:
    """Rows added up by the measure of their own target."""

    targets: Targets
    measures: Mapping[str, Measure]

    def __call__(self, rows: Iterable[Row], window: Window) -> Tally:
        groups = self.targets.groups(rows)
        return Tally.total(self.measures[value].from_rows(those, window) for value, those in groups.items())


def by_queue(build: Callable[[Recipe, Settings], Measure]) -> Callable[[Recipe, Settings], Measure]:
    """A measure of contacts within `threshold_seconds`, or of each queue within its own target."""

    def built(recipe: Recipe, settings: Settings) -> Measure:
        targets = targets_of(settings, "queue")
        if not targets.column:
            return build(recipe, settings)
        if any(target.business for target in targets.by_value.values()):
            raise ValueError("A contact's target runs on the clock: give it in seconds, minutes or hours.")
        each = {**targets.by_value, **({OTHERS: targets.default} if targets.default else {})}
        measures = {
            value: build(recipe, Settings({**settings.values, "threshold_seconds": target.seconds}))
            for value, target in each.items()
        }
        return recipe.measure(settings, reader=ByTarget(targets, measures), targets=targets)

    return built
