"""What must hold for contracts, scope, fees and amendments; called by the models' `clean`."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bpo.models import User
from contracts.rules.parties import check_calendar_owner
from contracts.rules.spans import has, refuse, refuse_changes, refuse_outside_contract, refuse_overlap

if TYPE_CHECKING:  # the models call these rules
    from contracts.models.agreements import Amendment, Contract, Fee
    from contracts.models.scope import ScopeItem, ScopeSite

FIXED = ("client", "vendor", "zone", "currency", "starts_on")
NEXT_STATUS = {
    "draft": {"draft", "active"},
    "active": {"active", "ended", "terminated"},
    "ended": {"ended"},
    "terminated": {"terminated"},
}


def check_contract(contract: "Contract") -> None:
    """Renewal and notice that make sense, a calendar of the parties', and what a running contract cannot change."""
    check_renewal(contract)
    if contract.judged_from and has(contract, "starts_on") and contract.judged_from < contract.starts_on:
        sentence = _("The opening day for judging, %(day)s, lies before the contract's start, %(start)s.")
        refuse("judged_from", sentence, day=contract.judged_from, start=contract.starts_on)
    if has(contract, "client", "vendor"):
        check_calendar_owner(contract, contract.client.organisation, contract.vendor.organisation)
        check_sides(contract)
    if contract._state.adding:
        return
    stored = type(contract)._base_manager.get(pk=contract.pk)
    if contract.status not in NEXT_STATUS[stored.status]:
        sentence = _("A contract that is %(stored)s cannot become %(status)s.")
        refuse("status", sentence, stored=stored.get_status_display(), status=contract.get_status_display())
    if stored.status == "draft" != contract.status and not contract.service_levels.filter(terms__isnull=False).exists():
        refuse("status", _("A contract without a service level and its terms promises nothing yet."))
    if stored.status != "draft":
        refuse_changes(contract, FIXED, _("A contract that is no draft keeps its parties, zone, currency and start."))
        refuse_changes(
            contract,
            ("calendar",),
            _("A contract that is no draft keeps the calendar that it began with: record another one from a date on."),
        )
    elif contract.amendments.exists():
        refuse_changes(contract, ("starts_on",), _("The contract's first terms already take effect on its start."))


def check_sides(contract: "Contract") -> None:
    """Nobody belongs to both parties; Membership keeps it so."""
    of_client = User.objects.filter(memberships__organisation=contract.client.organisation)
    if both := of_client.filter(memberships__organisation=contract.vendor.organisation).first():
        sentence = _("%(person)s belongs to both: nobody acts for both sides of a contract.")
        refuse("vendor", sentence, person=both)


def check_renewal(contract: "Contract") -> None:
    """A renewal needs an end to renew from, an automatic one a notice that stops it; notice given has made its end."""
    if contract.renewal == "none":
        return
    if contract.ends_on is None:
        refuse("ends_on", _("A contract that renews needs the end from which it renews."))
    if contract.renewal == "automatic" and not contract.notice_length:
        refuse("notice_length", _("An automatic renewal needs the notice that prevents it."))
    if contract.notice_given_on and contract.own_renewal is not None:
        end = contract.own_renewal.end_by_notice(contract.ends_on, contract.notice_given_on)
        if end != contract.ends_on:
            refuse(
                "ends_on",
                _("Notice of %(given)s ends the contract with the term before %(end)s: write that day as its end."),
                given=contract.notice_given_on,
                end=end,
            )


def check_scope_item(item: "ScopeItem") -> None:
    """The client's own process, inside the contract's time, once at a time."""
    if not has(item, "contract"):
        return
    refuse_outside_contract(item)
    if has(item, "process", "starts_on"):
        others = item.contract.scope_items.filter(process_id=item.process_id, function=item.function)
        refuse_overlap(item, others.exclude(pk=item.pk))


def check_scope_site(site: "ScopeSite") -> None:
    """Work of the vendor at one of its own sites that is still open."""
    if not has(site, "scope_item", "delivery_centre"):
        return
    item, centre = site.scope_item, site.delivery_centre
    if centre.vendor_id != item.contract.vendor_id:
        sentence = _("%(centre)s is a site of %(other)s; the contract is with %(vendor)s.")
        refuse("delivery_centre", sentence, centre=centre, other=centre.vendor, vendor=item.contract.vendor)
    if item.performed_by == "client":
        sentence = _("“%(function)s” is retained by the client, so no site of the vendor performs it.")
        refuse("delivery_centre", sentence, function=item.function)
    if centre.closed_on and centre.closed_on <= item.starts_on:
        refuse("delivery_centre", _("%(centre)s closed on %(day)s."), centre=centre, day=centre.closed_on)


def check_fee(fee: "Fee") -> None:
    """One price at a time, of the client's own process, with tiers that leave no volume without a rate."""
    if fee.kind == "tiered":
        check_tiers(fee.tiers)
    elif fee.tiers:
        refuse("tiers", _("Only a tiered fee has tiers."))
    if not has(fee, "contract", "starts_on"):
        return
    refuse_outside_contract(fee)
    refuse_overlap(fee, fee.contract.fees.filter(code=fee.code).exclude(pk=fee.pk))


def check_tiers(tiers: object) -> None:
    """Refuse tiers with gaps or overlaps: [[up to, rate], …, [null, rate]], numbers as text, rising."""
    if not isinstance(tiers, list) or not tiers or not all(isinstance(t, list) and len(t) == 2 for t in tiers):
        refuse("tiers", _("Tiers look like [[“1000”, “2.50”], [null, “2.00”]]."))
    limits = [tier_number(limit, _("limit")) for limit, _rate in tiers if limit is not None]
    rates = [tier_number(rate, _("rate")) for _limit, rate in tiers]
    if any(rate < 0 for rate in rates):
        refuse("tiers", _("A rate cannot be below zero."))
    if tiers[-1][0] is not None:
        refuse("tiers", _("There is a gap above %(limit)s: the last tier must be open."), limit=tiers[-1][0])
    if len(limits) < len(tiers) - 1:
        refuse("tiers", _("Tiers overlap: only the last one may be open."))
    for below, above in zip([Decimal(0), *limits], limits, strict=False):
        if above <= below:
            sentence = _("Tiers overlap: the limit %(above)s does not lie above %(below)s.")
            refuse("tiers", sentence, above=above, below=below)


def tier_number(value: object, what: Promise) -> Decimal:
    try:
        number = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number != round(number, 6):
        sentence = _("The %(what)s “%(value)s” must be a number as text, with six decimals at most.")
        refuse("tiers", sentence, what=what, value=value)
    return number


def check_amendment(amendment: "Amendment") -> None:
    """Amendments follow the contract's start and each other, in the order of their numbers."""
    if not has(amendment, "contract", "number", "effective_on"):
        return
    if amendment.effective_on < amendment.contract.starts_on:
        sentence = _("An amendment cannot take effect on %(day)s, before the contract's start, %(start)s.")
        refuse("effective_on", sentence, day=amendment.effective_on, start=amendment.contract.starts_on)
    for other in amendment.contract.amendments.exclude(pk=amendment.pk):
        if (other.number < amendment.number) is not (other.effective_on < amendment.effective_on):
            sentence = _("%(other)s takes effect on %(day)s; amendments take effect in the order of their numbers.")
            refuse("effective_on", sentence, other=other, day=other.effective_on)
