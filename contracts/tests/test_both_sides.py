"""Nobody belongs to both parties of a contract: they would decide on what they asked for themselves."""

import pytest
from django.core.exceptions import ValidationError

from bpo.models import Membership, Role
from contracts.models.agreements import Contract

pytestmark = pytest.mark.any_database


def test_a_member_of_the_vendor_does_not_join_its_client(cast):
    person, acme = cast.people["brightline-manager"], cast.clients["Acme"]

    with pytest.raises(ValidationError, match="belongs to Brightline, the other side of a contract of Acme"):
        Membership(user=person, organisation=acme.organisation, role=Role.CLIENT_MANAGER).full_clean()


def test_a_member_of_the_client_does_not_join_its_vendor(cast):
    person, brightline = cast.people["acme-admin"], cast.vendors["Brightline"]

    with pytest.raises(ValidationError, match="belongs to Acme, the other side of a contract of Brightline"):
        Membership(user=person, organisation=brightline.organisation, role=Role.VENDOR_MANAGER).full_clean()


def test_somebody_may_belong_to_parties_without_a_contract_of_theirs(cast):
    person, zenith = cast.people["brightline-manager"], cast.clients["Zenith"]

    Membership(user=person, organisation=zenith.organisation, role=Role.CLIENT_MANAGER).full_clean()


def test_a_membership_can_be_changed(cast):
    membership = cast.people["acme-viewer"].memberships.get()
    membership.role = Role.CLIENT_MANAGER

    membership.full_clean()


def test_parties_that_share_a_member_make_no_contract(cast):
    person, zenith = cast.people["brightline-manager"], cast.clients["Zenith"]
    Membership.objects.create(user=person, organisation=zenith.organisation, role=Role.CLIENT_MANAGER)
    signed = cast.contracts["Z-1"]
    contract = Contract(client=zenith, vendor=cast.vendors["Brightline"], reference="Z-2", title="Care",
                        starts_on=signed.starts_on, zone=signed.zone, currency=signed.currency)  # fmt: skip

    with pytest.raises(ValidationError, match="nobody acts for both sides"):
        contract.full_clean()
