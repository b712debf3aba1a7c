"""Commands on vendors and what belongs to them; each is atomic and recorded."""

from collections.abc import Iterable

from django.db import transaction

from bpo.changes import record_change, save_recorded
from bpo.models import Organisation
from vendors.models import Certificate, DeliveryCentre, Vendor, VendorContact
from vendors.rules import check_certificate_sites


@transaction.atomic
def create_vendor(*, actor: object, name: str, country: str, **more: object) -> Vendor:
    """A vendor with its organisation."""
    organisation = Organisation(kind=Organisation.Kind.VENDOR, name=name)
    save_recorded(organisation, actor=actor)
    vendor = Vendor(organisation=organisation, country=country, **more)
    save_recorded(vendor, actor=actor)
    return vendor


def add_contact(*, actor: object, vendor: Vendor, name: str, function: str, **more: object) -> VendorContact:
    """A person to contact at the vendor."""
    contact = VendorContact(vendor=vendor, name=name, function=function, **more)
    save_recorded(contact, actor=actor)
    return contact


def add_delivery_centre(
    *, actor: object, vendor: Vendor, name: str, city: str, country: str, zone: str, **more: object
) -> DeliveryCentre:
    """A site at which the vendor works."""
    centre = DeliveryCentre(vendor=vendor, name=name, city=city, country=country, zone=zone, **more)
    save_recorded(centre, actor=actor)
    return centre


@transaction.atomic
def add_certificate(
    *, actor: object, vendor: Vendor, delivery_centres: Iterable[DeliveryCentre] = (), **fields: object
) -> Certificate:
    """Proof of a standard, for sites of the vendor."""
    certificate, sites = Certificate(vendor=vendor, **fields), list(delivery_centres)
    check_certificate_sites(certificate, sites)
    save_recorded(certificate, actor=actor)
    if sites:
        certificate.delivery_centres.set(sites)
        changes = {"delivery_centres": ([], [str(site) for site in sites])}
        record_change(certificate, actor=actor, changes=changes, action="name_sites")
    return certificate
