"""The demo world as lines of JSON that name rows by what people call them, so that two commits can be compared.

    python -m tests.compare_demo dump FILE [--small]     build the world in a database of its own and write it down
    python -m tests.compare_demo diff BEFORE AFTER       show what differs; the exit code is 1 where something does

The clock stands at NOW, so that two dumps of one commit are equal. To dump an older commit, run this file with that
commit's folder as the working directory and first on PYTHONPATH. A file whose name ends in .gz is compressed.

Rows are named by contract references, codes, days and e-mail addresses. What may differ between two loads or two
commits is left out or translated: primary keys, public IDs, digests of inputs, the engine's version, and the wording of
texts and mails, of which the rows that they name remain. Results stand as counts and digests by feed and month.

SMALL_DUMP is what the small world was at commit 974a565; demo/tests/test_world.py compares today's with it. A commit
that changes the world on purpose writes the file anew and says in the changelog what differs.
"""

import argparse
import gzip
import hashlib
import json
import logging
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import time_machine

from tests.support import environment

if __name__ == "__main__":
    environment.prepare()

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.models import Model

from demo.loading import load_world
from demo.size import SMALL, WHOLE

NOW = datetime(2026, 6, 17, 9, tzinfo=UTC)
SMALL_DUMP = Path(__file__).parent / "data" / "demo_small.jsonl.gz"
PUBLIC_ID = re.compile(r"\b[A-Z]{1,2}-[0-9A-HJKMNP-TV-Z]{5}\b")
# Of an item of a mail ("date:CT-7K2M9:2026-11-25:Evidence due:30") these parts are no wording.
PLAIN_PART = re.compile(rf"[a-z_]+|\d+|\d{{4}}-\d\d-\d\d|{PUBLIC_ID.pattern}")
LEVEL = ("service_level__contract__reference", "service_level__code")
FEED = ("feed__contract__reference", "feed__code")
# Of each compared table: the columns by which people know a row, and those that are compared. Rows that agree in the
# first are numbered in the order in which they were made.
TABLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Organisation": (("name",), ("kind", "is_active")),
    "User": (("email",), ("zone", "digest_at", "wants_digest", "wants_reminders", "is_operator_admin")),
    "Membership": (("user__email", "organisation__name"), ("role",)),
    "Vendor": (("organisation__name",), ("country", "status", "risk_tier", "is_critical")),
    "Client": (("organisation__name",), ("country", "zone", "currency")),
    "Process": (("client__organisation__name", "name"), ("operation", "office")),
    "BusinessCalendar": (("name",), ("zone", "week", "country", "subdivision")),
    "HolidayYear": (("calendar__name", "year"), ("days",)),
    "Contract": (("reference",), (
        "client__organisation__name", "vendor__organisation__name", "status", "starts_on", "ends_on", "notice_length",
        "notice_unit", "renewal", "renewal_months", "zone", "currency")),
    "SecurityDuty": (("contract__reference", "control"), ("standard", "frequency", "next_due_on")),
    "ScopeItem": (("contract__reference", "process__name"), ("performed_by", "oversight", "starts_on", "ends_on")),
    "Fee": (("contract__reference", "code", "starts_on"), (
        "kind", "unit", "amount", "tiers", "tier_method", "ends_on")),
    "Amendment": (("contract__reference", "number"), ("signed_on", "effective_on", "terms_sha256")),
    "Feed": (("contract__reference", "code"), (
        "kind", "schedule", "due_length", "due_unit", "grace_days", "allows_excess", "lowest", "highest", "starts_on",
        "ends_on")),
    "ServiceLevel": (("contract__reference", "code"), ("name", "clause", "feed__code", "process__name")),
    "ServiceLevelTerms": ((*LEVEL, "effective_on"), (
        "ends_on", "metric", "aggregation", "params", "narrowing", "period", "period_anchor", "direction", "expected",
        "expected_high", "minimum", "minimum_high", "bands", "rules", "unit", "decimals", "level_type", "weight")),
    "Batch": (("vendor__organisation__name", "received_at"), (
        "api_key__name", "sent_by__email", "channel", "rows_received", "rows_new", "rows_superseded", "rows_unchanged",
        "rows_late", "rows_rejected")),
    "SupersededResult": ((*FEED, "key", "revision"), ("content", "superseded_at")),
    "Run": (("zone", "local_date"), ("state", "is_late", "judged", "closed", "verified", "failures")),
    "DirtyCell": ((*LEVEL, "starts_on"), ("ends_on",)),
    "Verdict": ((*LEVEL, "starts_on", "revision"), (
        "ends_on", "period_label", "is_current", "is_final", "is_deemed", "status", "value", "numerator", "denominator",
        "cases", "display", "days", "working", "judged_at", "closed_at", "run__zone", "run__local_date",
        "restated_by__email", "lowered_by")),
    "Withdrawal": (("verdict__service_level__code", "verdict__starts_on", "verdict__revision"), ("at", "by__email")),
    "Standing": (LEVEL, (
        "last_closed__starts_on", "last_closed__revision", "so_far__starts_on", "so_far__revision", "history",
        "updated_at")),
    "LateArrival": ((*LEVEL, "starts_on", "key"), ("arrived_at", "counted_by__revision")),
    "Breach": ((*LEVEL, "starts_on"), (
        "period_label", "verdict__starts_on", "verdict__revision", "opened_by__revision", "state", "opened_at",
        "answer_due_at", "closed_at", "acknowledged_at", "acknowledged_by__email", "cause_kind")),
    "BreachEvent": ((*(f"breach__{path}" for path in LEVEL), "breach__starts_on", "at"), (
        "kind", "verdict__revision", "by__email", "internal_to__name")),
    "Mute": (("reader__email", "breach__service_level__code", "breach__starts_on"), ("until",)),
    "Excuse": ((*LEVEL, "asked_at"), (
        "starts_on", "ends_on", "asked_by__email", "decision", "decided_by__email", "decided_at", "granted_from",
        "granted_until", "lowers_by")),
    "AnnouncedDelay": ((*FEED, "starts_on"), ("until", "announced_at")),
    "Message": (("recipient__email", "kind", "cause"), ("state", "facts", "text")),
    "Edition": (("reader__email", "local_date"), ("outcome", "covers_from", "covers_until", "message__kind")),
}  # fmt: skip
# What issue 8 changed on purpose since commit 974a565, as the changelog says: table, column, before and after.
DELIBERATE = (
    ("BreachEvent", "kind", "comment", "answered"),
    ("BreachEvent", "kind", "comment", "closed"),
    ("Edition", "outcome", "quiet", "empty"),
)
# Tables that commit 974a565 did not have, as the audit trail names them.
NEWER_TABLES = ("bpo.accessgrant",)
RESULT_DAYS = ("starts_on", "occurred_on", "opened_on", "started_on")


class Dump:
    """The rows of the database as dictionaries of plain values."""

    def __init__(self) -> None:
        self.models = {model.__name__: model for model in apps.get_models()}
        self.names = {table: self._names_of(table) for table in TABLES}
        self.by_public_id = {
            public_id: f"{model.__name__} {self.names.get(model.__name__, {}).get(pk, pk)}"
            for model in self.models.values()
            if any(field.name == "public_id" for field in model._meta.fields)
            for pk, public_id in model.objects.values_list("pk", "public_id")
        }

    def rows(self) -> Iterator[dict[str, Any]]:
        special = {"Verdict": self._verdict, "Message": self._message}
        for table, (_, columns) in TABLES.items():
            for pk, *values in rows_of(self.models[table], columns):
                row = dict(zip(columns, values, strict=True))
                yield {"table": table, "name": self.names[table][pk], **special.get(table, self._plain)(row)}
        yield from self._results()
        yield from self._audit()

    def _names_of(self, table: str) -> dict[int, str]:
        seen: Counter[str] = Counter()
        names = {}
        for pk, *values in rows_of(self.models[table], TABLES[table][0]):
            name = "/".join(str(plain(value)) for value in values)
            seen[name] += 1
            names[pk] = name if seen[name] == 1 else f"{name} #{seen[name]}"
        return names

    def _plain(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {column: self._translated(plain(value)) for column, value in row.items()}

    def _verdict(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The facts of its working, with its terms by name; not the lines, which are wording."""
        facts = dict(row["working"]["facts"])
        facts["terms"] = self.names["ServiceLevelTerms"].get(facts["terms"])
        shown = self._plain(row | {"working": facts})
        shown["working"]["batches"] = sorted(shown["working"].get("batches", []))
        return shown

    def _message(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The items that a mail is about, and the rows that its text names."""
        items = sorted(self._item(text) for text in strings_in(row["facts"]))
        # Links also name the rows that they count, ML-…, of which each mail has its own.
        ids = {found for found in PUBLIC_ID.findall(row["text"]) if not found.startswith("ML-")}
        named = sorted({self.by_public_id.get(found, found) for found in ids})
        return {"state": row["state"], "items": items, "named": named}

    def _item(self, text: str) -> str:
        if match := re.fullmatch(r"event:(\d+)", text):
            return f"event of {self.names['BreachEvent'][int(match[1])]}"
        return self._translated(":".join(part for part in text.split(":") if PLAIN_PART.fullmatch(part)))

    def _translated(self, value: Any) -> Any:
        """The value with names in place of public IDs."""
        if isinstance(value, str):
            return PUBLIC_ID.sub(lambda match: self.by_public_id.get(match[0], match[0]), value)
        if isinstance(value, list):
            return [self._translated(each) for each in value]
        if isinstance(value, dict):
            return {key: self._translated(each) for key, each in value.items()}
        return value

    def _results(self) -> Iterator[dict[str, Any]]:
        """How many results each feed has for each month, and a digest of what they state."""
        for model in self.models.values():
            names = [field.name for field in model._meta.fields if field.name not in ("id", "feed", "batch")]
            day = next((name for name in RESULT_DAYS if name in names), None)
            if day is None or not {"key", "external_id", "revision"} <= set(names):
                continue
            lines = defaultdict(list)
            for _pk, *row in rows_of(model, (*FEED, *names)):
                (contract, feed), values = row[:2], dict(zip(names, map(plain, row[2:]), strict=True))
                lines[contract, feed, values[day][:7]].append(json.dumps(values, sort_keys=True))
            for (contract, feed, month), found in lines.items():
                digest = hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
                yield {"table": "Results", "name": f"{contract}/{feed}/{month}", "rows": len(found), "sha256": digest}

    def _audit(self) -> Iterator[dict[str, Any]]:
        """How many entries of the audit trail each person left on each day; those about newer tables are left out."""
        columns = ("at", "channel", "actor__email", "client_organisation__name", "vendor_organisation__name")
        entries = Counter(
            (plain(at)[:10], *more)
            for _pk, thing, at, *more in rows_of(self.models["AuditEntry"], ("thing_type", *columns))
            if thing not in NEWER_TABLES
        )
        for key, count in entries.items():
            yield {"table": "Audit", "name": "/".join(map(str, key)), "entries": count}


def rows_of(model: type[Model], columns: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """Primary keys with these columns, in the order in which the rows were made."""
    return model.objects.order_by("pk").values_list("pk", *columns).iterator()


def plain(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if hasattr(value, "isoformat") else value


def strings_in(facts: Mapping[str, Any]) -> Iterator[str]:
    """The texts in lists of a mail's facts; its numbers are primary keys."""
    for values in facts.values():
        yield from (value for value in values if isinstance(value, str))


def build(*, small: bool) -> None:
    """The demo world with its last morning's mails, in the empty database of this process."""
    for alias in settings.DATABASES:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    load_world(size=SMALL if small else WHOLE, now=NOW, say=lambda line: sys.stderr.write(f"{line}\n"))
    send_mails()


def send_mails() -> None:
    """The mails of the world's last morning."""
    call_command("send_digests", f"--for={NOW.date()}", f"--now={NOW.isoformat()}", stdout=sys.stderr)


def lines_of_database() -> list[str]:
    return sorted(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in Dump().rows())


def opened(path: Path, mode: str) -> Any:
    return gzip.open(path, f"{mode}t", encoding="utf-8") if path.suffix == ".gz" else path.open(mode, encoding="utf-8")


def differences(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """One line for each row that is missing or new, and for each column that changed otherwise than DELIBERATE says."""
    old, new = (
        {(row.pop("table"), row.pop("name")): row for row in map(json.loads, lines)} for lines in (before, after)
    )
    found = []
    for key in sorted(old.keys() | new.keys()):
        label = " ".join(key)
        if key not in new or key not in old:
            found.append(f"{label}: {'missing' if key in old else 'new'}")
            continue
        for column in sorted(old[key].keys() | new[key].keys()):
            was, now = old[key].get(column), new[key].get(column)
            if was != now and (key[0], column, was, now) not in DELIBERATE:
                found.append(f"{label}: {column}: {json.dumps(was)[:300]} → {json.dumps(now)[:300]}")
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.compare_demo", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    dump = commands.add_parser("dump")
    dump.add_argument("file", type=Path)
    dump.add_argument("--small", action="store_true")
    diff = commands.add_parser("diff")
    diff.add_argument("before", type=Path)
    diff.add_argument("after", type=Path)
    options = parser.parse_args(arguments)
    if options.command == "diff":
        found = differences(*(opened(path, "r").read().splitlines() for path in (options.before, options.after)))
        sys.stdout.write("".join(f"{line}\n" for line in found) + f"{len(found)} differences\n")
        return 1 if found else 0
    logging.disable(logging.WARNING)
    try:
        with time_machine.travel(NOW, tick=False):
            build(small=options.small)
            lines = lines_of_database()
    finally:
        environment.forget()
    with opened(options.file, "w") as file:
        file.write("".join(f"{line}\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
