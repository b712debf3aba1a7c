"""Where sites lie, when notice is due, and what holds on a day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from contracts.dates import DateKind, certificate_state, next_dates, notice_date, term_end
from contracts.models.agreements import Contract
from contracts.models.parties import Client
from contracts.models.scope import ScopeSite
from contracts.selectors import contract_on, derived_location, location_of, standard_offset
from contracts.services.agreements import activate_contract, add_amendment, add_security_duty
from contracts.services.service_levels import set_terms
from contracts.services.successions import end_row, set_fee, set_scope_item
from contracts.tests.conftest import IN_TIME, JUNE, START
from sla.certificates import CertificateState
from vendors.models import DeliveryCentre
from vendors.services import add_certificate


@pytest.mark.parametrize(
    ("client", "site", "location"),
    [
        (("DE", "Europe/Berlin"), ("DE", "Europe/Berlin"), "onshore"),
        (("US", "America/New_York"), ("US", "Pacific/Honolulu"), "onshore"),
        (("DE", "Europe/Berlin"), ("PT", "Europe/Lisbon"), "nearshore"),
        (("GB", "Europe/London"), ("TR", "Europe/Istanbul"), "nearshore"),
        (("US", "America/New_York"), ("CO", "America/Bogota"), "nearshore"),
        (("GB", "Europe/London"), ("AE", "Asia/Dubai"), "offshore"),
        (("GB", "Europe/London"), ("IR", "Asia/Tehran"), "offshore"),
        (("DE", "Europe/Berlin"), ("PH", "Asia/Manila"), "offshore"),
        (("AU", "Australia/Sydney"), ("NZ", "Pacific/Auckland"), "nearshore"),
        (("IE", "Europe/Dublin"), ("TR", "Europe/Istanbul"), "nearshore"),
    ],
)
def test_a_location_follows_from_country_and_standard_time(client, site, location):
    buyer = Client(country=client[0], zone=client[1])
    centre = DeliveryCentre(country=site[0], zone=site[1])

    assert derived_location(buyer, centre, year=2025) == location


def test_standard_time_is_that_of_the_hemispheres_winter():
    assert standard_offset("Australia/Sydney", 2025) == timedelta(hours=10)
    assert standard_offset("Europe/Berlin", 2025) == timedelta(hours=1)


def test_a_contract_may_call_a_location_otherwise(agreement):
    item = set_scope_item(
        actor=None, contract=agreement.contract, process=agreement.process, function="Calls", performed_by="vendor",
        starts_on=START, sites={agreement.centre: "nearshore"},
    )  # fmt: skip

    assert location_of(item.sites.get(), year=2025) == ScopeSite.Location.NEARSHORE


def running(agreement, **more) -> Contract:
    contract = agreement.contract
    for name, value in more.items():
        setattr(contract, name, value)
    contract.save()
    activate_contract(actor=None, contract=contract)
    return contract


@pytest.mark.parametrize(
    ("length", "unit", "last_day"),
    [(60, "days", date(2025, 11, 1)), (2, "months", date(2025, 10, 31)), (6, "months", date(2025, 6, 30))],
)
def test_notice_is_counted_back_from_the_last_day(agreement, length, unit, last_day):
    contract = running(agreement, ends_on=date(2026, 1, 1), notice_length=length, notice_unit=unit)

    assert notice_date(contract, on=START) == last_day


def test_without_agreed_notice_there_is_no_date(agreement):
    assert notice_date(running(agreement, ends_on=date(2026, 1, 1)), on=START) is None


RENEWING = {"ends_on": date(2026, 3, 1), "renewal": "automatic", "renewal_months": 12, "notice_length": 30}


@pytest.mark.parametrize(
    ("on", "end"),
    [
        (date(2026, 2, 28), date(2026, 3, 1)),
        (date(2026, 3, 1), date(2027, 3, 1)),
        (date(2028, 2, 29), date(2028, 3, 1)),
        (date(2028, 3, 1), date(2029, 3, 1)),
    ],
)
def test_an_automatic_renewal_moves_the_end_term_by_term(agreement, on, end):
    assert term_end(running(agreement, **RENEWING), on=on) == end


def test_once_notice_has_passed_the_next_terms_notice_counts(agreement):
    contract = running(agreement, **RENEWING)

    assert notice_date(contract, on=date(2026, 1, 29)) == date(2026, 1, 29)
    assert notice_date(contract, on=date(2026, 1, 30)) == date(2027, 1, 29)


def test_the_dates_that_come_are_in_order_and_say_what_happens(agreement):
    contract = running(agreement, ends_on=date(2026, 1, 1), notice_length=60)
    add_amendment(actor=None, contract=contract, title="One", effective_on=JUNE)
    add_security_duty(
        actor=None, contract=contract, control="Access review", evidence="List", frequency="quarterly",
        next_due_on=date(2025, 3, 31),
    )  # fmt: skip
    add_certificate(
        actor=None, vendor=agreement.vendor, standard="iso_27001", issuer="A body", scope="All",
        valid_from=date(2023, 2, 1), expires_on=date(2026, 1, 31),
    )  # fmt: skip

    found = [(entry.on, entry.kind) for entry in next_dates(contract, on=date(2025, 2, 1))]

    assert found == [
        (date(2025, 3, 31), DateKind.EVIDENCE),
        (JUNE, DateKind.AMENDMENT),
        (date(2025, 11, 1), DateKind.NOTICE),
        (date(2026, 1, 1), DateKind.END),
        (date(2026, 1, 31), DateKind.CERTIFICATE),
    ]


def test_a_promise_that_ends_without_another_is_a_date(agreement):
    end_row(agreement.terms, actor=None, ends_on=date(2025, 9, 1))

    found = [entry.label for entry in next_dates(agreement.contract, on=JUNE)]

    assert found == ["Answered in time is no longer promised"]


def test_dates_that_have_passed_are_left_out(agreement):
    assert next_dates(agreement.contract, on=date(2025, 1, 2)) == []


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2024, 12, 31), CertificateState.NOT_YET),
        (START, CertificateState.OK),
        (date(2025, 12, 31), CertificateState.CRITICAL),
        (date(2026, 1, 1), CertificateState.EXPIRED),
    ],
)
def test_a_certificate_holds_until_its_last_day(agreement, on, state):
    certificate = add_certificate(
        actor=None, vendor=agreement.vendor, standard="soc_2", issuer="A body", scope="All", valid_from=START,
        expires_on=date(2025, 12, 31),
    )  # fmt: skip

    assert certificate_state(certificate, on=on) == state


@pytest.fixture
def amended(agreement):
    """Dearer and stricter from June on."""
    contract = agreement.contract
    price = {"contract": contract, "code": "SEAT", "name": "Seat", "kind": "unit", "unit": "fte"}
    set_fee(actor=None, amount=Decimal(1500), starts_on=START, **price)
    set_fee(actor=None, amount=Decimal(1600), starts_on=JUNE, **price)
    amendment = add_amendment(actor=None, contract=contract, title="One", effective_on=JUNE)
    set_terms(actor=None, service_level=agreement.level, amendment=amendment, **(IN_TIME | {"expected": Decimal(85)}))
    return agreement


@pytest.mark.parametrize(
    ("on", "number", "amount", "expected"),
    [(START, 0, 1500, 80), (date(2025, 5, 31), 0, 1500, 80), (JUNE, 1, 1600, 85), (date(2030, 1, 1), 1, 1600, 85)],
)
def test_a_contract_can_be_read_as_it_was_on_a_day(amended, on, number, amount, expected):
    picture = contract_on(amended.contract, on=on)

    assert picture.amendment.number == number
    assert [fee.amount for fee in picture.fees] == [amount]
    assert [line.terms.expected for line in picture.levels] == [expected]


def test_before_its_start_a_contract_promises_nothing(amended):
    picture = contract_on(amended.contract, on=date(2024, 12, 31))

    assert picture.amendment is None
    assert [line.terms for line in picture.levels] == [None]


def test_a_scope_line_names_its_sites_and_how_far_they_are(agreement):
    set_scope_item(
        actor=None, contract=agreement.contract, process=agreement.process, function="Calls", performed_by="vendor",
        starts_on=START, sites={agreement.centre: ""},
    )  # fmt: skip

    (line,) = contract_on(agreement.contract, on=START).scope

    assert [(str(site.delivery_centre), site.location.label, site.is_agreed) for site in line.sites] == [
        ("Bay, Manila", "offshore", False)
    ]


def test_a_picture_takes_as_many_queries_for_many_levels_as_for_one(agreement, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        contract_on(Contract.objects.select_related("client", "vendor").get(), on=START)
