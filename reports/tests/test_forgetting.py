"""A person who has left and asks to be forgotten: name and address go, what they did stays, and the chains hold."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from bpo.audit import record
from bpo.changes import change_recorded, save_recorded
from bpo.models import AuditEntry, Membership, PasswordResetRequest, Role, User
from bpo.people import set_active
from record.tests.worlds import findings, link_all
from reports.models import Message
from reports.services.forgetting import StillActiveError, forget_person
from tests.support.cast import Cast
from tests.support.tampering import as_owner

pytestmark = pytest.mark.django_db
NAME, ADDRESS = "Acme Viewer", "acme-viewer@example.com"
NOW = datetime(2025, 11, 5, 9, tzinfo=UTC)


@pytest.fixture
def person(cast: Cast) -> User:
    """Somebody who did things, of whom things were said, and who has left."""
    found = cast.people["acme-viewer"]
    record(actor=found, action="change_contract", thing=cast.contracts["A-1"])
    zenith = Membership(user=found, organisation=cast.clients["Zenith"].organisation, role=Role.CLIENT_VIEWER)
    save_recorded(zenith, actor=cast.operator)
    change_recorded(found, actor=cast.operator, name="Acme  Viewer")
    change_recorded(found, actor=cast.operator, name=NAME)
    Message.objects.create(
        recipient=found, kind="digest", cause="x", subject=f"For {NAME}", text=f"Dear {NAME}", message_id="m",
        state="sent", queued_at=NOW, next_try_at=NOW,
    )  # fmt: skip
    PasswordResetRequest.objects.create(address=ADDRESS, asked_at=NOW)
    set_active(found, active=False, actor=cast.people["acme-admin"])
    return User.objects.get(email=ADDRESS)


def everything() -> str:
    """All that the tables hold of people, mails and the audit trail."""
    tables = (User, Message, PasswordResetRequest, AuditEntry)
    return " ".join(str(list(table._base_manager.values())) for table in tables)


def test_no_table_has_their_name_or_address(person: User):
    assert NAME in everything()
    forget_person(person=person, reason="Their letter.")

    assert NAME not in everything()
    assert ADDRESS not in everything()


def test_what_they_did_is_still_theirs(person: User):
    forget_person(person=person, reason="Their letter.")
    entry = AuditEntry.objects.get(action="change_contract")

    assert (entry.actor, entry.actor_label) == (person, f"Former person {person.pk}")


def test_what_was_done_about_them_leads_to_the_number(person: User):
    forget_person(person=person, reason="Their letter.")
    entry = AuditEntry.objects.get(action="add_membership")

    assert entry.changes["user"] == [None, f"{person.pk} Former person {person.pk}"]
    assert entry.thing_label.startswith(f"Former person {person.pk}: ")


def test_others_keep_their_names(person: User, cast: Cast):
    forget_person(person=person, reason="Their letter.")

    entry = AuditEntry.objects.get(action="change_user", changes__is_active=[True, False])
    assert entry.actor_label == "Acme Admin"
    assert cast.people["acme-admin"].name in everything()


def test_the_chains_hold_as_before(person: User):
    link_all()
    forget_person(person=person, reason="Their letter.")
    link_all()

    assert findings() == []


def test_a_change_of_what_the_name_leads_to_is_still_found(person: User):
    link_all()
    entry = AuditEntry.objects.get(action="add_membership")
    with as_owner():
        changes = entry.changes | {"user": [None, f"{person.pk + 1} {NAME}"]}
        AuditEntry._base_manager.filter(pk=entry.pk).update(changes=changes)

    assert "audit entry" in " ".join(findings())


def test_who_can_still_sign_in_is_not_forgotten(cast: Cast):
    with pytest.raises(StillActiveError, match="deactivate them first"):
        forget_person(person=cast.people["acme-viewer"], reason="Their letter.")

    assert User.objects.filter(email=ADDRESS).exists()


def test_the_command_says_what_it_did(person: User, capsys):
    call_command("erase_person", ADDRESS, reason="Their letter.")

    assert f"Former person {person.pk} stands in" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("erase_person", ADDRESS, reason="Their letter.")
