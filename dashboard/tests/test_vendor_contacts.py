"""A vendor's contacts are shown to those whose contract with it still runs."""

from datetime import date

import pytest

from contracts.models.agreements import Contract
from tests.builders import NOW
from vendors.models import VendorContact

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(cast, signed_in):
    """The vendor's page with its one contact, as somebody reads it on 5 November 2025."""
    vendor = cast.vendors["Brightline"]
    VendorContact.objects.create(vendor=vendor, name="Contact 7", function="delivery head", email="c7@example.com")
    return lambda name: signed_in(name).get(f"/vendors/{vendor.public_id}").content.decode()


def end(ends_on):
    Contract.objects.filter(reference="A-1").update(status=Contract.Status.ENDED, ends_on=ends_on)


def test_while_the_contract_runs_both_sides_see_them(page):
    assert "Contact 7" in page("acme-viewer")
    assert "Contact 7" in page("brightline-reporter")


def test_until_its_last_day_a_contract_that_was_ended_still_runs(page):
    end(date(2025, 11, 6))

    assert NOW.date() == date(2025, 11, 5)
    assert "Contact 7" in page("acme-viewer")


def test_after_it_the_client_sees_them_no_more_and_the_vendor_does(page):
    end(date(2025, 11, 5))

    assert "Contact 7" not in page("acme-viewer")
    assert "Contact 7" in page("brightline-reporter")
    assert "Contact 7" in page("operator")
