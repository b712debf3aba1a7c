"""Vendors and what belongs to them: made by services, recorded, seen by whom it concerns."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from bpo.changes import change_recorded
from bpo.models import AuditEntry, Organisation
from vendors.models import Certificate, DeliveryCentre, Vendor
from vendors.services import add_certificate, add_contact, add_delivery_centre, create_vendor

pytestmark = pytest.mark.django_db
PROOF = {"standard": "iso_27001", "issuer": "A body", "scope": "Voice", "valid_from": date(2025, 1, 1)}


@pytest.fixture
def brightline() -> Vendor:
    return create_vendor(actor=None, name="Brightline", country="PH")


@pytest.fixture
def bay(brightline) -> DeliveryCentre:
    return add_delivery_centre(
        actor=None, vendor=brightline, name="Bay", city="Manila", country="PH", zone="Asia/Manila"
    )


def test_a_vendor_comes_with_its_organisation(brightline):
    assert (brightline.organisation.kind, brightline.name) == (Organisation.Kind.VENDOR, "Brightline")


def test_two_vendors_of_one_name_are_refused(brightline):
    with pytest.raises(ValidationError, match="already exists"):
        create_vendor(actor=None, name="Brightline", country="IN")

    assert Vendor.objects.count() == 1


@pytest.mark.parametrize("country", ["Philippines", "ph", "P1", ""])
def test_a_country_is_its_code(country):
    with pytest.raises(ValidationError):
        create_vendor(actor=None, name="Brightline", country=country)

    assert not Organisation.objects.exists()


def test_a_vendor_of_a_clients_organisation_is_refused():
    organisation = Organisation.objects.create(kind=Organisation.Kind.CLIENT, name="Acme")

    with pytest.raises(ValidationError, match="Acme is a client, not a vendor"):
        Vendor(organisation=organisation, country="PH").full_clean()


def test_a_contact_that_cannot_be_reached_is_refused(brightline):
    with pytest.raises(ValidationError, match="needs an e-mail address or a telephone number"):
        add_contact(actor=None, vendor=brightline, name="Duty desk", function="delivery head")


def test_a_site_in_no_zone_is_refused(brightline):
    with pytest.raises(ValidationError, match="is not an IANA time zone"):
        add_delivery_centre(actor=None, vendor=brightline, name="Bay", city="Manila", country="PH", zone="PHT")


def test_a_closed_site_stays_on_record(bay):
    change_recorded(bay, actor=None, action="close_deliverycentre", closed_on=date(2025, 6, 1))

    assert DeliveryCentre.objects.get().closed_on == date(2025, 6, 1)
    assert AuditEntry.objects.get(action="close_deliverycentre").changes == {"closed_on": [None, "2025-06-01"]}


def test_a_certificate_that_ends_before_it_begins_is_refused(brightline):
    with pytest.raises(ValidationError, match="cannot expire before it is valid"):
        add_certificate(actor=None, vendor=brightline, expires_on=date(2024, 12, 31), **PROOF)


def test_a_certificate_names_sites_of_its_own_vendor(bay):
    cobalt = create_vendor(actor=None, name="Cobalt", country="IN")

    with pytest.raises(ValidationError, match="Bay, Manila is a site of Brightline; the certificate is Cobalt's"):
        add_certificate(actor=None, vendor=cobalt, delivery_centres=[bay], expires_on=date(2027, 12, 31), **PROOF)

    assert not Certificate.objects.exists()


@pytest.mark.parametrize(
    ("digest", "good"), [("a" * 64, True), ("A" * 64, False), ("a" * 63, False), ("g" * 64, False)]
)
def test_a_documents_hash_is_sixty_four_hexadecimal_digits(brightline, digest, good):
    proof = Certificate(vendor=brightline, expires_on=date(2025, 12, 31), document_sha256=digest, **PROOF)

    if good:
        proof.full_clean()
    else:
        with pytest.raises(ValidationError, match="SHA-256"):
            proof.full_clean()


def test_the_vendors_own_people_may_read_what_changed_about_it(brightline, bay):
    entry = AuditEntry.objects.get(action="add_deliverycentre")

    assert entry.vendor_organisation == brightline.organisation
