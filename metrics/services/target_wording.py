"""What a verdict's tally is made of, for its working: cases by target, minutes of several services."""

from bpo.formatting import show_count
from bpo.translations import desk_gettext as _
from metrics.services.findings import Finding
from sla.metrics.targets import OTHERS

# How many values without a target a working names.
NAMED = 10


def parts_texts(finding: Finding) -> list[str]:
    """What a tally is made of: how the cases of each target did, "P1 3 of 4, P2 8 of 8", and how many have none."""
    reading, measure, level = finding.reading, finding.cell.agreed.measure, finding.cell.service_level
    if level.per_feed:
        part, whole = show_count(finding.reported.numerator), show_count(finding.reported.denominator)
        return [f"{level.feed.code} {part}, {level.per_feed.code} {whole}"]
    if services := measure.settings.values.get("services"):
        return [_("the minutes of %s, added up") % services]
    targets = measure.targets
    if targets is None:
        return []
    names = {"": _("without %(column)s") % {"column": targets.column}, OTHERS: _("others")}
    each = []
    for value, tally in reading.by_target.items():
        numbers = {"part": show_count(tally.numerator), "whole": show_count(tally.denominator)}
        each.append(f"{names.get(value, value)} {_('%(part)s of %(whole)s') % numbers}")
    texts = [", ".join(each)] if each else []
    if reading.without_target:
        counts = sorted(reading.without_target.items())
        shown = ", ".join(f"{names.get(value, value)} {show_count(number)}" for value, number in counts[:NAMED])
        number = sum(reading.without_target.values())
        words = {"count": show_count(number), "values": shown + (_(" and more") if len(counts) > NAMED else "")}
        one = _("1 row has no target and does not count: %(values)s")
        several = _("%(count)s rows have no target and do not count: %(values)s")
        texts.append((several if number > 1 else one) % words)
    return texts
