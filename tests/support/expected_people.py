"""What the page, the CSV file and the API of the list of people must show."""

from collections.abc import Mapping
from datetime import timedelta

from django.contrib.sessions.models import Session

from bpo.models import User, UserSession
from tests.builders import NOW
from tests.support.expected_lists import Expected
from tests.support.factors import add_app

ROLES = {"admin": "Acme: client admin", "manager": "Acme: client manager", "viewer": "Acme: client viewer"}


def role_of(person: User) -> str:
    return person.email.partition("@")[0].removeprefix("acme-")


def add_differences(people: Mapping[str, User]) -> None:
    """Give Acme's viewer a second factor and two sessions, and deactivate its manager, who signed in before."""
    viewer = people["acme-viewer"]
    add_app(viewer)
    for number in range(2):
        Session.objects.create(session_key=f"viewer{number}", session_data="", expire_date=NOW + timedelta(hours=1))
        UserSession.objects.create(user=viewer, session_key=f"viewer{number}", began_at=NOW, seen_at=NOW)
    User.objects.filter(pk=people["acme-manager"].pk).update(is_active=False, last_login=NOW - timedelta(days=3))


PEOPLE = Expected(
    page="/people",
    records=lambda: User.objects.filter(memberships__organisation__name="Acme"),
    file={
        "name": lambda person: person.name,
        "email": lambda person: person.email,
        "roles": lambda person: ROLES[role_of(person)],
        "active": lambda person: person.is_active,
        "second_factor": lambda person: "yes" if role_of(person) == "viewer" else "no",
        "sessions": lambda person: 2 if role_of(person) == "viewer" else 0,
        "last_sign_in_at": lambda person: person.last_login and person.last_login.isoformat(),
    },
    api="/api/v1/people",
    fields={
        "name": lambda person: person.name,
        "email": lambda person: person.email,
        "roles": lambda person: ROLES[role_of(person)],
        "active": lambda person: person.is_active,
        "second_factor": lambda person: "yes" if role_of(person) == "viewer" else "no",
        "sessions": lambda person: 2 if role_of(person) == "viewer" else 0,
        "last_sign_in_at": lambda person: person.last_login,
    },
    cells={"Person": "email", "Roles": "roles", "Second factor": "second_factor", "Sessions": "sessions"},
    page_alone=("Last sign-in",),
)
