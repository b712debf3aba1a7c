"""The people of the demo world, named after their roles."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from bpo.changes import save_recorded
from bpo.models import Membership, Organisation, Role, User

PASSPHRASE = "walk through the demo"  # noqa: S105 - it opens a world without secrets, and no production machine


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the demo; without an organisation, the operator of the desk.

    A silent person answers breaches, but nobody signs in as them, and they get no mail.
    """

    email: str
    name: str
    zone: str
    organisation: str = ""
    role: str = Role.OPERATOR_ADMIN
    is_silent: bool = False


def client_people(prefix: str, short: str, organisation: str, zone: str) -> list[Person]:
    """Return a client's manager, admin and viewer."""
    return [
        Person(f"{prefix}-manager@example.com", f"{short} operations manager", zone, organisation, Role.CLIENT_MANAGER),
        Person(f"{prefix}-admin@example.com", f"{short} admin", zone, organisation, Role.CLIENT_ADMIN),
        Person(f"{prefix}-viewer@example.com", f"{short} viewer", zone, organisation, Role.CLIENT_VIEWER),
    ]


def vendor_people(prefix: str, short: str, organisation: str, zone: str, *, reporter: bool = False) -> list[Person]:
    """Return a vendor's manager and, where asked for, its reporter."""
    people = [
        Person(f"{prefix}-manager@example.com", f"{short} delivery manager", zone, organisation, Role.VENDOR_MANAGER)
    ]
    if reporter:
        email, name = f"{prefix}-reporter@example.com", f"{short} reporter"
        people.append(Person(email, name, zone, organisation, Role.VENDOR_REPORTER))
    return people


OPERATOR = Person("operator@example.com", "Desk operator", "UTC")


@transaction.atomic
def create_people(people: Iterable[Person]) -> dict[str, User]:
    """Create accounts with their memberships; return them by the part of the address before the @."""
    password, no_password = make_password(PASSPHRASE), make_password(None)
    users = {}
    for person in people:
        user = User(
            email=person.email,
            name=person.name,
            zone=person.zone,
            is_operator_admin=person.role == Role.OPERATOR_ADMIN,
            password=no_password if person.is_silent else password,
            wants_digest=not person.is_silent,
            wants_reminders=not person.is_silent,
        )
        save_recorded(user, actor=None)
        if person.organisation:
            organisation = Organisation.objects.get(name=person.organisation)
            save_recorded(Membership(user=user, organisation=organisation, role=person.role), actor=None)
        users[person.email.split("@")[0]] = user
    return users
