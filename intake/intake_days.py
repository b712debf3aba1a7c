"""What came in, by sender and day: received = new + superseded + unchanged + refused, with nothing left over."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate

from bpo.models import User
from intake.models.replies import RefusedIntake
from metrics.models.results import Batch
from vendors.models import ApiKey

SENDER = ("api_key", "sent_by")
COUNTED = ("received", "new", "superseded", "unchanged", "rejected")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent: a key or a person, each by its row; a key before a person."""

    api_key: int | None
    sent_by: int | None


@dataclass(frozen=True, slots=True)
class DayAccount:
    """One sender's day, in UTC: how many requests it made that were no dry runs, and what became of their rows."""

    on: date
    sender: Sender
    requests: int = 0
    received: int = 0
    new: int = 0
    superseded: int = 0
    unchanged: int = 0
    refused: int = 0
    names: dict[str, str] = field(default_factory=dict)


def note_refused(key: ApiKey, *, rows: int, now: datetime) -> None:
    """Count one request of which nothing was stored; the first of a day makes its row."""
    on = now.astimezone(UTC).date()
    mine = RefusedIntake.objects.filter(api_key=key, on=on)
    if mine.update(requests=F("requests") + 1, rows=F("rows") + rows):
        return
    try:
        with transaction.atomic():
            RefusedIntake.objects.create(api_key=key, on=on, requests=1, rows=rows)
    except IntegrityError:
        mine.update(requests=F("requests") + 1, rows=F("rows") + rows)


def day_accounts(principal: Any, *, from_day: date, to_day: date) -> list[DayAccount]:
    """The accounts of all senders that somebody may see, the latest day first; `to_day` is the day after the last."""
    accounts: dict[tuple[date, Sender], DayAccount] = {}
    began, ended = (datetime.combine(day, time(), tzinfo=UTC) for day in (from_day, to_day))
    batches = Batch.objects.visible_to(principal).filter(received_at__gte=began, received_at__lt=ended)
    sums = {name: Sum(f"rows_{name}") for name in COUNTED}
    by_day = batches.order_by().annotate(on=TruncDate("received_at", tzinfo=UTC)).values("on", *SENDER)
    for row in by_day.annotate(requests=Count("pk"), **sums):
        sender = Sender(row["api_key"], row["sent_by"])
        counts = {name: row[name] for name in COUNTED if name != "rejected"}
        accounts[row["on"], sender] = DayAccount(
            row["on"], sender, requests=row["requests"], refused=row["rejected"], **counts
        )
    refused = RefusedIntake.objects.visible_to(principal).filter(on__gte=from_day, on__lt=to_day)
    for row in refused.values("on", "requests", "rows", "api_key"):
        sender = Sender(row["api_key"], None)
        known = accounts.get((row["on"], sender), DayAccount(row["on"], sender))
        accounts[row["on"], sender] = replace(
            known,
            requests=known.requests + row["requests"],
            received=known.received + row["rows"],
            refused=known.refused + row["rows"],
        )
    return _named(accounts.values())


def last_days(now: datetime, days: int) -> tuple[date, date]:
    """So many days up to today, which is one of them, in UTC."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return tomorrow - timedelta(days=days), tomorrow


def _named(accounts: Iterable[DayAccount]) -> list[DayAccount]:
    """With the senders' names, in order."""
    rows = list(accounts)
    keys = ApiKey.objects.in_bulk({row.sender.api_key for row in rows if row.sender.api_key})
    people = User.objects.in_bulk({row.sender.sent_by for row in rows if row.sender.sent_by})
    named = []
    for row in rows:
        key, person = keys.get(row.sender.api_key), people.get(row.sender.sent_by)
        names = {"key": key.public_id, "sent_by": key.name} if key else {"key": "", "sent_by": str(person)}
        named.append(replace(row, names=names))
    return sorted(named, key=lambda row: (-row.on.toordinal(), row.names["sent_by"], row.names["key"]))
