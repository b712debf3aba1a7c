"""All parts of a large file into the record as one batch, and back out of it: each wholly or not at all."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from bpo.bulk import reserve_key
from bpo.fields import public_id
from bpo.models import User
from contracts.models.service_levels import Feed
from intake.checking import check_rows
from intake.contradictions import decide_blocks
from intake.deciding import NEW, SUPERSEDED, UNCHANGED, VOIDED, Decision
from intake.files.claims import ClaimLost
from intake.files.importing import NotImported, lock_import, may_undo, record_import, record_undo
from intake.files.parts.comparing import parts_of
from intake.files.parts.contents import sheet_of
from intake.files.parts.outcomes import Outcome, outcome_of
from intake.files.parts.previews import questions_of
from intake.files.parts.surveys import read_large
from intake.models.imports import Import
from intake.models.large_imports import ImportPart, LargeImport
from intake.parsing import Sheet
from intake.receiving import new_batch
from intake.refusals import note_refusals, refused_feeds
from intake.storing import block_days, digested_rows, insert_rows, write_decision
from intake.tables import row_naming
from metrics.models.results import RESULT_TABLES, Batch, SupersededResult
from metrics.services.row_changes import touch_open_cells
from metrics.services.work_queue import lock_feeds, notify_workers

State, Step = Import.State, LargeImport.Step
ROWS_BACK = 2_000


class ClosedMeanwhile(Exception):
    """A period was closed while rows of it were being stored."""


class PreviewOutdated(Exception):
    """Other rows would be stored than those that the preview showed, because the record has changed since."""


class Sum:
    """What is put into a batch part by part: its counts and its digest, which are those of the same rows at once."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.counts: Counter[str] = Counter()
        self.rejected = 0
        self.digest = hashlib.sha256(b"[")
        self.is_first = True
        batch.pk, batch.public_id = reserve_key(Batch), public_id("RC")

    def add(self, decisions: list[Decision]) -> None:
        """Count the rows of a part."""
        for decision in decisions:
            self.counts.update(decision.results)
        if rows := digested_rows(decisions):
            self.digest.update(f"{'' if self.is_first else ','}{','.join(rows)}".encode())
            self.is_first = False

    def as_counts(self) -> dict[str, int]:
        """Return the counts as a preview shows them."""
        changed = self.counts[SUPERSEDED] + self.counts[VOIDED]
        return {
            "new": self.counts[NEW],
            "changed": changed,
            "unchanged": self.counts[UNCHANGED],
            "wrong": self.rejected,
        }

    def save(self) -> None:
        """Insert the batch, with all that was counted."""
        batch, counts = self.batch, self.counts
        batch.rows_new, batch.rows_unchanged = counts[NEW], counts[UNCHANGED]
        batch.rows_superseded, batch.rows_rejected = counts[SUPERSEDED] + counts[VOIDED], self.rejected
        batch.rows_received = batch.rows_new + batch.rows_unchanged + batch.rows_superseded + self.rejected
        self.digest.update(b"]")
        batch.sha256 = self.digest.hexdigest()
        batch.save(force_insert=True)


@transaction.atomic
def store_parts(large: LargeImport, *, now: datetime) -> None:
    """Store the good rows of all parts as one batch. Raises ClosedMeanwhile or PreviewOutdated, and stores nothing."""
    imported = lock_import(large.imported, State.PREVIEW, nowait=True)
    person = _asker(large)
    read = read_large(large, now=now)
    sums = Sum(new_batch(person, imported.vendor, read.source.media_type, Batch.Channel.FILE, imported.reason, "", now))
    sums.batch.warnings = [each.as_json() for each in questions_of(large)]
    lock_feeds(_feeds(large))
    days: dict[Feed, set[date]] = defaultdict(set)
    for step, part in enumerate(parts_of(large), 1):
        outcome = _store_part(part, imported, sums.batch, person, now)
        for decision in outcome.decisions if outcome.is_new else ():
            days[decision.feed] |= block_days(decision.block, now)
        if not outcome.is_new:
            _learn_rows((), step)
        sums.rejected += outcome.wrong_rows
        sums.add(list(outcome.decisions))
        note_refusals(refused_feeds(outcome.errors, outcome.feeds), now=now)
    if sums.as_counts() != large.summary["preview"]["counts"]:
        raise PreviewOutdated
    for feed in sorted(days, key=lambda each: each.pk):
        if not touch_open_cells(feed=feed, days=days[feed], now=now):
            raise ClosedMeanwhile
    sums.save()
    _learn_rows({feed.kind for feed in days}, 1)
    record_import(imported, sums.batch, read, person=person, now=now)
    large.parts.update(content=b"", keys=b"")
    _finish(large)


def _store_part(part: ImportPart, imported: Import, batch: Batch, person: User, now: datetime) -> Outcome:
    """Store the good rows of a part; where all were new when it was read, as if they still were."""
    sheet, counts = sheet_of(part), part.summary["counts"]
    if not counts["changed"] and not counts["unchanged"]:
        with suppress(IntegrityError), transaction.atomic():
            outcome = outcome_of(
                sheet, imported.vendor, person, reason=imported.reason, now=now, are_keys_new=True
            )  # fmt: skip
            _write(outcome, batch)
            return outcome
    outcome = outcome_of(sheet, imported.vendor, person, reason=imported.reason, now=now)
    _write(outcome, batch)
    return outcome


def _write(outcome: Outcome, batch: Batch) -> None:
    for decision in outcome.decisions:
        if outcome.is_new:
            insert_rows(decision, range(len(decision.results)), batch)
        else:
            write_decision(decision, batch)


def _learn_rows(kinds: Iterable[str], step: int) -> None:
    """Have PostgreSQL learn, after 1, 2, 4, 8 … steps, how many rows there are by now in this transaction.

    Without it, it takes a table for as small as before, and reads all rows of a feed to find one.
    """
    if connection.vendor != "postgresql" or step & (step - 1):
        return
    tables: set[type[Model]] = {SupersededResult, *(RESULT_TABLES[kind] for kind in kinds)}
    with connection.cursor() as cursor:
        for table in sorted(each._meta.db_table for each in tables):
            cursor.execute(f"ANALYZE {table}")


@transaction.atomic
def take_back(large: LargeImport, *, now: datetime) -> None:
    """Put everything back as it was before the file, as one batch. Raises NotImported, and changes nothing."""
    imported = lock_import(large.imported, State.IMPORTED, nowait=True)
    if not may_undo(imported):
        raise NotImported(_("A night has judged these results; correct them by another file, with a reason."))
    person = _asker(large)
    reason = _("Undo of %(id)s") % {"id": imported.public_id}
    sums = Sum(new_batch(person, imported.vendor, "application/json", Batch.Channel.FILE, reason, "", now))
    lock_feeds(_feeds(large))
    for step, rows in enumerate(_rows_back(imported), 1):
        checked = check_rows(Sheet.of_rows(rows), imported.vendor, person, reason=reason, now=now)
        decisions = decide_blocks(checked.blocks, now=now)
        if checked.errors or any(decision.errors for decision in decisions):
            raise NotImported(_("Some of these results cannot be taken back; correct them by another file."))
        for decision in decisions:
            write_decision(decision, sums.batch)
        _learn_rows((), step)
        sums.add(decisions)
    sums.save()
    record_undo(imported, sums.batch, person=person, now=now)
    _finish(large)


def _rows_back(imported: Import) -> Iterator[list[dict[str, object]]]:
    """Give the rows that undo a batch, some at a time, while those before them are put back."""
    batch = imported.batch
    if SupersededResult.objects.filter(batch=batch).exists():
        raise NotImported(_("Some of these results were changed again since; correct them by another file."))
    last, past_rows = 0, SupersededResult.objects.filter(superseded_by=batch).select_related("feed__contract")
    while before := list(past_rows.filter(pk__gt=last).order_by("pk")[:ROWS_BACK]):
        last = before[-1].pk
        for past in before:
            table = RESULT_TABLES[past.feed.kind]
            if not table.objects.filter(feed=past.feed, key=past.key, batch=batch).exists():
                raise NotImported(_("Some of these results were changed again since; correct them by another file."))
        yield [
            row_naming(past.feed, past.key)
            | {name: cell for name, cell in past.content.items() if not name.endswith("_on")}
            for past in before
        ]
    feeds = Feed.objects.filter(contract__vendor=imported.vendor).select_related("contract")
    for feed in feeds.order_by("pk"):
        # What was put back by now belongs to another batch.
        brought = RESULT_TABLES[feed.kind].objects.filter(feed=feed, batch=batch).order_by("pk")
        while keys := list(brought.values_list("key", flat=True)[:ROWS_BACK]):
            yield [{**row_naming(feed, key), "void": True} for key in keys]


def _asker(large: LargeImport) -> User:
    person = large.asked_by
    if person is None:
        raise ClaimLost
    return person


def _feeds(large: LargeImport) -> set[int]:
    """The feeds of all rows."""
    summaries = large.parts.values_list("summary", flat=True).iterator()
    return {int(feed) for summary in summaries for feed in summary["days"]}


def _finish(large: LargeImport) -> None:
    """End the work with its transaction; whoever was killed before it did nothing."""
    ended = LargeImport.objects.filter(pk=large.pk, claim=large.claim)
    if not ended.update(step=Step.DONE, claim="", claimed_at=None, problem={}):
        raise ClaimLost
    notify_workers()
