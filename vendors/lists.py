"""The columns of the list of vendors: page and CSV file."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from bpo.cells import counter, link, with_details
from bpo.lists import Column, ListDefinition
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


def levels_url(row: VendorRow, **more: str) -> str:
    return reverse("dashboard:levels", query={"vendor": row.vendor.public_id, **more})


def met_cell(row: VendorRow, viewpoint: Viewpoint) -> SafeString:
    met = counter(levels_url(row, last="met"), row.met, _("met"))
    return format_html("{} {} {}", met, _("of"), counter(levels_url(row), row.levels, _("service levels")))


def reported_cell(row: VendorRow, viewpoint: Viewpoint) -> SafeString:
    return counter(levels_url(row, last="reported"), row.reported, _("reported"))


def missing_cell(row: VendorRow, viewpoint: Viewpoint) -> SafeString:
    return counter(levels_url(row, last="not_reported"), row.missing, _("not reported"))


def at_risk_cell(row: VendorRow, viewpoint: Viewpoint) -> SafeString:
    return counter(levels_url(row, now="risk"), row.at_risk, _("at risk"))


def breaches_cell(row: VendorRow, viewpoint: Viewpoint) -> SafeString:
    url = reverse("breaches:breaches", query={"tab": "open", "vendor": row.vendor.public_id})
    return counter(url, row.open_breaches, _("open breaches"))


def risk_cell(row: VendorRow, viewpoint: Viewpoint) -> str:
    tier = row.vendor.get_risk_tier_display()
    return with_details(tier, _("critical")) if row.vendor.is_critical else tier


VENDORS = ListDefinition[VendorRow](
    columns=(
        Column("vendor", source="vendor.name", label=_("Vendor"), cell=vendor_cell, csv=True),
        Column("country", source="vendor.country", csv=True),
        Column("status", csv="vendor.get_status_display"),
        Column("risk_tier", csv="vendor.get_risk_tier_display"),
        Column("service_levels", csv="levels"),
        Column("met", label=_("Met"), cell=met_cell, css="num", csv=True),
        Column("reported", label=_("Reported"), cell=reported_cell, css="num phone-off", csv=True),
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
