"""What a person decides about mails that the desk cannot decide by itself."""

from datetime import datetime

from django.db import transaction

from bpo import audit
from bpo.errors import Refused
from bpo.models import User
from reports.models import Message

State = Message.State


class NothingToResolve(Refused):
    """The mail is neither failed nor in doubt."""

    code = "nothing_to_resolve"


@transaction.atomic
def resend(*, message: Message, actor: User, now: datetime) -> None:
    """Queue a failed or doubtful mail again, with the same Message-ID; a person takes the risk of a second mail."""
    stuck = _locked(message, {State.FAILED, State.IN_DOUBT})
    _move(stuck, State.QUEUED, actor, action="resend_mail", queued_at=now, next_try_at=now, attempts=0)


@transaction.atomic
def confirm_delivery(*, message: Message, actor: User, now: datetime) -> None:
    """A doubtful mail did arrive, as the relay's log or its reader says."""
    _move(_locked(message, {State.IN_DOUBT}), State.SENT, actor, action="confirm_mail", sent_at=now)


def _locked(message: Message, states: set[str]) -> Message:
    row = Message.objects.select_for_update().get(pk=message.pk)
    if row.state not in states:
        raise NothingToResolve(
            f"The mail to {row.recipient} is {row.get_state_display()}: there is nothing to resolve."
        )
    return row


def _move(row: Message, state: str, actor: User, *, action: str, **columns: object) -> None:
    before = row.state
    for name, value in {"state": state, **columns}.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *columns])
    audit.record(actor=actor, action=action, thing=row, changes={"state": (before, state)})
