"""A change and its entry in the audit trail stand or fall together."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from bpo import audit
from bpo.changes import change_recorded, save_recorded, sides
from bpo.models import AuditEntry, Organisation, User
from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevelTerms
from tests.support.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_change_that_cannot_be_recorded_is_not_made(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_entry: object) -> None:
        raise RuntimeError("the trail is broken")

    monkeypatch.setattr(audit, "entry", broken)
    vendor = cast.vendors["Brightline"]

    with pytest.raises(RuntimeError):
        change_recorded(vendor, actor=cast.operator, country="IN")

    vendor.refresh_from_db()
    assert vendor.country == "PH"


def test_a_change_that_is_refused_is_not_recorded(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        change_recorded(cast.vendors["Brightline"], actor=cast.operator, country="Philippines")

    assert not AuditEntry.objects.exists()


def test_what_stays_the_same_leaves_no_trace(cast: Cast) -> None:
    assert change_recorded(cast.vendors["Brightline"], actor=cast.operator, country="PH") == {}
    assert not AuditEntry.objects.exists()


def test_an_entry_says_who_by_which_channel_from_what_to_what(cast: Cast) -> None:
    actor = audit.acting(cast.operator, AuditEntry.Channel.FILE, "req_1")
    change_recorded(cast.vendors["Brightline"], actor=actor, country="IN")

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.actor_label, entry.channel) == (cast.operator, "Operator", "file")
    assert (entry.action, entry.thing_type, entry.request_id) == ("change_vendor", "vendors.vendor", "req_1")
    assert entry.changes == {"country": ["PH", "IN"]}


def test_numbers_and_days_are_recorded_as_they_are_written(cast: Cast) -> None:
    # Terms of a running contract stay as agreed.
    Contract.objects.filter(pk=cast.contracts["A-1"].pk).update(status=Contract.Status.DRAFT)
    terms = ServiceLevelTerms.objects.get(service_level=cast.levels["A-1/ACCURACY"].pk)

    change_recorded(terms, actor=cast.operator, expected=Decimal("95.5"), ends_on=date(2026, 1, 1))

    assert AuditEntry.objects.get().changes == {"expected": ["95", "95.5"], "ends_on": [None, "2026-01-01"]}


def test_a_row_of_a_contract_concerns_both_sides(cast: Cast) -> None:
    assert sides(cast.levels["A-1/ACCURACY"]) == (
        cast.clients["Acme"].organisation,
        cast.vendors["Brightline"].organisation,
    )


def test_a_vendors_own_row_concerns_the_vendor_alone(cast: Cast) -> None:
    assert sides(cast.vendors["Brightline"]) == (None, cast.vendors["Brightline"].organisation)


def test_a_password_is_never_recorded() -> None:
    user = User(email="new@example.com", name="New")
    user.set_password("a long enough pass phrase")

    save_recorded(user, actor=None)

    assert "password" not in AuditEntry.objects.get().changes


def test_the_desk_itself_is_named_where_nobody_acted() -> None:
    save_recorded(Organisation(kind=Organisation.Kind.CLIENT, name="Acme"), actor=None)

    assert AuditEntry.objects.get().actor_label == "BPO desk"
