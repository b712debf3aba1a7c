"""Totals that are sent beside their parts, such as a split "all" beside "North" and "South"."""

from collections import defaultdict
from collections.abc import Mapping

from bpo.strict_columns import Cells
from contracts.models.service_levels import Feed
from intake.checking import Block
from intake.unlikely import Unlikely, warn_of_totals
from sla.unlikely import total_beside_parts

# The columns of a kind that have a scale, after the day by which the latest are found; of totals also what tells parts.
MEASURED = {
    Feed.Kind.COUNTS: ("starts_on", "split", "numerator", "denominator"),
    Feed.Kind.CONTACTS: ("occurred_on", "wait_seconds", "handle_seconds", "score"),
    Feed.Kind.OBSERVATIONS: ("occurred_on", "value"),
}
Narrowings = list[dict[str, frozenset[str]]]
Parts = dict[str, dict[str, tuple[int, int | None]]]


def unlikely_totals(block: Block, narrowings: Narrowings, history: Mapping[str, Cells]) -> list[Unlikely]:
    """Return splits that hold the other splits of their day, where a service level reads both."""
    days, places = parts_of_days(block, history)
    totals: dict[str, str] = {}
    for day, parts in days.items():
        split = total_beside_parts(parts)
        others = parts.keys() - {split}
        if split is not None and any(
            "split" not in only or (split in only["split"] and others & only["split"]) for only in narrowings
        ):
            totals[day] = split
    # Where the total came before, the rows that are sent are its parts.
    positions = [at for day, split in totals.items() for at in places.get((day, split), ())]
    positions = positions or [at for (day, _split), rows in places.items() if day in totals for at in rows]
    return [warn_of_totals(block, totals, sorted(positions))] if totals else []


def parts_of_days(block: Block, history: Mapping[str, Cells]) -> tuple[Parts, dict[tuple[str, str], list[int]]]:
    """Return numerator and denominator of each split by day, with what is stored, and the positions of the rows."""
    columns, places = block.columns, defaultdict(list)
    days: Parts = defaultdict(dict)
    own = set(columns["starts_on"].values)
    for day, split, *numbers in zip(*history.values(), strict=True) if block.is_spanned else ():
        if (day := str(day)) in own:
            days[day][split] = numbers[0], numbers[1]
    nothing = [None] * len(block.keys)
    cells = (columns[name].values if name in columns else nothing for name in MEASURED[Feed.Kind.COUNTS])
    for at, (day, split, numerator, denominator) in enumerate(zip(*cells, strict=True)):
        if at not in block.voids:
            before = days[day][split] if (day, split) in places else (0, None)
            total = denominator if before[1] is None else before[1] + (denominator or 0)
            days[day][split] = (before[0] + numerator, total)
            places[day, split].append(at)
    return days, places
