"""The nights that a reader's mail waits for, and the weekly check of how everything stands."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contracts.models.agreements import Contract
from metrics.models.breaches import Breach
from metrics.models.runs import Run
from metrics.models.verdicts import Standing, Verdict
from metrics.querysets import PARTIES
from metrics.run_failures import failures_of
from metrics.services.nights import latest_night, night_start
from metrics.statuses import LOOKS, label_of
from reports.digests import Figure, Night, Standings, State
from reports.links import link
from reports.models import Message
from reports.readers import Reader, Side
from reports.selecting.verdicts import other_party

# A night that fell due just before the mail hour may still be at work.
PATIENCE = timedelta(hours=1)
# One that an outage delayed is waited for as long as it goes forward, and not for ever.
LONGEST_STEP = timedelta(minutes=10)
LONGEST_CATCH_UP = timedelta(hours=4)
LOOK_BACK = 31
# What a mail named longer ago than this may be named again; no period is longer.
REMEMBERED = timedelta(days=100)
DORMANT_AFTER = timedelta(days=90)
DAY = timedelta(days=1)


def nights_for(reader: Reader, now: datetime) -> list[Night]:
    """Return the latest due night of each zone of the contracts that the reader sees, and for operators of all."""
    contracts = Contract.objects.heads_visible_to(reader.user).in_force(reader.local_date)
    zones = contracts.filter(service_levels__isnull=False).order_by("zone").values_list("zone", flat=True).distinct()
    return [_night(reader, zone, now) for zone in zones]


def _night(reader: Reader, zone: str, now: datetime) -> Night:
    day = latest_night(zone, now)
    runs = list(Run.objects.filter(zone=zone, local_date__lte=day).order_by("-local_date")[:LOOK_BACK])
    finished = [run for run in runs if run.finished_at is not None]
    last_good = next((run.local_date for run in finished if _is_good(reader, run)), None)
    if finished and finished[0].local_date == day:
        run = finished[0]
        state = State.FINISHED if _is_good(reader, run) else State.FAILED
        return Night(zone, day, state, run.finished_at, _failures(reader, run), last_good)
    # A zone whose first night is due has no earlier one to catch up.
    first = finished[0].local_date + DAY if finished else min((run.local_date for run in runs), default=day)
    unfinished = tuple(first + number * DAY for number in range((day - first).days + 1))
    state = State.WAITING if _is_under_way(zone, day, runs, now) else State.MISSING
    return Night(zone, day, state, last_good=last_good, unfinished=unfinished)


def _is_under_way(zone: str, day: date, runs: list[Run], now: datetime) -> bool:
    """Whether a night, or an earlier one before it, began a moment ago or goes forward, as after an outage."""
    began_at = next((run.started_at for run in runs if run.local_date == day), night_start(zone, day))
    goes_forward = any(run.claimed_at and run.claimed_at > now - LONGEST_STEP for run in runs)
    return now < began_at + (LONGEST_CATCH_UP if goes_forward else PATIENCE)


def _is_good(reader: Reader, run: Run) -> bool:
    """Whether a night that finished judged everything; what failed for others alone is no failure of this reader's."""
    if run.state != Run.State.FAILED:
        return True
    return bool(run.failures) and reader.side != Side.OPERATOR and not _failures(reader, run)


def _failures(reader: Reader, run: Run) -> tuple[str, ...]:
    if run.state != Run.State.FAILED:
        return ()
    return tuple(
        f"{failure.named}{f' {failure.level.name}' if failure.level else ''}, {failure.period}: {failure.error}"
        for failure in failures_of(run, principal=reader.user)
    )


def cleared_nights(reader: Reader, nights: Sequence[Night], now: datetime) -> tuple[str, ...]:
    """Return the nights that mails have named as failed, of zones whose latest night has judged everything since."""
    good = {night.zone for night in nights if night.state == State.FINISHED}
    named: set[str] = set()
    mails = Message.objects.sent_or_pending(reader.user, now - REMEMBERED).order_by("queued_at", "pk")
    for facts in mails.values_list("facts", flat=True):
        named = (named | set(facts.get("failed_nights", []))) - set(facts.get("cleared_nights", []))
    return tuple(sorted(name for name in named if name.split()[0] in good))


def is_dormant(reader: Reader) -> bool:
    """Whether nothing that the reader sees was reported for the last 90 days."""
    since = reader.local_date - DORMANT_AFTER
    reported = Verdict.objects.visible_to(reader.user).current().filter(ends_on__gt=since, denominator__isnull=False)
    return not reported.exists()


def weekly_standings(reader: Reader, nights: list[Night], since: datetime) -> Standings:
    contracts = Contract.objects.visible_to(reader.user).in_force(reader.local_date)
    standings = Standing.objects.visible_to(reader.user).filter(service_level__contract__in=contracts)
    by_status: dict[str | None, list[str]] = defaultdict(list)
    rows = standings.values_list("service_level__public_id", "last_closed__status", "last_closed__is_history")
    for level, status, is_history in rows.order_by("service_level__public_id"):
        by_status[None if is_history else status].append(level)
    words: dict[str | None, str] = {status: label_of(status).lower() for status, look in LOOKS.items() if look.glyph}
    words[None] = _("without a closed period")
    everything = [level for levels in by_status.values() for level in levels]
    in_force = ngettext("%s service level in force", "%s service levels in force", len(everything))
    counted = [(everything, in_force)] + [(by_status[status], f"%s {words[status]}") for status in words]
    figures = (Figure(text % len(ids), tuple(ids), link("service-levels")) for ids, text in counted if ids)
    label, url = _longest_open(reader)
    return Standings(reader.day_of(since), _nights_missed(reader, nights, since), label, url, tuple(figures))


def _nights_missed(reader: Reader, nights: list[Night], since: datetime) -> tuple[date, ...]:
    """The nights since the last mail that were not evaluated in every zone."""
    first = reader.day_of(since) + DAY
    wanted = {
        (night.zone, first + number * DAY) for night in nights for number in range((night.local_date - first).days + 1)
    }
    runs = Run.objects.filter(
        zone__in={zone for zone, _day in wanted}, local_date__gte=first, finished_at__isnull=False
    )
    done = set(runs.values_list("zone", "local_date"))
    return tuple(sorted({day for _zone, day in wanted - done}))


def _longest_open(reader: Reader) -> tuple[str, str]:
    breaches = Breach.objects.visible_to(reader.user).open().order_by("opened_at")
    breach = breaches.select_related(*PARTIES).first()
    if breach is None:
        return "", ""
    opened_on = reader.day_of(breach.opened_at)
    days = (reader.local_date - opened_on).days
    label = ngettext("%(ref)s %(party)s, %(days)s day", "%(ref)s %(party)s, %(days)s days", days) % {
        "ref": breach.public_id,
        "party": other_party(reader, breach.service_level.contract),
        "days": days,
    }
    return label, link("breaches", breach.public_id)
