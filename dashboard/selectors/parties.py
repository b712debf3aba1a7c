"""Contracts and vendors as rows of lists, and the page of one vendor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Model, Q, QuerySet
from django.utils.translation import gettext as _

from bpo.formatting import show_count, show_money, with_unit
from bpo.tenancy import reach_of
from contracts.dates import certificate_state
from contracts.lists import ContractRow
from contracts.models.agreements import Contract, Fee
from contracts.models.service_levels import ServiceLevel
from dashboard.selectors.levels import LevelRow, level_row, with_standing
from metrics.models.breaches import Breach
from metrics.querysets import REPORTED, last_status, threatened
from sla.certificates import CertificateState
from sla.verdicts import Status
from vendors.lists import VendorRow
from vendors.models import Certificate, DeliveryCentre, Vendor, VendorContact

# Service levels and contracts on a vendor's page.
MOST = 50


def contract_rows(contracts: QuerySet[Contract], principal: object) -> list[ContractRow]:
    """Contracts with their counts, in three queries; without counts where the reader may know the head alone."""
    reach = reach_of(principal)
    found = list(contracts.select_related("client__organisation", "vendor__organisation"))
    keys = [contract.pk for contract in found]
    levels = _counts(ServiceLevel.objects.visible_to(principal).filter(contract__in=keys), "contract")
    breaches = _counts(
        Breach.objects.visible_to(principal).open().filter(service_level__contract__in=keys), "service_level__contract"
    )
    return [
        ContractRow(contract, None, None)
        if reach.lacks_grant_of(contract.client.organisation_id)
        else ContractRow(contract, levels.get(contract.pk, 0), breaches.get(contract.pk, 0))
        for contract in found
    ]


def vendor_rows(vendors: Sequence[Vendor], principal: object) -> list[VendorRow]:
    """Vendors with the counts of their service levels in the last closed period, in two queries."""
    keys = [vendor.pk for vendor in vendors]
    levels = ServiceLevel.objects.visible_to(principal).filter(contract__vendor__in=keys).order_by()
    breaches = _counts(
        Breach.objects.visible_to(principal).open().filter(service_level__contract__vendor__in=keys),
        "service_level__contract__vendor",
    )
    filters = {
        "levels": Q(),
        "met": last_status(Status.MET),
        "reported": last_status(REPORTED),
        "missing": last_status(Status.NOT_REPORTED),
        "at_risk": threatened("standing__so_far__"),
    }
    counts = levels.values(vendor=F("contract__vendor")).annotate(
        **{name: Count("pk", distinct=True, filter=condition) for name, condition in filters.items()}
    )
    by_vendor = {row.pop("vendor"): row for row in counts}
    none = dict.fromkeys(filters, 0)
    return [
        VendorRow(vendor=vendor, open_breaches=breaches.get(vendor.pk, 0), **by_vendor.get(vendor.pk, none))
        for vendor in vendors
    ]


@dataclass(frozen=True)
class FeeRow:
    """A fee, with each tier of its price as a line."""

    fee: Fee
    currency: str

    @property
    def prices(self) -> list[str]:
        per = _("per %(unit)s") % {"unit": self.fee.get_unit_display()}
        if self.fee.kind != Fee.Kind.TIERED:
            return [f"{self.rate(self.fee.amount or Decimal(0))} {per}"]
        lines = []
        for up_to, rate in self.fee.tiers:
            reach = _("beyond") if up_to is None else _("up to %(count)s") % {"count": show_count(Decimal(up_to))}
            lines.append(f"{reach}: {self.rate(Decimal(rate))} {per}")
        return lines

    def rate(self, amount: Decimal) -> str:
        """The rate with all its decimals: a tenth of a cent is not rounded away."""
        if amount * 100 == (amount * 100).to_integral_value():
            return show_money(amount, self.currency)
        return with_unit(self.currency, show_count(amount))


@dataclass(frozen=True)
class CertificateRow:
    """A certificate, and how long it is still valid."""

    certificate: Certificate
    word: str
    days_left: int


@dataclass(frozen=True)
class VendorPage:
    """One vendor, with what the reader may see of it: of its contracts and service levels the first."""

    row: VendorRow
    contracts: list[ContractRow]
    contracts_total: int
    levels: list[LevelRow]
    contacts: list[VendorContact]
    centres: list[DeliveryCentre]
    certificates: list[CertificateRow]


def vendor_page(*, vendor: Vendor, principal: object, now: datetime) -> VendorPage:
    """The page of a vendor, with the contracts and service levels that the reader may see."""
    levels = with_standing(ServiceLevel.objects.visible_to(principal)).filter(contract__vendor=vendor)
    contracts = Contract.objects.heads_visible_to(principal).filter(vendor=vendor)
    today = now.astimezone(ZoneInfo("UTC")).date()
    return VendorPage(
        row=vendor_rows([vendor], principal)[0],
        contracts=contract_rows(contracts[:MOST], principal),
        contracts_total=contracts.count(),
        levels=[level_row(level, now) for level in levels.order_by("contract__reference", "code")[:MOST]],
        contacts=list(VendorContact.objects.reachable_for(principal, today).filter(vendor=vendor)),
        centres=list(DeliveryCentre.objects.visible_to(principal).filter(vendor=vendor)),
        certificates=certificate_rows(vendor, principal, today),
    )


def certificate_rows(vendor: Vendor, principal: object, today: date) -> list[CertificateRow]:
    """A vendor's certificates, the first to expire on top."""
    words = {
        CertificateState.NOT_YET: _("not valid yet"),
        CertificateState.OK: _("valid"),
        CertificateState.WARN: _("expires within 90 days"),
        CertificateState.CRITICAL: _("expires within 30 days"),
        CertificateState.EXPIRED: _("expired"),
    }
    found = Certificate.objects.visible_to(principal).filter(vendor=vendor).order_by("expires_on", "pk")
    return [
        CertificateRow(row, words[certificate_state(row, on=today)], (row.expires_on - today).days) for row in found
    ]


def _counts(rows: QuerySet[Model], path: str) -> dict[int, int]:
    return {row[path]: row["n"] for row in rows.order_by().values(path).annotate(n=Count("pk", distinct=True))}
