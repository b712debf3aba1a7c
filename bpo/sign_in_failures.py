"""Sign-ins that were refused, in the audit trail of those whose accounts they are.

A page writes the same row in the same time whether the address is known or not. A worker looks whose it is: of a
person's failures since the last look it makes one entry, and strangers' addresses it forgets. What was typed as a
password is nowhere. A flood is bounded by the limits: a locked account, or an address that is stopped, adds no row.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from bpo.audit import acting, record
from bpo.models import AuditEntry, SignInFailure, User

LONGEST_ADDRESS = 254
MOST_AT_ONCE = 5_000


def note_failure(address: str, *, locked_for: timedelta | None = None) -> None:
    """Write that a sign-in was refused: for a wrong password, or as the first one that met a lock."""
    now = timezone.now()
    until = now + locked_for if locked_for is not None else None
    SignInFailure.objects.create(address=address[:LONGEST_ADDRESS], at=now, locked_until=until)


def record_sign_in_failures() -> None:
    """Turn what pages wrote into entries of the audit trail."""
    waiting = SignInFailure.objects.order_by("pk").values_list("address", flat=True)[:MOST_AT_ONCE]
    for address in dict.fromkeys(waiting):
        _record_failures_of(address)


@transaction.atomic
def _record_failures_of(address: str) -> None:
    # Of two workers the second waits here, and finds nothing more.
    failures = list(SignInFailure.objects.select_for_update().filter(address=address).order_by("pk"))
    person = User.objects.filter(email=address).first()
    if person and failures:
        actor = acting(None, AuditEntry.Channel.PAGE, failures[-1].request_id)
        wrong = [failure for failure in failures if not failure.locked_until]
        locks = [failure.locked_until for failure in failures if failure.locked_until]
        if wrong:
            changes = {"wrong_passwords": (None, len(wrong)), "last_at": (None, wrong[-1].at.isoformat("T", "seconds"))}
            record(actor=actor, action="fail_sign_in", thing=person, changes=changes)
        if locks:
            until = max(locks).isoformat("T", "seconds")
            record(actor=actor, action="lock_account", thing=person, changes={"locked_until": (None, until)})
    SignInFailure.objects.filter(pk__in=[failure.pk for failure in failures]).delete()
