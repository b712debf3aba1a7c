"""Deadlines of all contracts that a reader may see, in a constant number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from contracts.dates import DateKind, term_dates
from contracts.models.agreements import Amendment, Contract, SecurityDuty
from vendors.models import Certificate

AHEAD = timedelta(days=60)


@dataclass(frozen=True, order=True)
class DateAhead:
    """One deadline, and the contract or vendor that it belongs to."""

    on: date
    text: str
    about: str
    url: str
    days_left: int


def dates_ahead(*, principal: object, now: datetime) -> list[DateAhead]:
    """What is overdue until settled; ends, notices, amendments, evidence and certificates of the next sixty days."""
    contracts = Contract.objects.visible_to(principal).filter(status=Contract.Status.ACTIVE)
    found = []
    for row in contracts.select_related("vendor__organisation"):
        local = now.astimezone(ZoneInfo(row.zone)).date()
        ends = [end for end in term_dates(row, local) if end.kind is not DateKind.START]
        found += [of_contract(row, end.on, end.label, local) for end in ends if local <= end.on <= local + AHEAD]
    today = now.date()
    near = (today, today + AHEAD)
    amendments = Amendment.objects.visible_to(principal).filter(effective_on__range=near)
    for amendment in amendments.select_related("contract__vendor__organisation"):
        text = _("%(what)s takes effect") % {"what": amendment}
        found.append(of_contract(amendment.contract, amendment.effective_on, text, today))
    is_overdue = Q(next_due_on__lt=today, contract__status=Contract.Status.ACTIVE)
    duties = SecurityDuty.objects.visible_to(principal).filter(is_overdue | Q(next_due_on__range=near))
    for duty in duties.select_related("contract__vendor__organisation"):
        text = _("evidence due: %(what)s") % {"what": duty.control}
        found.append(of_contract(duty.contract, duty.next_due_on, text, today))
    same = Certificate.objects.filter(vendor=OuterRef("vendor"), standard=OuterRef("standard"))
    has_expired = Q(expires_on__lt=today) & ~Exists(same.filter(expires_on__gt=OuterRef("expires_on")))
    certificates = Certificate.objects.visible_to(principal).filter(has_expired | Q(expires_on__range=near))
    for certificate in certificates.select_related("vendor__organisation"):
        text, vendor = _("%(what)s expires") % {"what": certificate.get_standard_display()}, certificate.vendor
        days_left = (certificate.expires_on - today).days
        found.append(DateAhead(certificate.expires_on, text, vendor.name, f"/vendors/{vendor.public_id}", days_left))
    return sorted(set(found))


def of_contract(contract: Contract, on: date, text: str, today: date) -> DateAhead:
    about = f"{contract.reference} {contract.vendor.name}"
    return DateAhead(on, text, about, f"/contracts/{contract.public_id}", (on - today).days)
