"""What people ask of a large file: store it, take it back, go on where it stopped; and what ends or begins it anew."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bpo.models import User
from intake.files.claims import held, notify_worker
from intake.files.importing import NotImported, drop, lock_import, may_undo
from intake.files.parts.previews import preview_large
from intake.files.previews import open_questions
from intake.models.imports import Import
from intake.models.large_imports import LargeImport

State, Step = Import.State, LargeImport.Step


@transaction.atomic
def ask_to_store(*, imported: Import, person: User, confirmed: Collection[str] = (), now: datetime) -> None:
    """Have a worker store the good rows. Raises NotImported while a question is not `confirmed`."""
    locked = lock_import(imported, State.PREVIEW)
    large = _lock(locked, Step.PREVIEW)
    preview = preview_large(large, now=now)
    if not preview.is_ready:
        raise NotImported(_("There is nothing in this file that could be imported as it is."))
    if not set(confirmed) >= {question.code for question in preview.questions}:
        raise NotImported(_("Nothing was imported: answer the questions first, each by its check box."))
    _hand_over(large, Step.STORE, person, confirmed=sorted(confirmed))


def decide_alone(large: LargeImport, *, now: datetime) -> None:
    """Store the file of an upload address where nothing is open, or drop it where it says nothing new.

    As with a small one; a person decides on all others.
    """
    imported, address = large.imported, large.imported.address
    if address is None or large.step != Step.PREVIEW:
        return
    preview = preview_large(large, now=now)
    if open_questions(preview, address) or preview.counts["wrong"]:
        return
    if not preview.is_ready:
        drop(imported=imported, person=imported.uploaded_by, now=now)
        large.step = Step.DONE
        return
    with held(large, "asked_by", now=now):
        large.step, large.asked_by = Step.STORE, imported.uploaded_by


@transaction.atomic
def ask_to_undo(*, imported: Import, person: User, now: datetime) -> None:
    """Have a worker put everything back. Raises NotImported after a night."""
    locked = lock_import(imported, State.IMPORTED)
    large = _lock(locked, Step.DONE, Step.STOPPED)
    if not may_undo(locked):
        raise NotImported(_("A night has judged these results; correct them by another file, with a reason."))
    _hand_over(large, Step.UNDO, person)


@transaction.atomic
def resume(*, imported: Import, person: User, now: datetime) -> None:
    """Have a worker go on where the work has stopped. Raises NotImported where it has not."""
    large = _lock(imported, Step.STOPPED)
    step = large.summary.get("stopped_at", Step.SURVEY)
    if step == Step.STORE:
        # Whoever confirmed it may look once more first.
        large.step, large.problem = Step.PREVIEW, {}
        large.save(update_fields=["step", "problem"])
        return
    _hand_over(large, step, person)


def _lock(imported: Import, *steps: str) -> LargeImport:
    large = LargeImport.objects.select_for_update(of=("self",)).select_related("imported__vendor__organisation")
    row: LargeImport = large.select_related("imported__feed__contract").get(imported=imported)
    if row.step not in steps:
        details = {"id": imported.public_id, "step": row.get_step_display()}
        raise NotImported(_("%(id)s is at another step: %(step)s.") % details)
    return row


def _hand_over(large: LargeImport, step: str, person: User, **columns: object) -> None:
    given = {"step": step, "asked_by": person, "problem": {}, "attempts": 0, "claim": "", "claimed_at": None}
    LargeImport.objects.filter(pk=large.pk).update(**given, **columns)
    notify_worker()
