"""Dates of all of a reader's contracts that somebody has to act by, in a constant number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from contracts.dates import notice_date, term_end
from contracts.models.agreements import Amendment, Contract, SecurityDuty
from vendors.models import Certificate

AHEAD = timedelta(days=60)
MOST = 8


@dataclass(frozen=True, order=True)
class DateAhead:
    """One day, what happens on it, and the contract or vendor that it is about."""

    on: date
    text: str
    about: str
    url: str
    days_left: int


def dates_ahead(*, principal: Any, now: datetime) -> list[DateAhead]:
    """Ends, notices, amendments, evidence and certificates of the next sixty days, the next one first."""
    contracts = Contract.objects.visible_to(principal).filter(status=Contract.Status.ACTIVE)
    found = [
        *ends(contracts.select_related("vendor__organisation"), now),
        *amendments(principal, now),
        *evidence(principal, now),
        *certificates(principal, now),
    ]
    return sorted(set(found))[:MOST]


def ends(contracts: Any, now: datetime) -> list[DateAhead]:
    found = []
    for contract in contracts:
        today = now.astimezone(ZoneInfo(contract.zone)).date()
        end = term_end(contract, on=today)
        renews = contract.renewal == Contract.Renewal.AUTOMATIC
        words = (
            (notice_date(contract, on=today), _("last day of notice")),
            (end, _("renews unless notice was given") if renews else _("has ended")),
        )
        found += [of_contract(contract, on, text, today) for on, text in words if on and is_ahead(on, today)]
    return found


def amendments(principal: Any, now: datetime) -> list[DateAhead]:
    today = now.date()
    rows = Amendment.objects.visible_to(principal).filter(effective_on__gte=today, effective_on__lte=today + AHEAD)
    return [
        of_contract(row.contract, row.effective_on, _("%(what)s takes effect") % {"what": row}, today)
        for row in rows.select_related("contract__vendor__organisation")
    ]


def evidence(principal: Any, now: datetime) -> list[DateAhead]:
    today = now.date()
    rows = SecurityDuty.objects.visible_to(principal).filter(next_due_on__gte=today, next_due_on__lte=today + AHEAD)
    return [
        of_contract(row.contract, row.next_due_on, _("evidence due: %(what)s") % {"what": row.control}, today)
        for row in rows.select_related("contract__vendor__organisation")
    ]


def certificates(principal: Any, now: datetime) -> list[DateAhead]:
    today = now.date()
    rows = Certificate.objects.visible_to(principal).filter(expires_on__gte=today, expires_on__lte=today + AHEAD)
    return [
        DateAhead(
            on=row.expires_on,
            text=_("%(what)s expires") % {"what": row.get_standard_display()},
            about=row.vendor.name,
            url=f"/vendors/{row.vendor.public_id}",
            days_left=(row.expires_on - today).days,
        )
        for row in rows.select_related("vendor__organisation")
    ]


def of_contract(contract: Contract, on: date, text: str, today: date) -> DateAhead:
    about = f"{contract.reference} {contract.vendor.name}"
    return DateAhead(on, text, about, f"/contracts/{contract.public_id}", (on - today).days)


def is_ahead(on: date, today: date) -> bool:
    return today <= on <= today + AHEAD
