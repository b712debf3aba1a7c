"""What contracts, scope, fees and amendments may not be, and the sentences that say so."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from contracts.models.agreements import Amendment, Contract, Fee
from contracts.models.parties import Client
from contracts.models.scope import ScopeItem, ScopeSite
from contracts.services.agreements import activate_contract, add_amendment, create_contract, end_contract
from contracts.services.parties import create_calendar, create_client, create_process
from contracts.services.successions import set_fee, set_scope_item
from contracts.tests.conftest import JUNE, START
from vendors.services import add_delivery_centre, create_vendor


def refusal(row) -> str:
    """What checking the row says, in one text."""
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    return " ".join(caught.value.messages)


def fee(agreement, **more) -> Fee:
    values = {"contract": agreement.contract, "code": "SEAT", "name": "Seat", "kind": "unit", "unit": "fte"}
    return Fee(**(values | {"amount": Decimal(1500), "starts_on": START} | more))


def test_a_clients_row_needs_a_clients_organisation(agreement):
    stranger = Client(organisation=agreement.vendor.organisation, country="DE", zone="Europe/Berlin", currency="EUR")

    assert "Brightline is a vendor, not a client." in refusal(stranger)


def test_a_contract_ends_after_it_starts(agreement):
    agreement.contract.ends_on = START

    assert "A contract must end after it starts." in refusal(agreement.contract)


def test_a_renewal_needs_the_end_from_which_it_renews(agreement):
    agreement.contract.renewal, agreement.contract.renewal_months = Contract.Renewal.OPTION, 12

    assert "A contract that renews needs the end from which it renews." in refusal(agreement.contract)


def test_an_automatic_renewal_needs_the_notice_that_prevents_it(agreement):
    contract = agreement.contract
    contract.renewal, contract.renewal_months, contract.ends_on = Contract.Renewal.AUTOMATIC, 12, date(2026, 1, 1)

    assert "An automatic renewal needs the notice that prevents it." in refusal(contract)


def test_a_calendar_of_others_is_refused(agreement):
    week = {"0": [["09:00", "17:00"]]}
    other = create_client(actor=None, name="Zenith", country="US", zone="America/New_York", currency="USD")
    agreement.contract.calendar = create_calendar(
        actor=None, owner=other.organisation, name="Theirs", zone="America/New_York", week=week
    )

    assert "The calendar “Theirs” belongs to others." in refusal(agreement.contract)


@pytest.mark.parametrize(("name", "value"), [("currency", "USD"), ("zone", "UTC"), ("starts_on", JUNE)])
def test_a_contract_in_force_keeps_what_everything_was_counted_by(agreement, name, value):
    activate_contract(actor=agreement.actor, contract=agreement.contract)
    setattr(agreement.contract, name, value)

    assert "keeps its parties, zone, currency and start" in refusal(agreement.contract)


def test_an_ended_contract_does_not_come_back(agreement):
    activate_contract(actor=agreement.actor, contract=agreement.contract)
    end_contract(actor=agreement.actor, contract=agreement.contract, ends_on=JUNE)
    agreement.contract.status = Contract.Status.ACTIVE

    assert "A contract that is ended cannot become active." in refusal(agreement.contract)


def test_a_contract_without_a_promise_is_not_put_in_force(agreement):
    empty = create_contract(
        actor=None, client=agreement.client, vendor=agreement.vendor, reference="A-2", title="More", starts_on=START
    )

    with pytest.raises(ValidationError, match="promises nothing yet"):
        activate_contract(actor=None, contract=empty)

    assert Contract.objects.get(reference="A-2").status == Contract.Status.DRAFT


def test_an_amendment_before_the_contracts_start_is_refused(agreement):
    with pytest.raises(ValidationError, match="before the contract's start, 2025-01-01"):
        add_amendment(actor=None, contract=agreement.contract, title="Early", effective_on=date(2024, 12, 31))

    assert agreement.contract.amendments.count() == 1


def test_an_amendment_before_an_earlier_one_is_refused(agreement):
    add_amendment(actor=None, contract=agreement.contract, title="One", effective_on=JUNE)

    with pytest.raises(ValidationError, match="Amendment 1 takes effect on 2025-06-01"):
        add_amendment(actor=None, contract=agreement.contract, title="Two", effective_on=date(2025, 5, 31))


def test_two_amendments_never_take_effect_on_one_day(agreement):
    again = Amendment(contract=agreement.contract, number=1, title="Same day", effective_on=START)

    assert "amendments take effect in the order of their numbers" in refusal(again)


def test_two_prices_of_one_code_are_not_in_force_at_once(agreement):
    fee(agreement, ends_on=JUNE).save()

    assert "it already is from 2025-01-01 until before 2025-06-01" in refusal(
        fee(agreement, starts_on=date(2025, 5, 31))
    )


def test_a_price_may_follow_another_on_its_end(agreement):
    fee(agreement, ends_on=JUNE).save()

    fee(agreement, starts_on=JUNE).full_clean()


def test_a_price_does_not_begin_before_its_contract(agreement):
    assert "2024-12-31 is before the contract's start, 2025-01-01." in refusal(
        fee(agreement, starts_on=date(2024, 12, 31))
    )


@pytest.mark.parametrize(
    ("tiers", "sentence"),
    [
        ([["1000", "2.50"]], "There is a gap above 1000: the last tier must be open."),
        ([["1000", "2.50"], ["500", "2"], [None, "1"]], "the limit 500 does not lie above 1000"),
        ([["1000", "2.50"], ["1000", "2"], [None, "1"]], "the limit 1000 does not lie above 1000"),
        ([[None, "2.50"], [None, "2"]], "only the last one may be open"),
        ([["0", "2.50"], [None, "2"]], "the limit 0 does not lie above 0"),
        ([["1000", "-1"], [None, "2"]], "A rate cannot be below zero."),
        ([["many", "1"], [None, "2"]], "must be a number as text"),
        ([[1000, "1"], [None, "2"]], "must be a number as text"),
        ([], "Tiers look like"),
    ],
)
def test_tiers_leave_no_gap_and_no_overlap(agreement, tiers, sentence):
    assert sentence in refusal(fee(agreement, kind="tiered", unit="transaction", amount=None, tiers=tiers))


def test_well_made_tiers_are_taken(agreement):
    tiers = [["1000", "2.50"], ["5000", "2.25"], [None, "2"]]

    fee(agreement, kind="tiered", unit="transaction", amount=None, tiers=tiers).full_clean()


def test_a_fee_is_about_a_process_of_its_own_client(agreement):
    other = create_client(actor=None, name="Zenith", country="US", zone="America/New_York", currency="USD")
    theirs = create_process(actor=None, client=other, name="Sales", operation="inside_sales", office="front")

    assert "The process “Sales” is Zenith's; the contract is with Acme." in refusal(fee(agreement, process=theirs))


def test_a_function_is_in_scope_once_at_a_time(agreement):
    scope = {
        "contract": agreement.contract,
        "process": agreement.process,
        "function": "Calls",
        "performed_by": "vendor",
    }
    set_scope_item(actor=None, starts_on=START, **scope)

    assert "it already is from 2025-01-01 on" in refusal(ScopeItem(starts_on=JUNE, **scope))


def test_close_oversight_needs_its_reason(agreement):
    scope = {
        "contract": agreement.contract,
        "process": agreement.process,
        "function": "Calls",
        "performed_by": "vendor",
    }

    assert "Oversight of level 2 and above needs its reason." in refusal(
        ScopeItem(starts_on=START, oversight=ScopeItem.Oversight.SAMPLED, **scope)
    )


@pytest.fixture
def scope_item(agreement) -> ScopeItem:
    return set_scope_item(
        actor=None,
        contract=agreement.contract,
        process=agreement.process,
        function="Calls",
        performed_by="vendor",
        starts_on=START,
    )


def test_work_is_done_at_sites_of_the_contracts_vendor(agreement, scope_item):
    rival = create_vendor(actor=None, name="Cobalt", country="IN")
    site = add_delivery_centre(actor=None, vendor=rival, name="Hill", city="Pune", country="IN", zone="Asia/Kolkata")

    assert "Hill, Pune is a site of Cobalt; the contract is with Brightline." in refusal(
        ScopeSite(scope_item=scope_item, delivery_centre=site)
    )


def test_what_the_client_retains_has_no_site_of_the_vendors(agreement, scope_item):
    scope_item.performed_by = ScopeItem.PerformedBy.CLIENT

    assert "is retained by the client" in refusal(ScopeSite(scope_item=scope_item, delivery_centre=agreement.centre))


def test_a_closed_site_takes_no_new_work(agreement, scope_item):
    agreement.centre.closed_on = START

    assert "closed on 2025-01-01" in refusal(ScopeSite(scope_item=scope_item, delivery_centre=agreement.centre))


def test_a_refused_change_leaves_everything_as_it_was(agreement):
    set_fee(
        actor=None, contract=agreement.contract, code="SEAT", name="Seat", kind="unit", unit="fte",
        amount=Decimal(1500), starts_on=START,
    )  # fmt: skip

    with pytest.raises(ValidationError):
        set_fee(
            actor=None, contract=agreement.contract, code="SEAT", name="Seat", kind="unit", unit="fte",
            amount=Decimal(-1), starts_on=JUNE,
        )  # fmt: skip

    assert Fee.objects.get().ends_on is None
