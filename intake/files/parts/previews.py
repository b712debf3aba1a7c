"""The preview of a large file, from what its parts say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bpo.row_errors import RowError, UnreadableError
from contracts.models.service_levels import Feed
from intake.files.changed_rows import ChangedRow
from intake.files.parts.surveys import SurveyNeeded, read_large
from intake.files.previews import Preview
from intake.models.large_imports import Json, LargeImport
from intake.unlikely import Unlikely

Step = LargeImport.Step


@dataclass
class LargePreview(Preview):
    """What a large file would do, added up over its parts; which verdicts it moves shows only once it is stored."""

    whole: Json = field(default_factory=dict)
    was_outdated: bool = False
    left_out: Mapping[str, tuple[int, list[int]]] = field(default_factory=dict)

    @property
    def has_rows(self) -> bool:
        return bool(self.whole)

    @property
    def good_rows(self) -> int:
        return sum(self.counts.values()) - self.counts["wrong"]

    @property
    def counts(self) -> dict[str, int]:
        return {"new": 0, "changed": 0, "unchanged": 0, "wrong": 0} | dict(self.whole.get("counts", {}))

    @property
    def is_ready(self) -> bool:
        return bool(self.counts["new"] or self.counts["changed"])

    @property
    def changed(self) -> list[ChangedRow]:
        return [ChangedRow(**each) for each in self.whole.get("changed", ())]

    @property
    def errors_left_out(self) -> int:
        return int(self.whole.get("errors", 0)) - len(self.errors)


def preview_large(large: LargeImport, *, now: datetime) -> LargePreview:
    """Return what a large file would do, or what it asks; the file itself is not read."""
    preview = LargePreview()
    if large.step == Step.STOPPED:
        preview.unreadable = UnreadableError(**large.problem)
    if large.opened and large.step in (Step.ASK, Step.PREVIEW, Step.STOPPED):
        try:
            preview.read = read_large(large, now=now)
        except SurveyNeeded:
            return preview
    if large.step == Step.PREVIEW:
        preview.whole, preview.left_out = large.summary["preview"], large.summary.get("left_out", {})
        preview.was_outdated = bool(large.summary.get("was_outdated"))
        preview.errors = [RowError(**each) for each in preview.whole["wrong"]]
        preview.questions = questions_of(large)
    return preview


def questions_of(large: LargeImport) -> list[Unlikely]:
    """Return what is unlikely in a large file."""
    kept = large.summary.get("preview", {}).get("questions", ())
    feeds = Feed.objects.select_related("contract").in_bulk({each["feed"] for each in kept if each["feed"]})
    found = [Unlikely(each["code"], each["detail"], feeds.get(each["feed"]), lines=each["lines"]) for each in kept]
    return sorted(found, key=lambda question: question.code)
