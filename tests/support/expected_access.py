"""What the page, the CSV file and the API of operators' access must show."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import connection

from bpo import append_only
from bpo.models import AccessGrant, User
from tests.builders import NOW
from tests.support.cast import FAR_AHEAD
from tests.support.expected_lists import Expected, Facts


def withdraw_grant(people: Mapping[str, User]) -> None:
    """Have Acme's second admin end what its first one granted, so that no two columns are alike."""
    grant = AccessGrant.objects.filter(client__name="Acme")
    with append_only.unguarded(connection):
        grant.update(
            state="withdrawn", withdrawn_at=NOW - timedelta(hours=1), withdrawn_by=people["acme-manager"],
            asked_at=NOW - timedelta(hours=3),
        )  # fmt: skip


PLAIN: Facts = {
    "operator": lambda grant: "Operator",
    "email": lambda grant: "operator@example.com",
    "client": lambda grant: "Acme",
    "organisation": lambda grant: grant.client.public_id,
}
ACCESS = Expected(
    page="/access",
    records=lambda: AccessGrant.objects.filter(client__name="Acme"),
    file={
        **PLAIN,
        "state": lambda grant: "withdrawn",
        "reason": lambda grant: "Support.",
        "days": lambda grant: 30,
        "asked_at": lambda grant: (NOW - timedelta(hours=3)).isoformat(),
        "answered_at": lambda grant: NOW.isoformat(),
        "answered_by": lambda grant: "Acme Admin",
        "ends_at": lambda grant: FAR_AHEAD.isoformat(),
        "withdrawn_at": lambda grant: (NOW - timedelta(hours=1)).isoformat(),
        "withdrawn_by": lambda grant: "Acme Manager",
        "id": lambda grant: grant.public_id,
    },
    api="/api/v1/access-grants",
    fields={
        **PLAIN,
        "id": lambda grant: grant.public_id,
        "state": lambda grant: "withdrawn",
        "reason": lambda grant: "Support.",
        "days": lambda grant: 30,
        "asked_at": lambda grant: NOW - timedelta(hours=3),
        "answered_at": lambda grant: NOW,
        "answered_by": lambda grant: "Acme Admin",
        "ends_at": lambda grant: FAR_AHEAD,
        "withdrawn_at": lambda grant: NOW - timedelta(hours=1),
        "withdrawn_by": lambda grant: "Acme Manager",
    },
    cells={"Operator": "email", "State": "state", "Reason": "reason", "Days": "days", "Answered": "answered_by"},
    page_alone=("Asked", "Ends"),
)
