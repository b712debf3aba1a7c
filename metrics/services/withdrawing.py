"""Provisional verdicts of periods that new terms cut differently: withdrawn, and still readable."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from bpo.models import User
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.verdicts import Verdict, Withdrawal
from metrics.services.breaches import outcome_text
from metrics.services.closing import final_keys
from metrics.services.row_changes import cells_containing
from metrics.services.standings import update_standings
from metrics.services.work_queue import dequeue, enqueue, rows_at
from metrics.timelines import Cell, CellKey, Timeline
from sla.periods import DAY


def withdraw(verdicts: Sequence[Verdict], timelines: Mapping[int, Timeline], *, by: User | None, now: datetime) -> None:
    """Withdraw provisional verdicts whose periods exist no longer, and have their days judged as they are cut now."""
    if not verdicts:
        return
    reason = _("New terms cut this time into other periods.")
    Verdict.objects.filter(pk__in=[verdict.pk for verdict in verdicts]).update(is_current=False)
    Withdrawal.objects.bulk_create(Withdrawal(verdict=verdict, at=now, reason=reason, by=by) for verdict in verdicts)
    keys = {(verdict.service_level_id, verdict.starts_on): verdict for verdict in verdicts}
    dequeue(keys)
    withdraw_breaches(keys, reason, by=by, now=now)
    days: dict[int, list[date]] = defaultdict(list)
    for verdict in verdicts:
        length = (verdict.ends_on - verdict.starts_on).days
        days[verdict.service_level_id] += [verdict.starts_on + DAY * number for number in range(length)]
    cells: dict[CellKey, Cell] = {}
    for pk in days:
        cells |= cells_containing([timelines[pk]], days[pk])
    closed = final_keys(cells.values())
    enqueue([cell for key, cell in cells.items() if key not in closed], now=now)
    update_standings([timelines[pk].service_level for pk in days], now=now)


def withdraw_breaches(verdicts: Mapping[CellKey, Verdict], reason: str, *, by: User | None, now: datetime) -> None:
    """Withdraw the breaches of periods that exist no longer, with the reason on their timelines."""
    for breach in rows_at(Breach.objects.select_for_update(), verdicts):
        verdict = verdicts[breach.service_level_id, breach.starts_on]
        if breach.state == Breach.State.WITHDRAWN:
            continue
        breach.state, breach.closed_at = Breach.State.WITHDRAWN, now
        breach.save(update_fields=["state", "closed_at"])
        text = f"{outcome_text(verdict)}: {reason} " + _("No longer a breach.")
        BreachEvent.objects.create(
            breach=breach, at=now, kind=BreachEvent.Kind.WITHDRAWN, text=text, verdict=verdict, by=by
        )
