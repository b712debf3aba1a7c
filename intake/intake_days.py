"""What came in, by sender and day: received = new + superseded + unchanged + refused, with nothing left over."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate

from bpo.models import User
from intake.models.replies import RefusedIntake
from metrics.models.results import Batch
from vendors.models import ApiKey


@dataclass
class DayAccount:
    """One sender's day, in UTC: how many requests it made that were no dry runs, and what became of their rows.

    `key` is the public id of the key that sent, empty for a person.
    """

    on: date
    requests: int = 0
    received: int = 0
    new: int = 0
    superseded: int = 0
    unchanged: int = 0
    refused: int = 0
    key: str = ""
    sent_by: str = ""


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


def day_accounts(principal: object, *, from_day: date, to_day: date) -> list[DayAccount]:
    """The accounts of all senders that somebody may see, the latest day first; `to_day` is the day after the last."""
    accounts: dict[tuple[date, int | None, int | None], DayAccount] = {}
    began, ended = (datetime.combine(day, time(), tzinfo=UTC) for day in (from_day, to_day))
    batches = Batch.objects.visible_to(principal).filter(received_at__gte=began, received_at__lt=ended)
    sums = {name: Sum(f"rows_{name}") for name in ("received", "new", "superseded", "unchanged")}
    by_day = batches.order_by().annotate(on=TruncDate("received_at", tzinfo=UTC)).values("on", "api_key", "sent_by")
    for row in by_day.annotate(requests=Count("pk"), refused=Sum("rows_rejected"), **sums):
        key, person = row.pop("api_key"), row.pop("sent_by")
        accounts[row["on"], key, person] = DayAccount(**row)
    refused = RefusedIntake.objects.visible_to(principal).filter(on__gte=from_day, on__lt=to_day)
    for on, key, requests, rows in refused.values_list("on", "api_key", "requests", "rows"):
        account = accounts.setdefault((on, key, None), DayAccount(on))
        account.requests += requests
        account.received += rows
        account.refused += rows
    keys = ApiKey.objects.in_bulk({key for _on, key, _person in accounts if key})
    people = User.objects.in_bulk({person for _on, _key, person in accounts if person})
    for (_on, key, person), account in accounts.items():
        account.key = keys[key].public_id if key in keys else ""
        account.sent_by = keys[key].name if key in keys else str(people.get(person))
    return sorted(accounts.values(), key=lambda row: (-row.on.toordinal(), row.sent_by, row.key))


def last_days(now: datetime, days: int) -> tuple[date, date]:
    """So many days up to today, which is one of them, in UTC."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return tomorrow - timedelta(days=days), tomorrow
