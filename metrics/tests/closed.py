"""Months that are judged and closed, and corrections that come too late: for tests of what comes after closing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from contracts.services import service_levels
from metrics.models.results import Batch, CountResult, SupersededResult
from metrics.models.verdicts import Verdict
from metrics.services.amending import amend
from metrics.services.nights import run_night
from metrics.services.row_changes import RowChange, touch_cells
from metrics.tests.worlds import month, receive

NOW = datetime(2025, 6, 20, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
MARCH = date(2025, 3, 1)


def close(level, *numerators, of=100):
    """The months of the year with these numbers, judged and closed."""
    rows = [month(date(2025, number, 1), value, of) for number, value in enumerate(numerators, start=1)]
    receive(level.feed, rows, at=NOW - timedelta(days=2))
    run_night(zone="Europe/Berlin", local_date=date(2025, 6, 19), now=NOW - timedelta(days=1))


def correct(level, first, numerator, *, at=NOW, reason="counted wrongly"):
    """A correction as intake writes it: the old content is kept, the row replaced, and the change listed."""
    row = CountResult.objects.get(feed=level.feed, starts_on=first, split="")
    batch = Batch.objects.create(
        vendor=level.contract.vendor, channel="api", media_type="application/json", received_at=at, rows_received=1,
        rows_new=0, rows_superseded=1, rows_unchanged=0, sha256="0" * 64,
    )  # fmt: skip
    content = {"starts_on": str(row.starts_on), "ends_on": str(row.ends_on),
               "numerator": str(row.numerator), "denominator": str(row.denominator)}  # fmt: skip
    SupersededResult.objects.create(feed=level.feed, key=row.key, revision=row.revision, content=content,
                                    batch_id=row.batch_id, superseded_by=batch, superseded_at=at)  # fmt: skip
    CountResult.objects.filter(pk=row.pk).delete()
    row.pk, row.numerator, row.batch, row.revision = None, Decimal(numerator), batch, row.revision + 1
    row.save(force_insert=True)
    return touch_cells(feed=level.feed, rows=[RowChange(row.key, frozenset([first]), reason)], batch=batch, now=at)


def current(level, label="2025-03"):
    return Verdict.objects.current().get(service_level=level, period_label=label)


def set_terms(*, service_level, by, now, reason="", **terms):
    """The terms that an amendment brings one service level, perhaps from a past date on."""

    def act():
        return service_level.contract, service_levels.set_terms(actor=by, service_level=service_level, **terms)

    return amend(act=act, reason=reason, by=by, now=now)
