"""Sends queued mails: claimed and committed first, sent outside any transaction, then marked.

Where the outcome is unknown the mail is *in doubt*, and a person decides. A mail fails only by its own fault: its
recipient is refused, or its text while the server takes the texts of others.
"""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F

from bpo import audit
from bpo.errors import Refused
from bpo.mail import Attempt, Mailer, Outcome, StaleClaim, build_mail, desk_host
from bpo.models import Role, User
from bpo.tracing import HEADER
from metrics.models.breaches import Breach, BreachEvent
from metrics.querysets import PARTIES
from reports.links import RESET_LINK_MARK, reset_link
from reports.models import Message
from reports.services.passwords import LINK_WITHIN
from reports.services.stops import begin_turn, pause_before_retry
from reports.subscriptions import Subscription, unsubscribe_link

log = structlog.get_logger(__name__)
State = Message.State
# Which switch stops which mail; what has none here is not stopped by a link.
SUBSCRIPTIONS: dict[str, Subscription] = {
    Message.Kind.DIGEST: Subscription.DIGEST,
    Message.Kind.RUN_FAILED: Subscription.DIGEST,
    Message.Kind.REMINDER: Subscription.REMINDER,
}
LONGEST_PAUSE = timedelta(hours=1)
# With the pauses between them some 24 hours.
MOST_ATTEMPTS = 30
IN_DOUBT_AFTER = timedelta(minutes=15)
# One task sends for so long at most; the next one continues.
TASK_TIME = timedelta(seconds=40)
MOST_PER_TASK = 500
EVENTS = {
    State.QUEUED: (logging.INFO, "mail not taken yet"),
    State.FAILED: (logging.ERROR, "mail failed"),
    State.IN_DOUBT: (logging.ERROR, "mail in doubt"),
}
NOT_ENTITLED = "The reader may no longer see what this mail names."
ASKED_LONG_AGO = "The link was asked for more than an hour ago."


def send_due(*, clock: Callable[[], datetime], by_hand: bool = False) -> Counter[str]:
    """Send due mails, the longest waiting first. Returns how many ended with each outcome.

    While the sending is stopped one mail tries at a time; by hand it tries at once.
    """
    begun = clock()
    outcomes: Counter[str] = Counter({Outcome.IN_DOUBT: mark_abandoned_in_doubt(now=begun)})
    turn = begin_turn(now=begun, at_once=by_hand)
    if turn is None:
        return +outcomes
    due = list(Message.objects.due(begun).values_list("pk", "recipient")[:MOST_PER_TASK])
    with closing(Mailer()) as mailer:
        for pk, recipient in due:
            attempt = send_message(pk=pk, mailer=mailer, now=clock(), is_probe=turn.is_stopped)
            if attempt is None:
                continue
            outcomes[attempt.outcome] += 1
            if turn.is_over_after(attempt, recipient=recipient, now=clock()):
                return +outcomes
            if clock() - begun > TASK_TIME:
                break
    # Every due mail met an answer of its own, or none waits.
    if turn.is_stopped and (due or not Message.objects.filter(state=State.QUEUED).exists()):
        turn.resume()
    return +outcomes


def send_message(*, pk: int, mailer: Mailer, now: datetime, is_probe: bool = False) -> Attempt | None:
    """Send one mail. None where another sender has it, or took it over meanwhile.

    A probe is sent while the sending is stopped: that it is not taken says nothing of this mail.
    """
    queued = Message.objects.filter(pk=pk, state=State.QUEUED, next_try_at__lte=now)
    message = queued.select_related("recipient").first()
    if message is None or not queued.update(state=State.CLAIMED, claimed_at=now, attempts=F("attempts") + 1):
        return None
    tried_before, message.claimed_at, message.attempts = message.claimed_at, now, message.attempts + 1
    if reason := why_withdrawn(message, now):
        attempt = Attempt(Outcome.WITHDRAWN, reason)
    else:
        try:
            attempt = mailer.send(build_message(message), ask=partial(check_claim, pk, now))
        except StaleClaim:
            return None
    if is_probe and attempt.outcome in {Outcome.TEXT_LATER, Outcome.TEXT_REFUSED}:
        attempt = replace(attempt, outcome=Outcome.SERVER_FAULT)
    record_attempt(message=message, attempt=attempt, tried_before=tried_before, now=now)
    return attempt


def record_attempt(*, message: Message, attempt: Attempt, tried_before: datetime | None, now: datetime) -> None:
    """Record the outcome of an attempt; a sent mail is added to the timeline of each breach that it names."""
    claimed = Message.objects.filter(pk=message.pk, claimed_at=message.claimed_at)
    if attempt.outcome is Outcome.SENT:
        with transaction.atomic():
            mine = claimed.filter(state__in=[State.CLAIMED, State.IN_DOUBT])
            is_mine = bool(mine.update(state=State.SENT, sent_at=now, last_error=""))
            if is_mine:
                _note_on_breaches(message, now)
        if is_mine:
            log.info("mail sent", **facts_of(message))
        return
    changes = _columns_after(attempt, message, tried_before, now)
    if claimed.filter(state=State.CLAIMED).update(last_error=attempt.error, **changes):
        level, event = EVENTS[State(str(changes["state"]))]
        log.log(level, event, **facts_of(message), error=attempt.error)


def facts_of(message: Message) -> dict[str, object]:
    """Return what names a mail in the log, and the request or task that queued it; nothing of its content."""
    named = {"message": message.pk, "message_id": message.message_id, "kind": message.kind}
    return {**named, "recipient": message.recipient_id, "attempts": message.attempts, "request_id": message.request_id}


def _columns_after(
    attempt: Attempt, message: Message, tried_before: datetime | None, now: datetime
) -> dict[str, object]:
    """What an attempt that did not succeed changes of a mail."""
    if attempt.outcome is Outcome.IN_DOUBT:
        return {"state": State.IN_DOUBT}
    if attempt.outcome in {Outcome.REFUSED, Outcome.WITHDRAWN}:
        return {"state": State.FAILED}
    if attempt.outcome is Outcome.SERVER_FAULT:
        # Behind those that wait, so that no single mail holds up the rest for ever.
        return {"state": State.QUEUED, "next_try_at": now, "attempts": F("attempts") - 1}
    # Whose fault it is shows where the server has taken another mail since.
    is_final = attempt.outcome is Outcome.TEXT_REFUSED or message.attempts >= MOST_ATTEMPTS
    if is_final and Message.objects.takes_since(tried_before):
        return {"state": State.FAILED}
    return {"state": State.QUEUED, "next_try_at": now + pause_before_retry(message.attempts, LONGEST_PAUSE)}


def mark_abandoned_in_doubt(*, now: datetime) -> int:
    """Mark mails whose sender died half-way: perhaps sent, perhaps not. A person decides; nothing resends them."""
    abandoned = Message.objects.filter(state=State.CLAIMED, claimed_at__lt=now - IN_DOUBT_AFTER)
    error, total = "The sender stopped before the server answered.", 0
    for message in list(abandoned):
        mine = abandoned.filter(pk=message.pk, claimed_at=message.claimed_at)
        if mine.update(state=State.IN_DOUBT, last_error=error):
            log.error("mail in doubt", **facts_of(message), error=error)
            total += 1
    return total


def check_claim(pk: int, claimed_at: datetime) -> None:
    """Raise StaleClaim where another sender has taken the mail over."""
    if not Message.objects.filter(pk=pk, state=State.CLAIMED, claimed_at=claimed_at).exists():
        raise StaleClaim


def why_withdrawn(message: Message, now: datetime) -> str:
    """Return why a mail must not leave any more, or nothing."""
    if message.kind == Message.Kind.RESET and now - message.queued_at > LINK_WITHIN:
        return ASKED_LONG_AGO
    return "" if is_still_entitled(message) else NOT_ENTITLED


def is_still_entitled(message: Message) -> bool:
    """Whether the recipient still has the access that the mail was written for."""
    reader = message.recipient
    if not reader.is_active:
        return False
    named = set(message.facts.get("organisations", []))
    if reader.has_role(Role.OPERATOR_ADMIN):
        return named <= reader.reach.organisations
    is_for_operators = not named and message.kind in {Message.Kind.ALARM, Message.Kind.RUN_FAILED}
    return not is_for_operators and named <= set(reader.roles)


def build_message(message: Message) -> EmailMultiAlternatives:
    """Return the row as a mail, with list headers, so that machines do not answer it."""
    headers = {"List-ID": f"BPO desk <nightly.{desk_host()}>"}
    subscription = SUBSCRIPTIONS.get(message.kind)
    if subscription and not message.recipient.is_operator_admin:
        headers["List-Unsubscribe"] = f"<{unsubscribe_link(message.recipient, subscription)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    text, html = message.text, message.html
    if message.kind == Message.Kind.RESET:
        link = reset_link(message.recipient)
        text, html = (part.replace(RESET_LINK_MARK, link) for part in (text, html))
    return build_mail(
        to=message.recipient.email,
        subject=message.subject,
        text=text,
        html=html,
        message_id=message.message_id,
        headers=headers | ({HEADER: message.request_id} if message.request_id else {}),
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


class NotEntitled(Refused):
    """The recipient may not have the mail any more."""

    code = "not_entitled"


@transaction.atomic
def resend(*, message: Message, actor: User, now: datetime) -> None:
    """Queue a failed or doubtful mail again, with the same Message-ID; a person takes the risk of a second mail."""
    columns = {"state": State.QUEUED, "queued_at": now, "next_try_at": now, "attempts": 0}
    if not is_still_entitled(message):
        raise NotEntitled(f"{message.recipient} gets no mail again: {NOT_ENTITLED}")
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
