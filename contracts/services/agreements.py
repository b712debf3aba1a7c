"""Commands on contracts: create, activate, amend, end, set the calendar, add duties."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bpo.changes import change_recorded, save_recorded
from bpo.errors import Refused
from contracts.models.agreements import Amendment, Contract, SecurityDuty
from contracts.models.calendars import ContractCalendar
from contracts.models.parties import BusinessCalendar, Client
from vendors.models import Vendor


class ContractNotRunning(Refused):
    """Only a contract that runs can be ended."""

    code = "contract_not_running"


@transaction.atomic
def create_contract(
    *,
    actor: object,
    client: Client,
    vendor: Vendor,
    reference: str,
    title: str,
    starts_on: date,
    signed_on: date | None = None,
    first_terms: dict[str, Any] | None = None,
    is_about_to_run: bool = False,
    **more: object,
) -> Contract:
    """A draft with its first terms (amendment 0, or what `first_terms` say); zone and currency are the client's.

    The audit trail of one that is about to run is for both parties from the first entry on.
    """
    settings = {"zone": client.zone, "currency": client.currency, "calendar": client.calendar} | more
    contract = Contract(client=client, vendor=vendor, reference=reference, title=title, starts_on=starts_on, **settings)
    contract.is_about_to_run = is_about_to_run
    save_contract(contract, actor=actor, **({"signed_on": signed_on} | (first_terms or {})))
    return contract


@transaction.atomic
def save_contract(contract: Contract, *, actor: object, **first_terms: Any) -> None:
    """Save a new contract with the first terms that everything in it belongs to."""
    save_recorded(contract, actor=actor)
    original = {"number": 0, "title": _("Original contract"), "effective_on": contract.starts_on}
    save_recorded(Amendment(contract=contract, **(original | first_terms)), actor=actor)


def activate_contract(*, actor: object, contract: Contract) -> None:
    """Put a draft in force; from now on its parties, zone, currency and start stay."""
    change_recorded(contract, actor=actor, action="activate_contract", status=Contract.Status.ACTIVE)


def end_contract(*, actor: object, contract: Contract, ends_on: date, terminated: bool = False) -> None:
    """The contract no longer runs from `ends_on` on, because it ended or was terminated."""
    if contract.status != Contract.Status.ACTIVE:
        words = {"contract": contract, "status": contract.get_status_display()}
        raise ContractNotRunning(_("%(contract)s does not run: it is %(status)s.") % words)
    status = Contract.Status.TERMINATED if terminated else Contract.Status.ENDED
    action = "terminate_contract" if terminated else "end_contract"
    change_recorded(contract, actor=actor, action=action, status=status, ends_on=ends_on)


@transaction.atomic
def add_amendment(
    *, actor: object, contract: Contract, title: str, effective_on: date, number: int | None = None, **more: object
) -> Amendment:
    """The next amendment; it is not effective before the contract's start nor before those that it follows."""
    Contract.objects.select_for_update().get(pk=contract.pk)
    if number is None:
        last = contract.amendments.order_by("number").last()
        number = last.number + 1 if last else 0
    amendment = Amendment(contract=contract, number=number, title=title, effective_on=effective_on, **more)
    save_recorded(amendment, actor=actor)
    return amendment


def set_calendar(
    *,
    actor: object,
    contract: Contract,
    calendar: BusinessCalendar | None,
    effective_on: date,
    now: datetime,
    amendment: Amendment | None = None,
) -> ContractCalendar | None:
    """Time the contract by another calendar: a draft wholly, a running one the periods that begin from a day on.

    Periods that closed before `now` keep the calendar that they were closed with.
    """
    if contract.status == Contract.Status.DRAFT:
        change_recorded(contract, actor=actor, calendar=calendar)
        return None
    row = ContractCalendar(
        contract=contract, calendar=calendar, effective_on=effective_on, amendment=amendment, recorded_at=now
    )
    save_recorded(row, actor=actor, action="set_calendar")
    return row


def add_security_duty(
    *, actor: object, contract: Contract, control: str, evidence: str, frequency: str, **more: object
) -> SecurityDuty:
    duty = SecurityDuty(contract=contract, control=control, evidence=evidence, frequency=frequency, **more)
    save_recorded(duty, actor=actor)
    return duty
