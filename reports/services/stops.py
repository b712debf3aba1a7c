"""Stops the sending while the mail server, or the desk's account on it, takes no mail; tries after growing pauses."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from bpo.mail import Attempt, Outcome
from reports.models import SendingStop

log = structlog.get_logger(__name__)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_STOP = timedelta(minutes=15)
# Where the texts for so many people in a row are not taken, it is the server's fault.
PEOPLE_IN_A_ROW = 3
TEXT_FAULTS = frozenset({Outcome.TEXT_LATER, Outcome.TEXT_REFUSED, Outcome.IN_DOUBT})


def pause_before_retry(attempts: int, longest: timedelta) -> timedelta:
    """Return one minute, then twice as long each time, up to the longest."""
    doublings: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * doublings, longest)


@dataclass
class Turn:
    """One sender's turn: whether the sending is stopped, and the people whose texts were not taken in a row."""

    is_stopped: bool
    untaken: set[int] = field(default_factory=set)

    def is_over_after(self, attempt: Attempt, *, recipient: int, now: datetime) -> bool:
        """Whether no other mail needs to try after this attempt: that is a stop, and it is recorded."""
        if attempt.outcome is Outcome.SENT:
            self.untaken.clear()
            if self.is_stopped:
                self.resume()
            return False
        if attempt.outcome in TEXT_FAULTS:
            self.untaken.add(recipient)
        most = 1 if self.is_stopped else PEOPLE_IN_A_ROW
        if attempt.outcome is not Outcome.SERVER_FAULT and len(self.untaken) < most:
            return False
        _record_stop(reason=attempt.error, now=now)
        return True

    def resume(self) -> None:
        self.is_stopped = False
        if SendingStop.objects.all().delete()[0]:
            log.info("sending of mails resumed")


def begin_turn(*, now: datetime, at_once: bool) -> Turn | None:
    """Return this sender's turn, or None while the sending is stopped and its next try has not come.

    Of several senders one tries, and the next try comes later.
    """
    stop = SendingStop.objects.first()
    if stop is None:
        return Turn(is_stopped=False)
    due = SendingStop.objects.filter(next_try_at=stop.next_try_at)
    if not at_once:
        due = due.filter(next_try_at__lte=now)
    attempts = stop.attempts + 1
    pause = pause_before_retry(attempts, LONGEST_STOP)
    return Turn(is_stopped=True) if due.update(attempts=attempts, next_try_at=now + pause) else None


def _record_stop(*, reason: str, now: datetime) -> None:
    _stop, is_new = SendingStop.objects.update_or_create(
        pk=1,
        defaults={"reason": reason},
        create_defaults={"reason": reason, "stopped_at": now, "next_try_at": now + FIRST_PAUSE},
    )
    if is_new:
        log.error("sending of mails stopped", reason=reason)
