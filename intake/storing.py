"""One batch into the record, wholly or not at all: rows, their past, the cells they touch, and the receipt."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from bpo.row_errors import RowError
from contracts.models.service_levels import Feed
from intake import tables
from intake.kinds import days_on
from intake.rows import Candidate
from intake.tables import Stored
from intake.totals import counted_twice
from metrics.models.results import Batch
from metrics.services.row_changes import RowChange, late_rows, touch_cells
from metrics.services.work_queue import lock_feeds

NEW, SUPERSEDED, UNCHANGED, VOIDED = "new", "superseded", "unchanged", "voided"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row."""

    candidate: Candidate
    result: str
    revision: int
    stored: Stored | None = None
    content: Sequence[Any] = ()


@dataclass
class Sorting:
    """The rows of one feed beside what is there: outcomes, and what contradicts the record."""

    feed: Feed
    now: datetime
    outcomes: list[Outcome] = field(default_factory=list)
    mistakes: list[RowError] = field(default_factory=list)
    changes: list[RowChange] = field(default_factory=list)

    def take(self, candidates: Sequence[Candidate]) -> None:
        """Decide what each candidate is; the feed is locked, so that nobody else decides at the same time."""
        there = tables.stored_rows(self.feed, (candidate.key for candidate in candidates))
        missing = [candidate.key for candidate in candidates if candidate.key not in there]
        past = tables.last_revisions(self.feed, missing)
        for candidate in candidates:
            stored = there.get(candidate.key)
            if candidate.is_void:
                self._void(candidate, stored, past)
            elif stored is None:
                revision = past.get(candidate.key, 0) + 1
                content = tables.content_of(candidate)
                self.outcomes.append(Outcome(candidate, NEW, revision, content=content))
            else:
                self._compare(candidate, stored)
        self.changes = [touched(outcome, self.now) for outcome in self.outcomes if outcome.result != UNCHANGED]
        self._refuse_late()
        self._refuse_twice()

    def _void(self, candidate: Candidate, stored: Stored | None, past: dict[str, int]) -> None:
        if stored is not None:
            self.outcomes.append(Outcome(candidate, VOIDED, stored.revision, stored))
        elif candidate.key in past:
            self.outcomes.append(Outcome(candidate, UNCHANGED, past[candidate.key]))
        else:
            self._complain(candidate, "unknown_result", _("There is no such result to take back."))

    def _compare(self, candidate: Candidate, stored: Stored) -> None:
        content = tables.content_of(candidate)
        if content == stored.content:
            self.outcomes.append(Outcome(candidate, UNCHANGED, stored.revision, stored))
        elif candidate.reason:
            self.outcomes.append(Outcome(candidate, SUPERSEDED, stored.revision + 1, stored, content))
        else:
            self._complain(
                candidate,
                "external_id_conflict",
                _("This result is there already, with another content."),
                _("If it is a correction, send it again with a reason."),
            )

    def leave_out_refused(self) -> None:
        """Keep only what can be stored, where the sender wants the good rows without the wrong ones."""
        refused = {mistake.row for mistake in self.mistakes}
        keys = {outcome.candidate.key for outcome in self.outcomes if outcome.candidate.row in refused}
        self.outcomes = [outcome for outcome in self.outcomes if outcome.candidate.row not in refused]
        self.changes = [change for change in self.changes if change.key not in keys]

    def _refuse_late(self) -> None:
        """A closed period takes a row only with a reason, and even then does not count it."""
        unreasoned = {
            outcome.candidate.key: outcome.candidate
            for outcome in self.outcomes
            if outcome.result != UNCHANGED and not outcome.candidate.reason
        }
        changes = [change for change in self.changes if change.key in unreasoned]
        late = late_rows(feed=self.feed, rows=changes) if changes else {}
        for key, label in late.items():
            self._complain(
                unreasoned[key],
                "period_closed",
                _("The row belongs to a closed period: %(period)s.") % {"period": label},
                _("With a reason it is kept and listed as late; the closed verdict stays."),
            )

    def _refuse_twice(self) -> None:
        new, void = (
            [outcome.candidate for outcome in self.outcomes if outcome.result == kind] for kind in (NEW, VOIDED)
        )
        for candidate in counted_twice(self.feed, new=new, void=void):
            self._complain(
                candidate,
                "total_and_splits",
                _("A total beside its splits would count the same twice."),
                _("Send the total or the splits; take back what is there first."),
            )

    def _complain(self, candidate: Candidate, code: str, detail: str, hint: str = "") -> None:
        name = "external_id" if candidate.columns.get("external_id") else ""
        self.mistakes.append(RowError(candidate.row, candidate.line, name, code, detail, hint, candidate.key))


def sort_out(candidates: Sequence[Candidate], *, now: datetime, lock: bool = True) -> list[Sorting]:
    """Candidates, feed by feed, beside what is there.

    With `lock`, which takes a transaction, feeds are locked in one order, so that none waits in a ring.
    """
    by_feed = sorted(candidates, key=lambda candidate: candidate.rules.feed.pk)
    sortings = []
    for _pk, group in groupby(by_feed, key=lambda candidate: candidate.rules.feed.pk):
        rows = list(group)
        feed = rows[0].rules.feed
        if lock:
            lock_feeds([feed.pk])
        sorting = Sorting(feed, now)
        sorting.take(rows)
        sortings.append(sorting)
    return sortings


def store(sortings: Sequence[Sorting], *, batch: Batch, now: datetime) -> None:
    """Write what is new or changed, mark the cells that it touches, and complete the receipt."""
    late = 0
    for sorting in sortings:
        _write(sorting, batch, now)
        if sorting.changes:
            touch = touch_cells(feed=sorting.feed, rows=sorting.changes, batch=batch, now=now)
            late += len(touch.late_keys)
    if late:
        batch.rows_late = late
        batch.save(update_fields=["rows_late"])


def _write(sorting: Sorting, batch: Batch, now: datetime) -> None:
    feed, outcomes = sorting.feed, sorting.outcomes
    # A corrected row gives way to its successor: nothing refers to it but its key.
    removed = [outcome for outcome in outcomes if outcome.result in (SUPERSEDED, VOIDED)]
    added = [outcome for outcome in outcomes if outcome.result in (NEW, SUPERSEDED)]
    if removed:
        tables.keep_past(feed, ((outcome.stored, outcome.candidate.reason) for outcome in removed), batch, now)
        tables.remove_rows(feed, (outcome.stored for outcome in removed))
    tables.insert_rows(feed, ((each.candidate.key, each.revision, each.content) for each in added), batch)


def touched(outcome: Outcome, now: datetime) -> RowChange:
    """The days and columns that a change touches, before and after."""
    candidate, names = outcome.candidate, tables.CONTENT[outcome.candidate.rules.feed.kind]
    before = dict(zip(names, outcome.stored.content, strict=True)) if outcome.stored else None
    after = None if candidate.is_void else dict(zip(names, outcome.content, strict=True))
    return RowChange(
        key=candidate.key,
        days=candidate.days | (days_on(candidate.rules, before, now) if before else frozenset()),
        reason=candidate.reason,
        before=before,
        after=after,
    )


def counts_of(outcomes: Sequence[Outcome], *, rejected: int) -> dict[str, int]:
    """The receipt's counts; a row taken back supersedes what was there with nothing."""
    counts = Counter(outcome.result for outcome in outcomes)
    return {
        "received": len(outcomes) + rejected,
        "new": counts[NEW],
        "superseded": counts[SUPERSEDED] + counts[VOIDED],
        "unchanged": counts[UNCHANGED],
        "rejected": rejected,
    }


def digest_of(candidates: Sequence[Candidate]) -> str:
    """SHA-256 of the rows as they were understood, so that both sides can prove what was sent."""
    return hashlib.sha256(f"[{','.join(map(told_of, candidates))}]".encode()).hexdigest()


def told_of(candidate: Candidate) -> str:
    """A row as it was understood, in canonical JSON."""
    row = {
        "contract": candidate.rules.feed.contract.public_id,
        "feed": candidate.rules.feed.code,
        "key": candidate.key,
        "void": candidate.is_void,
        **tables.as_text(candidate.rules.feed.kind, tables.content_of(candidate)),
    }
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
