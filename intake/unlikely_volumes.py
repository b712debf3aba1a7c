"""Volumes that are far from what a feed had on the same weekday, and days that are only partly there."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.utils.translation import gettext as _

from bpo.fields import MICRO
from bpo.formatting import rounded, show_count, show_day
from contracts.models.service_levels import Feed
from intake.checking import Block
from intake.unlikely import LISTED_NAMES, Unlikely, warn
from metrics.models.results import ContactResult, CountResult
from sla.unlikely_volumes import PartDay, far_volume, lacks_part, part_days

WEEKS = 8
# Of a long file the latest days are compared.
DAYS_COMPARED = 100
HOUR = 60
LENGTHS = {Feed.Schedule.DAILY: 1, Feed.Schedule.WEEKLY: 7}
# Volumes by day and split; of single contacts there is no split.
Volumes = dict[tuple[date, str], Fraction]
FarVolumes = dict[tuple[date, str], tuple[Fraction, Fraction]]


def unlikely_volumes(block: Block, *, of_file: bool, now: datetime) -> list[Unlikely]:
    """Return what is unlikely in the volumes of totals, or of calls in a file: others come one by one all day long."""
    feed, today = block.rules.feed, now.astimezone(block.rules.zone).date()
    if block.is_spanned and feed.schedule in LENGTHS and "numerator" in block.columns:
        return unlikely_totals_of_days(block, today - timedelta(days=LENGTHS[Feed.Schedule(feed.schedule)]))
    if feed.kind == Feed.Kind.CONTACTS and of_file and "occurred_on" in block.columns:
        return unlikely_contacts(block, today - timedelta(days=1))
    return []


def unlikely_totals_of_days(block: Block, latest: date) -> list[Unlikely]:
    """Compare each split of the days or weeks that are over with its own of the weeks before."""
    columns = block.columns
    has_parts = "denominator" in columns and any(columns["denominator"].values)
    volumes = columns["denominator" if has_parts else "numerator"].values
    keys = keys_of(block, "starts_on", "split")
    sent = {key: Fraction(volumes[at], MICRO) for at, key in keys.items() if volumes[at] is not None}
    judged = latest_days((day for day, _split in sent), latest)
    known = stored_totals(block.rules.feed, weeks_before(judged), has_parts=has_parts) | sent
    return warn_of_volumes(block, keys, far_volumes(judged, sent, sent, known))


def unlikely_contacts(block: Block, latest: date) -> list[Unlikely]:
    """Compare each queue of the days of a file with its own of the weeks before, and the hours of the days."""
    keys = keys_of(block, "occurred_on", "queue")
    far, parts = judge_contacts(block.rules.feed, Counter(keys.values()), hours_of(block), latest)
    found = warn_of_volumes(block, keys, far)
    if parts:
        of_parts = {part.day for part in parts}
        positions = [at for at, (day, _queue) in keys.items() if day in of_parts]
        found.append(warn("part_day", block, positions, part_text(block.rules.feed.code, parts, HOUR)))
    return found


def judge_contacts(
    feed: Feed, counts: Mapping[tuple[date, str], int], hours: Mapping[date, Mapping[int, int]], latest: date
) -> tuple[FarVolumes, list[PartDay]]:
    """Return which volumes of days and queues are far from the usual ones, and which days are only partly there."""
    sent = {key: Fraction(count) for key, count in counts.items()}
    judged = latest_days((day for day, _queue in sent), latest)
    stored = stored_contacts(feed, judged | weeks_before(judged))
    # The file may bring what is stored once more, or what it lacks.
    least = {key: max(count, stored.get(key, Fraction(0))) for key, count in sent.items()}
    most = {key: count + stored.get(key, Fraction(0)) for key, count in sent.items()}
    known = stored | least
    queues, days = {queue for _day, queue in sent}, {day for day, _queue in stored}
    parts = [part for part in parts_of(hours, ZoneInfo(feed.contract.zone)) if part.day in judged - days]
    return far_volumes(judged, least, most, known), sure_parts(parts, by_day(known, queues))


def keys_of(block: Block, day: str, part: str) -> dict[int, tuple[date, str]]:
    """Return the day and the split or queue of each row, by its position."""
    days = block.columns[day].values
    parts = block.columns[part].values if part in block.columns else [""] * len(days)
    dates = {each: date.fromisoformat(str(each)) for each in set(days) if each is not None}
    rows = enumerate(zip(days, parts, strict=True))
    # A row that takes a result back may have no day.
    return {at: (dates[day], part or "") for at, (day, part) in rows if at not in block.voids}


def by_day(volumes: Volumes, splits: Collection[str]) -> dict[date, Fraction]:
    days: dict[date, Fraction] = defaultdict(Fraction)
    for (day, split), volume in volumes.items():
        if split in splits:
            days[day] += volume
    return days


def far_volumes(judged: Collection[date], least: Volumes, most: Volumes, known: Volumes) -> FarVolumes:
    """Return the volumes that are far from those of their weekday, which lie between two bounds, and the usual ones."""
    far = {}
    for (day, split), volume in sorted(least.items()):
        before = [known[key] for each in weeks_before([day]) if (key := (each, split)) in known]
        if day in judged and (usual := far_volume(volume, most[day, split], before)) is not None:
            far[day, split] = volume if volume > usual else most[day, split], usual
    return far


def hours_of(block: Block) -> dict[date, dict[int, int]]:
    """Return the contacts by local day and by the minute of the day at which each hour begins."""
    cells = block.columns["occurred_at"].values
    counts = Counter(str(cell)[:13] for at, cell in enumerate(cells) if at not in block.voids)
    days: dict[date, dict[int, int]] = defaultdict(dict)
    for hour, count in counts.items():
        at = datetime.fromisoformat(f"{hour}:00").replace(tzinfo=UTC).astimezone(block.rules.zone)
        hours = days[at.date()]
        hours[HOUR * at.hour] = hours.get(HOUR * at.hour, 0) + count
    return days


def latest_days(days: Iterable[date], latest: date) -> set[date]:
    return set(sorted({day for day in days if day <= latest})[-DAYS_COMPARED:])


def weeks_before(days: Iterable[date]) -> set[date]:
    return {day - timedelta(weeks=weeks) for day in days for weeks in range(1, WEEKS + 1)}


def sure_parts(parts: Iterable[PartDay], known: Mapping[date, Fraction]) -> list[PartDay]:
    """Return the days that are surely cut, and those that lack a part of what their weekday had before."""
    return [
        part
        for part in parts
        if part.is_sure or lacks_part(known[part.day], [known[day] for day in weeks_before([part.day]) if day in known])
    ]


def stored_totals(feed: Feed, days: Collection[date], *, has_parts: bool) -> Volumes:
    rows = CountResult.objects.filter(feed=feed, starts_on__in=days).order_by()
    values = rows.values_list("starts_on", "split", "denominator" if has_parts else "numerator")
    return {(day, split): Fraction(volume) for day, split, volume in values if volume is not None}


def stored_contacts(feed: Feed, days: Collection[date]) -> Volumes:
    rows = ContactResult.objects.filter(feed=feed, occurred_on__in=days).order_by()
    counts = rows.values_list("occurred_on", "queue").annotate(Count("pk"))
    return {(day, queue): Fraction(count) for day, queue, count in counts}


def parts_of(days: Mapping[date, Mapping[int, int]], zone: ZoneInfo) -> list[PartDay]:
    """Return the days that are partly there; the hour that the clock skips in spring is not missing."""
    parts = (
        replace(part, missing=tuple(start for start in part.missing if not is_skipped(part.day, start, zone)))
        for part in part_days(days)
    )
    return [part for part in parts if part.missing]


def is_skipped(day: date, minute: int, zone: ZoneInfo) -> bool:
    at = datetime.combine(day, time(minute // HOUR, minute % HOUR), zone)
    return at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at.replace(tzinfo=None)


def part_text(name: str, parts: Sequence[PartDay], step: int) -> str:
    """Return `VOICE: Sun 22 Nov 2026 has nothing from 10:00 to 12:00.`"""
    text = _("%(day)s has nothing from %(hours)s")
    days = [text % {"day": show_day(each.day), "hours": hours_text(each.missing, step)} for each in parts]
    return _("%(name)s: %(days)s.") % {"name": name, "days": listed(days)}


def hours_text(starts: Sequence[int], step: int) -> str:
    """Return `10:00 to 12:00` for spans of some minutes, with each row of them."""
    begins = [start for start in starts if start - step not in starts]
    ends = [start + step for start in starts if start + step not in starts]
    clocks = [[f"{minute // HOUR:02}:{minute % HOUR:02}" for minute in pair] for pair in zip(begins, ends, strict=True)]
    return ", ".join(_("%(begin)s to %(end)s") % {"begin": begin, "end": end} for begin, end in clocks)


def warn_of_volumes(block: Block, keys: Mapping[int, tuple[date, str]], far: FarVolumes) -> list[Unlikely]:
    """Return the warning about volumes that are far from the usual ones; none if there are none."""
    if not far:
        return []
    positions = [at for at, key in keys.items() if key in far]
    return [warn("unusual_volume", block, positions, volume_text(block.rules.feed.code, far))]


def volume_text(name: str, far: FarVolumes) -> str:
    """Return `VOICE is far from what it had on the same weekday: 12 on Mon 2 Nov 2026, usually about 340.`"""
    text = _("%(volume)s on %(day)s, usually about %(usual)s")
    days = [
        text
        % {
            "volume": show_count(volume),
            "day": f"{show_day(day)} (“{split}”)" if split else show_day(day),
            "usual": show_count(rounded(usual, 0)),
        }
        for (day, split), (volume, usual) in far.items()
    ]
    details = {"feed": name, "days": listed(days)}
    return _("%(feed)s is far from what it had on the same weekday: %(days)s.") % details


def listed(days: Sequence[str]) -> str:
    """Return the first days, and how many more there are."""
    left = len(days) - LISTED_NAMES
    more = _("and %(number)s more") % {"number": left}
    return "; ".join([*days[:LISTED_NAMES], *([more] if left > 0 else [])])
