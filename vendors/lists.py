"""The columns of the list of vendors: page and CSV file."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from bpo.cells import described_link, link, with_details
from bpo.formatting import show_count
from bpo.lists import Column, ListDefinition, shown
from bpo.viewpoint import Viewpoint
from vendors.models import Vendor


@dataclass(frozen=True)
class VendorRow:
    """One vendor of a list, with counts instead of an overall grade."""

    vendor: Vendor
    levels: int
    met: int
    reported: int
    missing: int
    at_risk: int
    open_breaches: int


def vendor_url(row: VendorRow) -> str:
    return reverse("dashboard:vendor", args=[row.vendor.public_id])


def vendor_cell(row: VendorRow, viewpoint: Viewpoint) -> SafeString:
    vendor = row.vendor
    title = link(vendor_url(row), vendor.name)
    return with_details(title, vendor.public_id, vendor.country, vendor.get_status_display())


def met_cell(row: VendorRow, viewpoint: Viewpoint) -> SafeString:
    text = _("%(met)s of %(all)s") % {"met": show_count(row.met), "all": show_count(row.levels)}
    return link(f"{reverse('dashboard:levels')}?last=met&vendor={row.vendor.public_id}", text)


def linked_count(name: str, view: str, query: str, words: Promise) -> Callable[[VendorRow, Viewpoint], SafeString]:
    """Return the function of a cell that shows a count, with a link to the list of what it counts."""
    return lambda row, viewpoint: described_link(
        f"{reverse(view)}?{query}&vendor={row.vendor.public_id}", show_count(getattr(row, name)), words
    )


def risk_cell(row: VendorRow, viewpoint: Viewpoint) -> str:
    tier = row.vendor.get_risk_tier_display()
    return with_details(tier, _("critical")) if row.vendor.is_critical else tier


missing_cell = linked_count("missing", "dashboard:levels", "last=not_reported", _("not reported"))
at_risk_cell = linked_count("at_risk", "dashboard:levels", "now=risk", _("at risk"))
breaches_cell = linked_count("open_breaches", "breaches:breaches", "tab=open", _("open breaches"))

VENDORS = ListDefinition[VendorRow](
    columns=(
        Column("vendor", source="vendor.name", label=_("Vendor"), cell=vendor_cell, csv=True),
        Column("country", source="vendor.country", csv=True),
        Column("status", csv="vendor.get_status_display"),
        Column("risk_tier", csv="vendor.get_risk_tier_display"),
        Column("service_levels", csv="levels"),
        Column("met", label=_("Met"), cell=met_cell, css="num", csv=True),
        Column("reported", label=_("Reported"), cell=shown(show_count, "reported"), css="num phone-off", csv=True),
        Column("not_reported", label=_("Not reported"), cell=missing_cell, css="num phone-off", csv="missing"),
        Column("at_risk", label=_("At risk now"), cell=at_risk_cell, css="num phone-off", csv=True),
        Column("open_breaches", label=_("Open breaches"), cell=breaches_cell, css="num", csv=True),
        # The page shows the tier last.
        Column("risk", label=_("Risk tier"), cell=risk_cell, css="phone-off"),
        Column("id", source="vendor.public_id", csv=True),
        Column("url", csv=vendor_url, is_url=True),
        Column("raw_value", csv=lambda row: None),
    ),
)
