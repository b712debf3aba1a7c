"""The columns of the list of contracts: page, CSV file and API."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import CharField, DateField

from bpo.cells import NOTHING, counter, link, with_details
from bpo.formatting import show_day
from bpo.lists import Column, ListDefinition, choice, nullable
from bpo.viewpoint import Viewpoint
from contracts.models.agreements import Contract


def other_party(contract: Contract, viewpoint: Viewpoint) -> str:
    """Return the name of the client for a vendor, and of the vendor for everybody else."""
    return contract.client.name if viewpoint.is_vendor else contract.vendor.name


@dataclass(frozen=True)
class ContractRow:
    """One contract of a list, without counts where its reader may know the head alone."""

    contract: Contract
    levels: int | None
    open_breaches: int | None


def contract_url(row: ContractRow) -> str:
    return reverse("dashboard:contract", args=[row.contract.public_id])


def contract_cell(row: ContractRow, viewpoint: Viewpoint) -> SafeString:
    contract = row.contract
    parties = f"{contract.client.name} – {contract.vendor.name}"
    return with_details(link(contract_url(row), str(contract)), contract.public_id, parties)


def runs_cell(row: ContractRow, viewpoint: Viewpoint) -> str:
    ends_on = row.contract.ends_on
    return f"{show_day(row.contract.starts_on)} – {show_day(ends_on) if ends_on else ''}"


def levels_cell(row: ContractRow, viewpoint: Viewpoint) -> SafeString | str:
    if row.levels is None:
        return NOTHING
    url = reverse("dashboard:levels", query={"contract": row.contract.public_id})
    return counter(url, row.levels, _("service levels"))


def breaches_cell(row: ContractRow, viewpoint: Viewpoint) -> SafeString | str:
    if row.open_breaches is None:
        return NOTHING
    url = reverse("breaches:breaches", query={"tab": "open", "contract": row.contract.public_id})
    return counter(url, row.open_breaches, _("open breaches"))


CONTRACTS = ListDefinition[ContractRow](
    record="contract",
    columns=(
        Column("id", source="public_id", csv=True, field=CharField),
        Column("contract", label=_("Contract"), cell=contract_cell),
        Column("client", source="client.name", csv=True, field=CharField),
        Column("vendor", source="vendor.name", csv=True, field=CharField),
        Column("reference", csv=True, field=CharField),
        Column("title", csv=True, field=CharField),
        Column(
            "status",
            label=_("Status"),
            cell="contract.get_status_display",
            csv="contract.get_status_display",
            field=choice(Contract.Status),
        ),
        Column("runs", label=_("Runs"), cell=runs_cell, css="phone-off"),
        Column("starts_on", csv=True, field=DateField),
        Column("ends_on", csv=True, field=nullable(DateField)),
        Column("judged_from", csv=True, field=nullable(DateField)),
        Column("zone", label=_("Zone"), css="phone-off", csv=True, field=CharField),
        Column("currency", csv=True, field=CharField),
        Column("service_levels", label=_("Service levels"), cell=levels_cell, css="num phone-off", csv="levels"),
        Column("open_breaches", label=_("Open breaches"), cell=breaches_cell, css="num", csv="open_breaches"),
        Column("url", csv=contract_url, is_url=True),
        Column("raw_value", csv=lambda row: None),
    ),
)
