"""What excuses do to a verdict, in the words that are frozen with it."""

from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from bpo.formatting import show_count, show_difference, show_hours
from bpo.translations import DESK_LANGUAGE, desk_day
from bpo.translations import desk_gettext as _
from metrics.services.findings import Finding
from metrics.tallies.excused import LeftOut
from sla.metrics.feeds import FeedKind

# How many ids a working names.
NAMED = 10
ROWS = {
    FeedKind.COUNTS: (gettext_noop("1 total"), gettext_noop("%s totals")),
    FeedKind.CONTACTS: (gettext_noop("1 contact"), gettext_noop("%s contacts")),
    FeedKind.CASES: (gettext_noop("1 case"), gettext_noop("%s cases")),
    FeedKind.OBSERVATIONS: (gettext_noop("1 value"), gettext_noop("%s values")),
    FeedKind.DOWNTIME: (gettext_noop("1 outage"), gettext_noop("%s outages")),
}


def excused_text(finding: Finding, taken: str) -> str:
    """What excuses take out, `taken`, which ones do, and what was measured before and after."""
    agreed, zone = finding.cell.agreed, ZoneInfo(finding.cell.service_level.contract.zone)
    grants = [
        {"excuse": excuse.public_id, "day": excuse.decided_at and desk_day(excuse.decided_at.astimezone(zone).date())}
        for excuse in finding.excuses
    ]
    names = ", ".join(_("%(excuse)s granted %(day)s") % grant for grant in grants)
    if agreed.lowered_by is not None:
        amount = show_difference(agreed.lowered_by, 0, unit=agreed.unit, decimals=agreed.terms.decimals_shown)
        return _("%(names)s · makes the limits easier by %(amount)s") % {"names": names, "amount": amount}
    change = {
        "taken": taken,
        "names": " · ".join([names, *(left_out_text(finding, part) for part in finding.reading.left_out)]),
        "before": agreed.value_format.show(agreed.measure.value(finding.reported)),
        "after": agreed.value_format.show(agreed.measure.value(finding.counted)),
    }
    return _("%(taken)s · %(names)s · before %(before)s, after %(after)s") % change


def left_out_text(finding: Finding, part: LeftOut) -> str:
    """ "3 cases left out by EX-7K2M9: C-1, C-2, C-3"; of hours which, and minutes where these are what is counted."""
    excuse, measure, zone = part.excuse, finding.cell.agreed.measure, finding.cell.service_level.contract.zone
    hours = excuse.granted_hours and show_hours(*excuse.granted_hours, zone, DESK_LANGUAGE)
    if hours and (measure.overlaps or measure.look_ahead):
        return _("%(hours)s left out by %(excuse)s") % {"hours": hours, "excuse": excuse.public_id}
    singular, plural = ROWS[measure.kind]
    rows = _(singular) if len(part.keys) == 1 else _(plural) % show_count(len(part.keys))
    text = _("%(rows)s left out by %(excuse)s") % {"rows": rows, "excuse": excuse.public_id}
    if hours:
        return f"{text}: {hours}"
    return f"{text}: {', '.join(part.keys[:NAMED])}{_(' and more') if len(part.keys) > NAMED else ''}"
