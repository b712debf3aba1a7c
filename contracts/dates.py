"""The dates by which people must act on a contract."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _

from contracts.models.agreements import Contract, Fee
from contracts.models.scope import ScopeItem
from contracts.models.service_levels import Feed, ServiceLevelTerms
from sla.certificates import Certificate as Paper
from sla.certificates import CertificateState, latest_notice_date
from sla.periods import DAY
from vendors.models import Certificate


class DateKind(StrEnum):
    """Why a date matters."""

    START = "start"
    NOTICE = "notice"
    RENEWAL = "renewal"
    END = "end"
    AMENDMENT = "amendment"
    PRICE = "price"
    SCOPE = "scope"
    TERMS_END = "terms_end"
    EVIDENCE = "evidence"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True, order=True)
class NextDate:
    """A day on which, or by which, something happens; `label` says what."""

    on: date
    kind: DateKind
    label: str


def term_end(contract: Contract, *, on: date) -> date | None:
    """The first day after the term that runs on that day; an automatic renewal moves it on, term by term."""
    renewal, end = contract.own_renewal, contract.time.end
    if renewal is None or end is not None:
        return end
    return next(end for end in renewal.term_ends(contract.ends_on) if end > on)


def notice_date(contract: Contract, *, on: date) -> date | None:
    """The last day on which notice ends the contract with the term that runs on that day; None where none is agreed.

    Once that day has passed, an automatic renewal is certain and the notice of the following term counts.
    """
    end, renewal = term_end(contract, on=on), contract.own_renewal
    if end is None or not contract.notice_length or contract.notice_given_on:
        return None
    if renewal is None:
        return latest_notice_date(end - DAY, **{contract.notice_unit: contract.notice_length})
    day = renewal.last_notice(end)
    return day if day >= on else renewal.last_notice(term_end(contract, on=end) or end)


def certificate_state(certificate: Certificate, *, on: date) -> CertificateState:
    """How much life a certificate has left on that day: it warns 90 days before its last day, and again 30 before."""
    return Paper(valid_to=certificate.expires_on, valid_from=certificate.valid_from).state(on)


def next_dates(contract: Contract, *, on: date) -> list[NextDate]:
    """Every date of a contract from that day on, the next one first."""
    dates = {*term_dates(contract, on), *change_dates(contract), *evidence_dates(contract)}
    return sorted(entry for entry in dates if entry.on >= on)


def term_dates(contract: Contract, on: date) -> Iterator[NextDate]:
    """Start, notice, renewal or end."""
    yield NextDate(contract.starts_on, DateKind.START, _("Contract starts"))
    if contract.status not in (Contract.Status.DRAFT, Contract.Status.ACTIVE):
        return
    if notice := notice_date(contract, on=on):
        yield NextDate(notice, DateKind.NOTICE, _("Last day of notice"))
    if end := term_end(contract, on=on):
        renews = contract.time.end is None
        kind = DateKind.RENEWAL if renews else DateKind.END
        yield NextDate(end, kind, _("Contract renews unless notice was given") if renews else _("Contract has ended"))


def change_dates(contract: Contract) -> Iterator[NextDate]:
    """Amendments, prices, scope and terms that begin or end."""
    for amendment in contract.amendments.all():
        yield NextDate(amendment.effective_on, DateKind.AMENDMENT, _("%(what)s takes effect") % {"what": amendment})
    for fee in contract.fees.all():
        yield from both_ends(fee, DateKind.PRICE, fee.name)
    for item in contract.scope_items.all():
        yield from both_ends(item, DateKind.SCOPE, item.function)
    rows = list(ServiceLevelTerms.objects.filter(service_level__contract=contract).select_related("service_level"))
    begun = {(terms.service_level_id, terms.effective_on) for terms in rows}
    for terms in rows:
        if terms.ends_on and (terms.service_level_id, terms.ends_on) not in begun:
            name = terms.service_level.name
            yield NextDate(terms.ends_on, DateKind.TERMS_END, _("%(what)s is no longer promised") % {"what": name})


def both_ends(row: Fee | ScopeItem | Feed, kind: DateKind, name: str) -> Iterator[NextDate]:
    yield NextDate(row.starts_on, kind, _("%(what)s starts") % {"what": name})
    if row.ends_on:
        yield NextDate(row.ends_on, kind, _("%(what)s ends") % {"what": name})


def evidence_dates(contract: Contract) -> Iterator[NextDate]:
    """Evidence that is due, and certificates of the vendor that expire."""
    for duty in contract.security_duties.exclude(next_due_on=None):
        yield NextDate(duty.next_due_on, DateKind.EVIDENCE, _("Evidence due: %(what)s") % {"what": duty.control})
    for certificate in contract.vendor.certificates.all():
        name = certificate.get_standard_display()
        yield NextDate(certificate.expires_on, DateKind.CERTIFICATE, _("%(what)s expires") % {"what": name})
