"""The parties of a contract read the head of its chain, and check one that they kept, by page and API."""

from copy import deepcopy

import pytest
from django.test import Client

from metrics.models.breaches import BreachEvent
from record.heads import print_head
from record.tests.worlds import findings
from tests.support.tampering import as_owner

pytestmark = pytest.mark.any_database


@pytest.fixture
def db(put_back):
    """The database of this module; each test's own changes are undone."""


@pytest.fixture
def vendor(db, verified):
    browser = Client()
    browser.force_login(deepcopy(verified[0]).people["brightline-manager"])
    return browser


def test_page_and_api_show_the_head_and_the_verification(chain, vendor):
    page = vendor.get(f"/contracts/{chain}/chain").content.decode()
    answer = vendor.get(f"/api/v1/contracts/{chain}/chain").json()

    assert print_head(chain) in page
    assert f"All rows up to position {chain.length} are as they were linked" in page
    assert (answer["head"], answer["verified_length"], answer["holds"]) == (print_head(chain), chain.length, True)
    assert answer["kept_head"] is None


def test_a_kept_head_is_checked_by_page_and_api_in_the_same_words(chain, vendor):
    kept = {"head": print_head(chain)}
    answer = vendor.get(f"/api/v1/contracts/{chain}/chain", kept).json()["kept_head"]

    assert answer["holds"] is True
    assert answer["sentence"].split(", verified")[0] in vendor.get(f"/contracts/{chain}/chain", kept).content.decode()


def test_a_chain_that_does_not_hold_says_from_where_and_nothing_else(chain, vendor):
    with as_owner():
        BreachEvent.objects.update(text="All is well.")
    findings()
    chain.refresh_from_db()
    page = vendor.get(f"/contracts/{chain}/chain").content.decode()

    assert f"It does not hold after position {chain.checked_length}." in page
    assert chain.finding not in page
    assert vendor.get(f"/api/v1/contracts/{chain}/chain").json()["holds"] is False


def test_the_head_of_another_contract_is_no_head_here(chain, vendor):
    other = {"head": "CT-00000 1 " + "0" * 64}

    assert vendor.get(f"/api/v1/contracts/{chain}/chain", other).json()["kept_head"]["holds"] is False
