"""Validation rules of vendors, delivery centres and certificates; called by the models' `clean`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bpo.models import Organisation

if TYPE_CHECKING:  # the models call these rules
    from vendors.models import Certificate, DeliveryCentre


def check_organisation_kind(row: Any, kind: str) -> None:
    """A client's row belongs to a client's organisation, a vendor's to a vendor's."""
    if row.organisation_id and row.organisation.kind != kind:
        organisation, needed = row.organisation, Organisation.Kind(kind).label
        params = {"name": organisation, "kind": organisation.get_kind_display(), "needed": needed}
        sentence = _("%(name)s is a %(kind)s, not a %(needed)s.")
        raise ValidationError({"organisation": ValidationError(sentence, code="organisation_kind", params=params)})


def check_certificate_sites(certificate: "Certificate", delivery_centres: "Iterable[DeliveryCentre]") -> None:
    """A certificate names sites of its own vendor."""
    for centre in delivery_centres:
        if centre.vendor_id != certificate.vendor_id:
            sentence = _("%(centre)s is a site of %(other)s; the certificate is %(vendor)s's.")
            params = {"centre": centre, "other": centre.vendor, "vendor": certificate.vendor}
            raise ValidationError(sentence, code="foreign_site", params=params)
