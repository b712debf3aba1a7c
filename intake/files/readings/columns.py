"""Which column of a file is which column of results: by its own name, as before, or as a person has to confirm."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from contracts.models.service_levels import Feed
from intake.files.readings.doubts import Doubt, Option
from intake.files.readings.heads import Heads
from intake.files.readings.reading import LEFT_OUT, ColumnReading, Reading, fold
from intake.files.readings.survey import Survey
from intake.files.readings.targets import INSTANT, NAME, Target, form_of

# The column that our own file of wrong rows adds.
EXPLANATION = "what_is_wrong"
ANSWERED_IN = re.compile(r"(?:(?:contacts|calls|chats) )?answered (?:in|within) \d+ ?(?:s|sec|secs|seconds)?")
WHEN = (
    "date", "day", "datum", "tag", "interval start", "startinterval", "start interval", "period start", "start time",
    "interval", "fecha", "data", "time", "date time", "timestamp",
)  # fmt: skip
CONTACT_START = (
    *WHEN,
    "call start",
    "call time",
    "initiation timestamp",
    "contact start",
    "start",
    "created",
    "created at",
)
LONG_ID = ("contact id", "call id", "interaction id", "conversation id", "chat id", "session id", "id", "contactid")
# Names that others give to columns of results, by the kind of the feed; they are proposed, and confirmed by a person.
SYNONYMS: Mapping[str, Mapping[str, Sequence[str]]] = {
    Feed.Kind.COUNTS: {
        "date": WHEN,
        "period": (*WHEN, "month", "monat", "week", "woche", "quarter", "year"),
        "occurred_at": WHEN,
        "split": ("queue", "queue name", "skill", "skill name", "site", "team", "warteschlange", "split skill"),
        "denominator": ("offered", "offer", "contacts queued", "calls offered", "contacts offered", "gesamt"),
        "numerator": ("answered in time", "within target", "within sl", "accepted in time", "answer", "answered"),
    },
    Feed.Kind.CONTACTS: {
        "external_id": LONG_ID,
        "occurred_at": CONTACT_START,
        "outcome": ("disposition", "call status", "status", "result", "contact outcome"),
        "wait_seconds": ("queue time", "wait time", "speed of answer", "time in queue", "queue wait", "wait"),
        "handle_seconds": ("handle time", "handling time", "aht"),
        "queue": ("queue name", "skill", "skill name", "warteschlange"),
        "resolved": ("fcr", "first contact resolution", "solved"),
        "score": ("csat", "rating", "satisfaction"),
    },
    Feed.Kind.CASES: {
        "external_id": ("issue key", "key", "number", "ticket id", "case number", "ticket", "incident", "id"),
        "opened_at": ("created", "opened", "created at", "created on", "created time", "date time opened"),
        "due_at": ("due", "due date", "due by", "due by time"),
        "resolved_at": ("resolved", "resolved at", "solved at", "resolution date", "resolved time", "resolved on"),
        "closed_at": ("closed", "closed at", "closed time", "date time closed", "closed on"),
        "group": ("assignment group", "group name", "team", "queue", "owner"),
        "met": ("made sla", "sla met", "within sla", "resolution status"),
        "priority": ("urgency",),
    },
    Feed.Kind.OBSERVATIONS: {
        "external_id": (*LONG_ID, "response id", "evaluation id"),
        "occurred_at": (*CONTACT_START, "recorded date", "submitted"),
        "value": ("score", "rating", "csat", "result"),
        "weight": ("count", "responses", "contacts"),
    },
    Feed.Kind.DOWNTIME: {
        "external_id": ("incident", "number", "id", "outage id"),
        "started_at": ("start", "started", "begin", "outage start", "from"),
        "ended_at": ("end", "ended", "outage end", "to", "until"),
        "service": ("system", "application", "configuration item"),
    },
}  # fmt: skip


def known_names(target: Target) -> frozenset[str]:
    """Return all folded names by which columns of the feed may be called."""
    names = {fold(column) for column in target.columns}
    for column, synonyms in SYNONYMS.get(target.kind, {}).items():
        names.update(synonyms if column in target.columns else ())
    return frozenset(names)


def propose_columns(reading: Reading, heads: Heads, survey: Survey, target: Target) -> Reading:
    """Return the reading with a column for each head; those that nobody has said anything about are undecided."""
    said, taken = reading.by_name, {column.column for column in reading.used}
    columns, undecided = [], []
    exact = {fold(column): column for column in target.columns}
    for name, found in zip(heads.names, survey.columns, strict=True):
        if own := said.get(fold(name)):
            columns.append(replace(own, name=name))
            if own.name in reading.undecided:
                undecided.append(name)
        elif (column := exact.get(fold(name))) and column not in taken:
            taken.add(column)
            columns.append(ColumnReading(name, column))
        else:
            columns.append(ColumnReading(name))
            if found.cells and fold(name) != fold(EXPLANATION) and not reading.leave_out_others:
                undecided.append(name)
    columns += [
        own for folded, own in said.items() if folded not in {fold(name) for name in heads.names} and own.column
    ]
    reading = replace(reading, columns=tuple(columns), undecided=tuple(undecided))
    return _with_synonyms(reading, target, taken) if undecided else reading


def _with_synonyms(reading: Reading, target: Target, taken: set[str]) -> Reading:
    for column, synonyms in SYNONYMS.get(target.kind, {}).items():
        if column in taken or column not in target.columns:
            continue
        open_names = {fold(name): name for name in reading.undecided if reading.by_name[fold(name)].column == LEFT_OUT}
        name = next((open_names[each] for each in synonyms if each in open_names), "")
        if column == "numerator":
            name = next((each for folded, each in open_names.items() if ANSWERED_IN.fullmatch(folded)), name)
        if name:
            reading = reading.with_column(name, column=column)
            taken.add(column)
    return reading


def column_doubts(reading: Reading, heads: Heads, target: Target) -> list[Doubt]:
    """Return what is open about the columns: nobody has confirmed them, or one is not there."""
    lost = [column.name for column in reading.used if heads.place(column.name) is None]
    lost += [name for name in reading.id if heads.place(name) is None]
    if lost:
        names = ", ".join(f"“{name}”" for name in lost)
        return [
            Doubt(
                "missing", _("The file has no column %(names)s, by which the feed's files are read.") % {"names": names}
            )
        ]
    if reading.undecided:
        names = ", ".join(f"“{name}”" for name in reading.undecided)
        return [Doubt("columns", _("Say what these columns are, or leave them out: %(names)s.") % {"names": names})]
    missing = target.required - {column.column for column in reading.used} - {"external_id"}
    if missing:
        names = ", ".join(sorted(missing))
        return [Doubt("missing", _("Say which column is %(names)s; no row is right without it.") % {"names": names})]
    return id_doubt(reading, target)


def made_ids(reading: Reading, target: Target) -> list[list[str]]:
    """Return of which columns an id can be made, the likeliest first, where rows need one and the file has none."""
    if "external_id" not in target.required or reading.of("external_id"):
        return []
    moments = [column.name for column in reading.used if form_of(column.column) == INSTANT][:1]
    names = [column.name for column in reading.used if form_of(column.column) == NAME]
    return [[*moments, *names], *([moments] if names else [])] if moments else []


def id_doubt(reading: Reading, target: Target) -> list[Doubt]:
    """Ask of which columns an id is made where rows need one and the file has none."""
    if "external_id" not in target.required or reading.of("external_id") or reading.id:
        return []
    ids = made_ids(reading, target)
    if not ids:
        return [Doubt("missing", _("Say which column is external_id; no row is right without it."))]
    options = [Option(json.dumps(each, ensure_ascii=False), " + ".join(each)) for each in ids]
    question = _("The rows have no id. Of which columns is it made? Rows with the same id are the same result.")
    return [Doubt("id", question, options, options[0].value)]
