"""The first account of a desk is an operator admin's, and stands in the audit trail."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from bpo.models import AuditEntry, User

pytestmark = pytest.mark.django_db


def create(email: str) -> None:
    call_command("createsuperuser", interactive=False, email=email, name="Ada Owner", stdout=StringIO())


def test_the_first_account_is_an_operator_admins() -> None:
    create("Ada@Example.com")

    person = User.objects.get(email="ada@example.com")
    assert (person.is_operator_admin, person.is_active, person.has_usable_password()) == (True, True, False)


def test_before_it_there_is_no_account() -> None:
    assert not User.objects.exists()


def test_making_it_is_in_the_audit_trail() -> None:
    create("ada@example.com")

    entry = AuditEntry.objects.get(action="add_user")
    assert (entry.thing_id, entry.channel) == (str(User.objects.get().pk), AuditEntry.Channel.COMMAND)


def test_the_same_account_twice_is_refused_and_changes_nothing() -> None:
    create("ada@example.com")

    with pytest.raises(CommandError, match="already taken"):
        create("ada@example.com")

    assert AuditEntry.objects.filter(action="add_user").count() == 1
