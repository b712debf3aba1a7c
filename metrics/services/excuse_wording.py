"""The line of a working that names the excuses."""

from zoneinfo import ZoneInfo

from bpo.formatting import show_difference
from bpo.translations import desk_day
from bpo.translations import desk_gettext as _
from metrics.services.findings import Finding


def excused_text(finding: Finding, taken: str) -> str:
    """What excuses took out of a period, or by how much they made its limits easier; `taken` is the tally in words."""
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
        "names": names,
        "before": agreed.value_format.show(agreed.measure.value(finding.reported)),
        "after": agreed.value_format.show(agreed.measure.value(finding.counted)),
    }
    return _("%(taken)s · %(names)s · before %(before)s, after %(after)s") % change
