"""How fast one key may write: counted in the database, where neither forged addresses nor other processes matter."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from bpo.drf import Problem
from metrics.models.doors import WriteWindow
from vendors.models import ApiKey

WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of a key's minute is left."""

    limit: int
    remaining: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        window = int(WINDOW.total_seconds())
        return {
            "RateLimit-Policy": f'"default";q={self.limit};w={window}',
            "RateLimit": f'"default";r={self.remaining};t={self.seconds}',
        }


def count_write(key: ApiKey, *, now: datetime) -> Pace:
    """Count one write of a key, or refuse it where its minute is full."""
    limit = settings.API_WRITES_PER_MINUTE
    mine = WriteWindow.objects.filter(api_key=key)
    # Each step is one conditional statement, so that of many requests at once no more than the limit gets through.
    counted = (
        mine.filter(began_at__gt=now - WINDOW, writes__lt=limit).update(writes=F("writes") + 1)
        or mine.filter(began_at__lte=now - WINDOW).update(began_at=now, writes=1)
        or _begin(key, now)
        or mine.filter(began_at__gt=now - WINDOW, writes__lt=limit).update(writes=F("writes") + 1)
    )
    window = mine.get()
    seconds = max(1, int((window.began_at + WINDOW - now).total_seconds() + 0.999))
    pace = Pace(limit, max(0, limit - window.writes), seconds)
    if not counted:
        raise Problem(
            429,
            "too_many_requests",
            _("This key may write %(limit)s times a minute.") % {"limit": limit},
            hint=_("Send more rows in one request; up to 10,000 fit."),
            headers={**pace.headers, "Retry-After": str(seconds)},
        )
    return pace


def _begin(key: ApiKey, now: datetime) -> bool:
    """The first window of a key; False where it has one already."""
    if WriteWindow.objects.filter(api_key=key).exists():
        return False
    try:
        with transaction.atomic():
            WriteWindow.objects.create(api_key=key, began_at=now, writes=1)
    except IntegrityError:
        return False
    return True
