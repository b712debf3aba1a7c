"""How a tally reads in a verdict's working, and what it is made of."""

from bpo.formatting import show_count
from bpo.translations import desk_gettext as _
from metrics.services.findings import Finding
from sla.metrics.feeds import Aggregation
from sla.metrics.measure import ADDED_UP
from sla.metrics.targets import OTHERS
from sla.tallies import Tally

# How many values without a target a working names.
NAMED = 10


def tally_text(finding: Finding, tally: Tally, sign: str = "") -> str:
    """A tally in the words of its measure: "2,796 of 3,000", "117 values", "12,400"."""
    aggregation = finding.cell.agreed.measure.aggregation
    if aggregation is Aggregation.PERCENTILE:
        return _("%(sign)s%(count)s values") % {"sign": sign, "count": show_count(len(tally.values))}
    if aggregation in ADDED_UP:
        return f"{sign}{show_count(tally.numerator)}"
    numbers = {"part": sign + show_count(tally.numerator), "whole": sign + show_count(tally.denominator)}
    if aggregation is Aggregation.MEAN:
        return _("%(part)s over %(whole)s") % numbers
    if aggregation is Aggregation.AVAILABILITY:
        return _("%(part)s of %(whole)s min") % numbers
    return _("%(part)s of %(whole)s") % numbers


def parts_texts(finding: Finding) -> list[str]:
    """What a tally is made of: how the cases of each target did, "P1 3 of 4, P2 8 of 8", and how many have none."""
    reading, measure = finding.reading, finding.cell.agreed.measure
    if services := measure.settings.values.get("services"):
        return [_("the minutes of %s, added up") % services]
    targets = measure.targets
    if targets is None:
        return []
    names = {"": _("without %(column)s") % {"column": targets.column}, OTHERS: _("others")}
    each = [f"{names.get(value, value)} {tally_text(finding, tally)}" for value, tally in reading.by_target.items()]
    texts = [", ".join(each)] if each else []
    if reading.without_target:
        counts = sorted(reading.without_target.items())
        shown = ", ".join(f"{names.get(value, value)} {show_count(number)}" for value, number in counts[:NAMED])
        words = {"count": show_count(sum(reading.without_target.values())), "values": shown}
        text = _("%(count)s rows have no target and do not count: %(values)s") % words
        texts.append(text + (_(" and more") if len(counts) > NAMED else ""))
    return texts
