"""The columns of the list of vendors: page and CSV file."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bpo.cells import described_link, link, with_details
from bpo.formatting import show_count
from bpo.lists import Column, ListDefinition
from bpo.viewpoint import Viewpoint


def vendor_url(row: Any) -> str:
    return reverse("dashboard:vendor", args=[row.vendor.public_id])


def vendor_cell(row: Any, viewpoint: Viewpoint) -> Any:
    vendor = row.vendor
    return with_details(
        link(vendor_url(row), vendor.name), vendor.public_id, vendor.country, vendor.get_status_display()
    )


def met_cell(row: Any, viewpoint: Viewpoint) -> str:
    return _("%(met)s of %(all)s") % {"met": show_count(row.met), "all": show_count(row.levels)}


def missing_cell(row: Any, viewpoint: Viewpoint) -> Any:
    url = f"{reverse('dashboard:levels')}?last=not_reported&vendor={row.vendor.public_id}"
    return described_link(url, show_count(row.missing), _("not reported"))


def at_risk_cell(row: Any, viewpoint: Viewpoint) -> Any:
    url = f"{reverse('dashboard:levels')}?now=risk&vendor={row.vendor.public_id}"
    return described_link(url, show_count(row.at_risk), _("at risk"))


def open_breaches_cell(row: Any, viewpoint: Viewpoint) -> Any:
    url = f"{reverse('breaches:breaches')}?tab=open&vendor={row.vendor.public_id}"
    return described_link(url, show_count(row.open_breaches), _("open breaches"))


def risk_cell(row: Any, viewpoint: Viewpoint) -> Any:
    tier = row.vendor.get_risk_tier_display()
    return with_details(tier, _("critical")) if row.vendor.is_critical else tier


VENDORS = ListDefinition(
    columns=(
        Column("vendor", source="vendor.name", label=_("Vendor"), cell=vendor_cell, csv=True),
        Column("country", source="vendor.country", csv=True),
        Column("status", csv=lambda row: row.vendor.get_status_display()),
        Column("risk_tier", csv=lambda row: row.vendor.get_risk_tier_display()),
        Column("service_levels", source="levels", csv=True),
        Column("met", label=_("Met"), cell=met_cell, csv=True, is_number=True),
        Column(
            "reported",
            label=_("Reported"),
            cell=lambda row, viewpoint: show_count(row.reported),
            csv=True,
            is_number=True,
            on_phone=False,
        ),
        Column(
            "not_reported",
            source="missing",
            label=_("Not reported"),
            cell=missing_cell,
            csv=True,
            is_number=True,
            on_phone=False,
        ),
        Column("at_risk", label=_("At risk now"), cell=at_risk_cell, csv=True, is_number=True, on_phone=False),
        Column("open_breaches", label=_("Open breaches"), cell=open_breaches_cell, csv=True, is_number=True),
        Column("risk", label=_("Risk tier"), cell=risk_cell, on_phone=False),
        Column("id", source="vendor.public_id", csv=True),
        Column("url", csv=vendor_url, is_url=True),
        Column("raw_value", csv=lambda row: None),
    ),
)
