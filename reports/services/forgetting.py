"""Forgetting a person who has left: their name and address go, and what they did stays under a number."""

from collections.abc import Iterator
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.db.models import Model, Q

from bpo.models import AuditEntry, PasswordResetRequest, SignInFailure, User
from bpo.opened_record import opened_record
from bpo.sessions import end_all_sessions
from record.contents import OF_PERSON, columns_of_people
from reports.models import Message

PERSON = "bpo.user"


class StillActiveError(Exception):
    """Somebody who can still sign in is not forgotten."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What stands for the person now, and how many entries of the audit trail and mails named them."""

    name: str
    entries: int
    mails: int


def forget_person(*, person: User, reason: str) -> Forgotten:
    """Replace a deactivated person's name and address, also in the audit trail, and empty the mails to them.

    Raises StillActiveError, and RecordClosedError outside of a command.
    """
    if person.is_active:
        raise StillActiveError(f"{person.email} is active: deactivate them first. Nothing was changed.")
    name, address = person.name, person.email
    person.name, person.email = f"Former person {person.pk}", f"erased-{person.pk}@erased.invalid"
    with opened_record(actor=None, action="erase_person", thing=person, changes={"reason": (None, reason)}):
        person.set_unusable_password()
        person.save(update_fields=["name", "email", "password"])
        end_all_sessions(person, actor=None, reason="erase_person")
        for model in (Authenticator, SocialAccount, EmailAddress):
            model.objects.filter(user=person).delete()
        for model in (PasswordResetRequest, SignInFailure):
            model.objects.filter(address__iexact=address).delete()
        written = Written(person, name, address)
        changed = [entry for entry in written.entries() if written.replace_in(entry)]
        AuditEntry._base_manager.bulk_update(changed, ["actor_label", "thing_label", "changes"], batch_size=500)
        mails = Message.objects.filter(recipient=person).update(subject="", text="", html="", last_error="")
    return Forgotten(person.name, len(changed), mails)


class Written:
    """What the audit trail says of a person, by the name and address that they had."""

    def __init__(self, person: User, name: str, address: str) -> None:
        self.person = person
        self.old = [(text, new) for text, new in ((name, person.name), (address, person.email)) if text]
        self.models = [model for model in apps.get_models() if columns_of_people(model._meta.label_lower)]
        self.rows = {row for model in self.models for row in self._rows(model)}

    def entries(self) -> Iterator[AuditEntry]:
        """Yield the entries of what they did, of what was done about them, and of rows that lead to people."""
        kinds = [model._meta.label_lower for model in self.models]
        about = Q(actor=self.person) | Q(thing_type=PERSON, thing_id=str(self.person.pk)) | Q(thing_type__in=kinds)
        yield from AuditEntry._base_manager.filter(about).order_by("pk").iterator(chunk_size=1000)

    def replace_in(self, entry: AuditEntry) -> bool:
        """Replace name and address where an entry has them; whether it had."""
        before = entry.actor_label, entry.thing_label, entry.changes
        if entry.actor_id == self.person.pk:
            entry.actor_label = self.person.name
        row = entry.thing_type, entry.thing_id
        if row == (PERSON, str(self.person.pk)):
            entry.thing_label = self.person.name
            entry.changes = {
                column: [None, None] if column in OF_PERSON else pair for column, pair in entry.changes.items()
            }
        else:
            columns = columns_of_people(entry.thing_type)
            entry.changes = {
                column: [self._renamed(value) for value in pair] if column in columns else pair
                for column, pair in entry.changes.items()
            }
            if row in self.rows:
                for text, new in self.old:
                    entry.thing_label = entry.thing_label.replace(text, new)
        return before != (entry.actor_label, entry.thing_label, entry.changes)

    def _rows(self, model: type[Model]) -> Iterator[tuple[str, str]]:
        """Yield type and id, as the audit trail has them, of the rows of a model that lead to the person."""
        label = model._meta.label_lower
        leads = Q()
        for column in columns_of_people(label):
            leads |= Q(**{column: self.person.pk})
        key = "public_id" if any(field.name == "public_id" for field in model._meta.concrete_fields) else "pk"
        for value in model._base_manager.filter(leads).values_list(key, flat=True).iterator(chunk_size=1000):
            yield label, str(value)

    def _renamed(self, value: object) -> object:
        """Return a person as a change has them, the number and the name, with the new name if it is this one."""
        key = str(self.person.pk)
        is_theirs = isinstance(value, str) and value.partition(" ")[0] == key
        return f"{key} {self.person.name}" if is_theirs else value
