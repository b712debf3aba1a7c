"""What the database itself refuses, whoever writes."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from contracts.models.agreements import Amendment, Contract, Fee, SecurityDuty
from contracts.models.parties import BusinessCalendar, CalendarException, Process
from contracts.models.scope import ScopeItem, ScopeSite
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from contracts.tests.conftest import IN_TIME, JUNE, START
from vendors.models import Certificate, DeliveryCentre, VendorContact

EARLY = date(2024, 6, 1)


def scope(agreement, **more) -> ScopeItem:
    values = {"contract": agreement.contract, "process": agreement.process, "function": "Calls", "starts_on": START}
    return ScopeItem(**(values | {"performed_by": "vendor"} | more))


def fee(agreement, **more) -> Fee:
    values = {"contract": agreement.contract, "code": "SEAT", "name": "Seat", "kind": "unit", "unit": "fte"}
    return Fee(**(values | {"amount": Decimal(1), "starts_on": START} | more))


def feed(agreement, **more) -> Feed:
    values = {"contract": agreement.contract, "code": "NEW", "name": "New", "kind": "observations"}
    return Feed(**(values | {"starts_on": START} | more))


def contract(agreement, **more) -> Contract:
    values = {"client": agreement.client, "vendor": agreement.vendor, "reference": "B-1", "title": "B"}
    return Contract(**(values | {"starts_on": START, "zone": "Europe/Berlin", "currency": "EUR"} | more))


def terms(agreement, **more) -> ServiceLevelTerms:
    values = {"service_level": agreement.level, "amendment": agreement.contract.amendments.get()}
    return ServiceLevelTerms(**(IN_TIME | values | {"effective_on": JUNE} | more))


def certificate(agreement, **more) -> Certificate:
    values = {"vendor": agreement.vendor, "standard": "iso_27001", "issuer": "A body", "scope": "All"}
    return Certificate(**(values | more))


IMPOSSIBLE = {
    "contract_reference_once": lambda a: contract(a, reference="A-1"),
    "contract_ends_after_start": lambda a: contract(a, ends_on=START),
    "contract_renewal_has_length": lambda a: contract(a, renewal="option", ends_on=JUNE),
    "scope_item_ends_after_start": lambda a: scope(a, ends_on=EARLY),
    "scope_item_oversight_0_to_5": lambda a: scope(a, oversight=6, oversight_reason="x"),
    "scope_item_close_oversight_has_reason": lambda a: scope(a, oversight=3),
    "fee_ends_after_start": lambda a: fee(a, ends_on=START),
    "fee_amount_unless_tiered": lambda a: fee(a, amount=None),
    "fee_amount_not_negative": lambda a: fee(a, amount=Decimal(-1)),
    "fee_tiered_has_no_amount": lambda a: fee(a, kind="tiered"),
    "fee_flat_is_per_month": lambda a: fee(a, kind="flat"),
    "fee_unit_is_not_per_month": lambda a: fee(a, unit="month"),
    "amendment_number_once": lambda a: Amendment(contract=a.contract, number=0, title="x", effective_on=JUNE),
    "amendment_once_a_day": lambda a: Amendment(contract=a.contract, number=1, title="x", effective_on=START),
    "feed_code_once": lambda a: feed(a, code="VOICE"),
    "feed_bounds_in_order": lambda a: feed(a, lowest=Decimal(2), highest=Decimal(1)),
    "feed_ends_after_start": lambda a: feed(a, ends_on=START),
    "service_level_code_once": lambda a: ServiceLevel(contract=a.contract, feed=a.voice, code="IN_TIME", name="x"),
    "terms_once_a_day": lambda a: terms(a, effective_on=START),
    "terms_end_after_start": lambda a: terms(a, ends_on=JUNE),
    "terms_range_has_two_ends": lambda a: terms(a, direction="range", minimum=None),
    "terms_range_in_order": lambda a: terms(a, direction="range", minimum=None, expected_high=Decimal(70)),
    "terms_only_a_range_has_two_ends": lambda a: terms(a, expected_high=Decimal(90)),
    "terms_minimum_not_better_when_higher": lambda a: terms(a, minimum=Decimal(81)),
    "terms_minimum_not_better_when_lower": lambda a: terms(a, direction="lower"),
    "terms_weight_not_negative": lambda a: terms(a, weight=Decimal(-1)),
    "process_name_once": lambda a: Process(client=a.client, name="Care", operation="hr", office="back"),
    "process_baseline_cost_not_negative": lambda a: Process(
        client=a.client, name="New", operation="hr", office="back", baseline_cost=Decimal(-1)
    ),
    "delivery_centre_name_once": lambda a: DeliveryCentre(
        vendor=a.vendor, name="Bay", city="Cebu", country="PH", zone="Asia/Manila"
    ),
    "vendor_contact_can_be_reached": lambda a: VendorContact(vendor=a.vendor, name="Desk", function="Desk"),
    "certificate_ends_after_start": lambda a: certificate(a, valid_from=JUNE, expires_on=START),
}


@pytest.mark.parametrize("rule", IMPOSSIBLE)
def test_the_database_refuses_the_impossible(agreement, rule):
    row = IMPOSSIBLE[rule](agreement)

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.parametrize("make", [scope, fee, feed, contract, terms], ids=lambda make: make.__name__)
def test_the_database_takes_the_possible(agreement, make):
    make(agreement).save()


def test_a_control_is_owed_once(agreement):
    duty = {"contract": agreement.contract, "control": "Access review", "evidence": "List", "frequency": "quarterly"}
    SecurityDuty.objects.create(**duty)

    with pytest.raises(IntegrityError), transaction.atomic():
        SecurityDuty.objects.create(**duty)


def test_a_site_works_on_a_function_once(agreement):
    item = scope(agreement)
    item.save()
    ScopeSite.objects.create(scope_item=item, delivery_centre=agreement.centre)

    with pytest.raises(IntegrityError), transaction.atomic():
        ScopeSite.objects.create(scope_item=item, delivery_centre=agreement.centre)


@pytest.mark.parametrize("owned", [True, False])
def test_calendars_of_one_owner_have_different_names(agreement, owned):
    owner = agreement.client.organisation if owned else None
    calendar = {"owner": owner, "name": "Office", "zone": "UTC", "week": {"0": [["09:00", "17:00"]]}}
    BusinessCalendar.objects.create(**calendar)

    with pytest.raises(IntegrityError), transaction.atomic():
        BusinessCalendar.objects.create(**calendar)


def test_a_calendar_differs_once_a_day(agreement):
    calendar = BusinessCalendar.objects.create(name="Office", zone="UTC", week={"0": [["09:00", "17:00"]]})
    exception = {"calendar": calendar, "on": JUNE, "reason": "Feast", "known_from": START}
    CalendarException.objects.create(**exception)

    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarException.objects.create(**exception)
