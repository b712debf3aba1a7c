"""Terms of a running contract are amended, never edited."""

from decimal import Decimal

from contracts.services.agreements import activate_contract
from contracts.tests.conftest import JUNE
from contracts.tests.test_contract_rules import refusal


def test_terms_of_a_running_contract_are_not_edited(agreement):
    activate_contract(actor=None, contract=agreement.contract)
    terms = agreement.terms
    terms.minimum = Decimal(70)

    assert "amend them from a date on" in refusal(terms)


def test_terms_of_a_running_contract_may_end(agreement):
    activate_contract(actor=None, contract=agreement.contract)
    terms = agreement.terms
    terms.ends_on = JUNE

    terms.full_clean()


def test_terms_of_a_draft_may_still_be_put_right(agreement):
    terms = agreement.terms
    terms.minimum = Decimal(70)

    terms.full_clean()
