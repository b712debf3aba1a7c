"""What a terms file may not say, and where it is refused."""

from datetime import date

import pytest

from contracts import catalogue
from contracts.models.agreements import Contract
from contracts.terms_file.exporting import export_terms
from contracts.tests.test_terms_file_loading import FULL, JULY, later, load, place, refused
from vendors.models import Vendor

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


ZONE = "Europe/Berlin\n  currency: EUR\n  calendar: Office\nsecurity"
# Old words, new words, words on the line that is named, part of the sentence.
NONSENSE = [
    ("minimum: 75\n", "minimum: 85\n", "expected: 80\n", "The minimum 85 is better than the expected 80."),
    ("threshold_seconds: 20", "treshold_seconds: 20", "treshold_seconds", "no parameter 'treshold_seconds'"),
    ("feed: VOICE\n    terms:\n      metric: CC-SL", "feed: VOCE\n    terms:\n      metric: CC-SL", "VOCE", "“VOICE”?"),
    ("metric: CC-SL-NOSA", "metric: CC-SL-NOSE", "CC-SL-NOSE", "Did you mean “CC-SL-NOSA”?"),
    (ZONE, ZONE.replace("Europe/", ""), "zone: Berlin", "not an IANA time zone"),
    ("only: {queue: [PS]}", "only: {group: [PS]}", "{group", "cannot be narrowed by “group”"),
    ("lower: 99.9, upper", "lower: 99.95, upper", "expected: 99.951", "gap from 99.9 to 99.95"),
    ("{up_to: 5000, rate: 2.25}", "{up_to: 500, rate: 2.25}", "- {up_to: 1000", "does not lie above"),
    ("delivery_centre: Harbour,", "delivery_centre: Harbor,", "- {delivery_centre: Bay", "Did you mean “Harbour”?"),
    ("period: quarter", "period: day", "period: day", "reports monthly"),
    (
        "process: Care\n    function: Calls",
        "process: Car\n    function: Calls",
        "process: Car\n",
        "Did you mean “Care”?",
    ),
]


@pytest.mark.parametrize(("old", "new", "at", "sentence"), NONSENSE, ids=[sentence for *_, sentence in NONSENSE])
def test_what_makes_no_sense_is_refused_at_its_place_and_nothing_is_loaded(old, new, at, sentence):
    assert FULL.count(old) == 1, old
    text = FULL.replace(old, new)

    problem = refused(text)[0]

    assert sentence in problem
    line = place(text, at).split(":")[0]
    assert problem.split(":")[0] == line
    assert not Contract.objects.exists()
    assert not Vendor.objects.exists()


@pytest.mark.parametrize(
    ("section", "copy", "what"),
    [
        ("feeds", "  - {code: VOICE, name: Calls, kind: contacts}\n", "The feed “VOICE” stands here twice."),
        ("processes", "  - {name: Care, operation: hr, office: back}\n", "The process “Care” stands here twice."),
        (
            "fees",
            "  - {code: SEAT, name: Seat, kind: unit, unit: fte, amount: 1}\n",
            "fee SEAT begins twice on that day.",
        ),
    ],
)
def test_an_item_that_stands_twice_is_refused(section, copy, what):
    assert what in refused(FULL.replace(f"\n{section}:\n", f"\n{section}:\n{copy}"))[0]


def test_the_vendors_name_may_not_be_a_clients():
    load()

    (problem,) = refused(FULL.replace("name: Brightline", "name: Acme").replace("reference: A-1", "reference: A-2"))

    assert "“Acme” is a client." in problem


def test_a_contract_stays_with_its_vendor():
    load()
    text = later(FULL, ("vendor:\n  name: Brightline", "vendor:\n  name: Cobalt"))

    assert "A-1 is a contract with Brightline." in refused(text)[0]


def test_a_file_may_end_a_contract():
    contract = load().contract

    load(later(FULL, ("ends_on: 2028-01-01", "ends_on: 2025-12-01\n  status: terminated")))

    contract.refresh_from_db()
    assert (contract.status, contract.ends_on) == (Contract.Status.TERMINATED, date(2025, 12, 1))


def test_a_draft_stays_one_until_a_file_says_otherwise():
    draft = FULL.replace("title: Customer care\n", "title: Customer care\n  status: draft\n")

    assert load(draft).contract.status == Contract.Status.DRAFT


def test_a_file_without_promises_cannot_put_a_contract_in_force():
    head, _, _ = FULL.partition("security_duties:")

    assert "promises nothing yet" in refused(head)[0]


def test_an_export_of_an_earlier_day_does_not_know_what_came_later():
    contract = load().contract
    before = export_terms(contract, on=date(2025, 6, 30))
    load(later(FULL, ("expected: 80\n", "expected: 82.5\n"), ("amount: 1500.25", "amount: 1600")))

    assert export_terms(contract, on=date(2025, 6, 30)) == before
    assert export_terms(contract, on=JULY) != before


def test_the_catalogue_is_where_metrics_are_looked_up():
    assert "CC-SL-NOSA" in catalogue.metrics()
