"""The parts of a large file beside each other: what stands in it twice, and what is true of it as a whole."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bpo.size_limits import FILE_ROWS
from contracts.models.service_levels import Feed
from intake.files.claims import held
from intake.files.parts.contents import digests_of, sheet_of
from intake.files.parts.outcomes import LISTED, kept_question, outcome_of
from intake.files.parts.reading import Clock, set_outcome
from intake.files.workbooks import too_many_rows
from intake.models.large_imports import ImportPart, Json, LargeImport
from intake.unlikely import Unlikely
from intake.unlikely_volumes import HOUR, judge_contacts, part_text, volume_text
from metrics.services.row_changes import cells_touched

LEVELS_NAMED = 20


def compare(large: LargeImport, *, clock: Clock) -> None:
    """Refuse rows that stand in an earlier part already, and say what the whole file would do."""
    summaries = large.parts.values_list("summary", flat=True)
    if large.parts.count() > 1 and any(summary["has_totals"] for summary in summaries.iterator()):
        raise too_many_rows(FILE_ROWS, hint=_("Of totals and nil reports one file takes so many."))
    if large.summary.get("is_outdated"):
        for part in parts_of(large):
            _check_again(large, part, clock)
    _refuse_repeated(large, clock)
    preview = _preview(large, clock())
    with held(large, now=clock()):
        large.summary["preview"] = preview
        large.summary.pop("is_outdated", None)
        large.step = LargeImport.Step.PREVIEW


def _refuse_repeated(large: LargeImport, clock: Clock) -> None:
    repeated = _digests_in_several(large)
    first_lines: dict[int, int] = {}
    for part in parts_of(large) if repeated else ():
        digests = digests_of(part)
        places = [place for place, digest in enumerate(digests) if digest in repeated]
        lines = sheet_of(part).lines or []
        part.repeated = {str(place): first_lines[digests[place]] for place in places if digests[place] in first_lines}
        first_lines |= {digests[place]: lines[place] for place in places if digests[place] not in first_lines}
        if part.repeated:
            _check_again(large, part, clock)


def _check_again(large: LargeImport, part: ImportPart, clock: Clock) -> None:
    imported, now = large.imported, clock()
    sheet = sheet_of(part)
    outcome = outcome_of(sheet, imported.vendor, imported.uploaded_by, reason=imported.reason, now=now)
    set_outcome(part, outcome, is_whole="volumes" not in part.summary, now=now)
    with held(large, now=clock()):
        part.save()


def parts_of(large: LargeImport) -> Iterator[ImportPart]:
    """Give the parts in their order, one at a time."""
    for pk in list(large.parts.order_by("number").values_list("pk", flat=True)):
        yield ImportPart.objects.get(pk=pk)


def _digests_in_several(large: LargeImport) -> set[int]:
    """Return the digests of keys that stand in several parts; each part has a key once."""
    parts = large.parts.order_by("number").only("keys")
    digests = [array("Q", sorted(filter(None, digests_of(part)))) for part in parts.iterator(chunk_size=10)]
    return {digest for digest, same in groupby(merge(*digests)) if next(same) and next(same, None)}


def _preview(large: LargeImport, now: datetime) -> Json:
    """Add up what the parts say."""
    counts: Counter[str] = Counter()
    found: Json = {"wrong": [], "errors": 0, "changed": []}
    questions = list(large.summary["questions"])
    days: dict[int, set[date]] = defaultdict(set)
    volumes: dict[int, Counter[tuple[date, str]]] = defaultdict(Counter)
    hours: dict[int, dict[date, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for summary in large.parts.order_by("number").values_list("summary", flat=True).iterator():
        counts.update(summary["counts"])
        found["errors"] += summary["errors"]
        for name in ("wrong", "changed"):
            found[name] += summary[name][: LISTED - len(found[name])]
        questions += summary["questions"]
        for feed, each in summary["days"].items():
            days[int(feed)].update(map(date.fromisoformat, each))
        for feed, rows in summary.get("volumes", {}).items():
            volumes[int(feed)].update({(date.fromisoformat(day), queue): count for day, queue, count in rows})
        for feed, rows in summary.get("hours", {}).items():
            for day, minute, count in rows:
                hours[int(feed)][date.fromisoformat(day)][minute] += count
    feeds = Feed.objects.filter(pk__in=days).select_related("contract").in_bulk()
    for pk, counted in volumes.items():
        questions += _volume_questions(feeds[pk], counted, hours[pk], now)
    touched = [sentence for pk, each in days.items() for sentence in _touched(feeds[pk], each, now)]
    return {**found, "counts": counts, "questions": list(_merged(questions)), "touched": touched[:LEVELS_NAMED],
            "touched_left_out": max(0, len(touched) - LEVELS_NAMED)}  # fmt: skip


def _volume_questions(
    feed: Feed, volumes: Counter[tuple[date, str]], hours: dict[date, Counter[int]], now: datetime
) -> list[dict[str, object]]:
    """Ask about contacts of days, counted over all parts, as those of a small file are asked about."""
    latest = now.astimezone(ZoneInfo(feed.contract.zone)).date() - timedelta(days=1)
    far, partly = judge_contacts(feed, volumes, hours, latest)
    questions = [Unlikely("unusual_volume", volume_text(feed.code, far), feed)] if far else []
    if partly:
        questions.append(Unlikely("part_day", part_text(feed.code, partly, HOUR), feed))
    return [kept_question(each) for each in questions]


def _merged(questions: Iterable[Json]) -> Iterator[Json]:
    """Give each question of a feed once, with the sentence of the first part that asks it, and all of its rows."""
    by_name: dict[tuple[str, object], list[Json]] = defaultdict(list)
    for question in questions:
        by_name[question["code"], question["feed"]].append(question)
    for same in by_name.values():
        first, rows = same[0], sum(each["count"] for each in same)
        if len(same) > 1:
            text = _(
                "%(first)s That is of the part of the file with the first of them; in all parts it is %(rows)s rows."
            )
            first |= {"detail": text % {"first": first["detail"], "rows": rows}, "count": rows}
        yield first


def _touched(feed: Feed, days: set[date], now: datetime) -> Iterator[str]:
    """Name the periods that would be judged anew, by service level."""
    periods: dict[str, list[str]] = defaultdict(list)
    cells = cells_touched(feed=feed, days=days, now=now)
    for key in sorted(cells):
        level = cells[key].service_level
        periods[f"{level.public_id} {level.name}"].append(cells[key].period.label)
    for name, labels in periods.items():
        yield f"{name}: {labels[0]}" if len(labels) == 1 else f"{name}: {labels[0]} – {labels[-1]} ({len(labels)})"
