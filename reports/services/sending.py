"""Sends queued mails: claimed and committed first, sent outside any transaction, then marked.

Where the outcome is unknown the mail is *in doubt*, and a person decides.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F

from bpo import audit
from bpo.errors import Refused
from bpo.mail import Attempt, Mailer, Outcome, StaleClaim, build_mail, desk_host
from bpo.models import User
from metrics.models.breaches import Breach, BreachEvent
from metrics.querysets import PARTIES
from reports.models import Message
from reports.subscriptions import Subscription, unsubscribe_link

State = Message.State
# Which switch stops which mail; what has none here is not stopped by a link.
SUBSCRIPTIONS: dict[str, Subscription] = {
    Message.Kind.DIGEST: Subscription.DIGEST,
    Message.Kind.RUN_FAILED: Subscription.DIGEST,
    Message.Kind.REMINDER: Subscription.REMINDER,
}
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
IN_DOUBT_AFTER = timedelta(minutes=15)
# One task sends for so long at most; the next one continues.
TASK_TIME = timedelta(seconds=40)
MOST_PER_TASK = 500
NOT_ENTITLED = "The reader may no longer see what this mail names."


def send_due(*, clock: Callable[[], datetime]) -> Counter[str]:
    """Send due mails, the longest waiting first. Returns how many ended with each outcome."""
    begun = clock()
    outcomes: Counter[str] = Counter({Outcome.IN_DOUBT: mark_abandoned_in_doubt(now=begun)})
    with closing(Mailer()) as mailer:
        for pk in list(Message.objects.due(begun).values_list("pk", flat=True)[:MOST_PER_TASK]):
            outcome = send_message(pk=pk, mailer=mailer, now=clock())
            if outcome is not None:
                outcomes[outcome] += 1
            if outcome is Outcome.NO_SERVER or clock() - begun > TASK_TIME:
                break
    return +outcomes


def send_message(*, pk: int, mailer: Mailer, now: datetime) -> Outcome | None:
    """Send one mail. None where another sender has it, or took it over meanwhile."""
    queued = Message.objects.filter(pk=pk, state=State.QUEUED, next_try_at__lte=now)
    if not queued.update(state=State.CLAIMED, claimed_at=now, attempts=F("attempts") + 1):
        return None
    message = Message.objects.select_related("recipient").get(pk=pk)
    if not is_still_entitled(message):
        return record_attempt(message=message, attempt=Attempt(Outcome.REFUSED, NOT_ENTITLED), now=now)
    try:
        attempt = mailer.send(build_message(message), ask=partial(check_claim, pk, now))
    except StaleClaim:
        return None
    return record_attempt(message=message, attempt=attempt, now=now)


def record_attempt(*, message: Message, attempt: Attempt, now: datetime) -> Outcome:
    """Record the outcome of an attempt; a sent mail is added to the timeline of each breach that it names."""
    claimed = Message.objects.filter(pk=message.pk, claimed_at=message.claimed_at)
    if attempt.outcome is Outcome.SENT:
        with transaction.atomic():
            mine = claimed.filter(state__in=[State.CLAIMED, State.IN_DOUBT])
            if mine.update(state=State.SENT, sent_at=now, last_error=""):
                _note_on_breaches(message, now)
        return attempt.outcome
    changes: dict[str, object] = {"state": State.QUEUED, "next_try_at": now + pause_before_retry(message.attempts)}
    if attempt.outcome is Outcome.IN_DOUBT:
        changes = {"state": State.IN_DOUBT}
    elif attempt.outcome is Outcome.REFUSED or now - message.queued_at >= GIVE_UP_AFTER:
        changes = {"state": State.FAILED}
    claimed.filter(state=State.CLAIMED).update(last_error=attempt.error, **changes)
    return attempt.outcome


def pause_before_retry(attempts: int) -> timedelta:
    """Return one minute, then twice as long each time, up to an hour."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 10), LONGEST_PAUSE)


def mark_abandoned_in_doubt(*, now: datetime) -> int:
    """Mark mails whose sender died half-way: perhaps sent, perhaps not. A person decides; nothing resends them."""
    abandoned = Message.objects.filter(state=State.CLAIMED, claimed_at__lt=now - IN_DOUBT_AFTER)
    return abandoned.update(state=State.IN_DOUBT, last_error="The sender stopped before the server answered.")


def check_claim(pk: int, claimed_at: datetime) -> None:
    """Raise StaleClaim where another sender has taken the mail over."""
    if not Message.objects.filter(pk=pk, state=State.CLAIMED, claimed_at=claimed_at).exists():
        raise StaleClaim


def is_still_entitled(message: Message) -> bool:
    """Whether the recipient still has the access that the mail was written for."""
    reader = message.recipient
    if not reader.is_active:
        return False
    return reader.is_operator_admin or set(message.facts.get("organisations", [])) <= set(reader.roles)


def build_message(message: Message) -> EmailMultiAlternatives:
    """Return the row as a mail, with list headers, so that machines do not answer it."""
    headers = {"List-ID": f"BPO desk <nightly.{desk_host()}>"}
    subscription = SUBSCRIPTIONS.get(message.kind)
    if subscription and not message.recipient.is_operator_admin:
        headers["List-Unsubscribe"] = f"<{unsubscribe_link(message.recipient, subscription)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return build_mail(
        to=message.recipient.email,
        subject=message.subject,
        text=message.text,
        html=message.html,
        message_id=message.message_id,
        headers=headers,
    )


def _note_on_breaches(message: Message, now: datetime) -> None:
    """A line on the timeline of each breach that the mail names, for the recipient's own side; operators have none."""
    breaches = Breach.objects.visible_to(message.recipient).filter(pk__in=message.facts.get("breaches", []))
    BreachEvent.objects.bulk_create(
        BreachEvent(
            breach_id=pk,
            at=now,
            kind=BreachEvent.Kind.MAIL,
            text=f"E-mail to {message.recipient}",
            internal_to_id=client if client in message.recipient.roles else vendor,
        )
        for pk, client, vendor in breaches.values_list("pk", *PARTIES)
        if {client, vendor} & set(message.recipient.roles)
    )


class NothingToResolve(Refused):
    """The mail is neither failed nor in doubt."""

    code = "nothing_to_resolve"


@transaction.atomic
def resend(*, message: Message, actor: User, now: datetime) -> None:
    """Queue a failed or doubtful mail again, with the same Message-ID; a person takes the risk of a second mail."""
    columns = {"state": State.QUEUED, "queued_at": now, "next_try_at": now, "attempts": 0}
    _resolve(message, {State.FAILED, State.IN_DOUBT}, columns, actor, action="resend_mail")


@transaction.atomic
def confirm_delivery(*, message: Message, actor: User, now: datetime) -> None:
    """A doubtful mail did arrive, as the relay's log or its reader says."""
    _resolve(message, {State.IN_DOUBT}, {"state": State.SENT, "sent_at": now}, actor, action="confirm_mail")


def _resolve(message: Message, states: set[str], columns: dict[str, object], actor: User, *, action: str) -> None:
    """Set the columns of a mail in one of these states. Raises NothingToResolve where it is in another."""
    row = Message.objects.select_for_update().get(pk=message.pk)
    if row.state not in states:
        raise NothingToResolve(
            f"The mail to {row.recipient} is {row.get_state_display()}: there is nothing to resolve."
        )
    before = row.state
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
    audit.record(actor=actor, action=action, thing=row, changes={"state": (before, row.state)})
