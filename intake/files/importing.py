"""What people do with a file: upload it, match its columns, import it, drop it, undo it before the night."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import cast

from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _

from bpo import audit
from bpo.errors import Refused
from bpo.models import User
from bpo.personal_data import CUSTOMER
from bpo.row_errors import SubmissionError
from bpo.stored_files import delete_files
from contracts.models.service_levels import Feed
from intake.files.claims import notify_worker
from intake.files.ending import begin_again, forget_parts
from intake.files.file_readings import FileRead, read_import, wish_of
from intake.files.keeping import LONGEST_NAME as LONGEST_READING_NAME
from intake.files.keeping import keep_reading, name_for
from intake.files.personal_cells import KEPT, remove_personal_cells
from intake.files.previews import preview_of
from intake.files.readings.reading import Reading, reading_from
from intake.files.sizes import has_many_lines
from intake.files.texts import OpenFile
from intake.files.workbooks import WorkbookNotRead, read_upload
from intake.models.imports import Import
from intake.models.large_imports import LargeImport
from intake.models.upload_addresses import UploadAddress
from intake.parsing import Sheet
from intake.receiving import Receipt, receive_rows
from intake.retention import EMPTY
from intake.tables import row_naming
from intake.unlikely import CODES
from metrics.models.results import RESULT_TABLES, Batch, SupersededResult
from metrics.models.runs import Run
from vendors.models import Vendor

State = Import.State
LONGEST_NAME = 200


class NotImported(Refused):
    """What was asked for cannot be done with this file any more, or not yet."""

    code = "not_imported"


def keep_upload(
    *,
    vendor: Vendor,
    person: User,
    file_name: str,
    content: "bytes | File[bytes]",
    feed: Feed | None,
    reason: str,
    address: UploadAddress | None = None,
    now: datetime,
) -> Import:
    """Keep a file for the preview; no result is stored by it. A large one is read by a worker.

    Raises WorkbookNotRead and FilesUnavailable.
    """
    file = ContentFile(content) if isinstance(content, bytes) else content
    imported = Import(
        vendor=vendor,
        uploaded_by=person,
        address=address,
        uploaded_at=now,
        file_name=file_name[-LONGEST_NAME:],
        feed=feed,
        reason=reason,
    )
    imported.keep_file(file)
    try:
        imported.sheet = read_upload(cast(OpenFile, imported.open_file), vendor=vendor, now=now)
        is_large = has_many_lines(cast(OpenFile, imported.open_file), imported.sheet)
        if not is_large:
            _remove_customers(imported, now=now)
    except WorkbookNotRead:
        delete_files(filter(None, [imported.file.name]))
        raise
    with transaction.atomic():
        imported.save()
        if is_large:
            LargeImport.objects.create(imported=imported, worked_at=now)
            notify_worker()
    return imported


def content_of(imported: Import) -> bytes:
    """The file as it came; empty once it is no longer kept."""
    with imported.open_file() as file:
        content: bytes = file.read()
    return content


def _remove_customers(imported: Import, *, now: datetime) -> None:
    """Keep no cell of the file that is refused because it tells who a customer is, as its columns are read now."""
    with suppress(SubmissionError):
        read = read_import(imported, now=now, is_applied=False)
        remove_personal_cells(imported, read.cells_of(CUSTOMER), wish_of(read.reading))


@transaction.atomic
def set_reading(
    *,
    imported: Import,
    reading: Reading,
    name: str = "",
    answers: Sequence[tuple[str, str]] = (),
    reason: str = "",
    now: datetime,
) -> Import:
    """Set how the file is read, which questions that answers, and why it corrects results. Raises BadReading."""
    held = lock_import(imported, State.PREVIEW)
    held.reading = reading_from(reading.as_json()).as_json()
    held.reading_name, held.reason = name[:LONGEST_READING_NAME], reason
    said = {each["question"]: each["answer"] for each in held.answers} | dict(answers)
    held.answers = [{"question": question, "answer": answer} for question, answer in said.items()]
    if not begin_again(held):
        _remove_customers(held, now=now)
    held.save(update_fields=["reading", "reading_name", "answers", "reason", *KEPT])
    return held


@transaction.atomic
def confirm(*, imported: Import, person: User, confirmed: frozenset[str] = frozenset(), now: datetime) -> Receipt:
    """Store the good rows, exactly those that the preview shows now; the wrong ones stay out and are counted.

    How the file was read is kept for the next one. Raises NotImported while a question of the preview is not
    `confirmed`, and stores nothing.
    """
    held = lock_import(imported, State.PREVIEW)
    preview = preview_of(held, person=person, with_effect=False, now=now)
    if not preview.is_ready or preview.read is None or preview.sheet is None:
        raise NotImported(_("There is nothing in this file that could be imported as it is."))
    if not confirmed >= {question.code for question in preview.questions}:
        raise NotImported(_("Nothing was imported: answer the questions first, each by its check box."))
    read = preview.read
    receipt = receive_rows(
        principal=person,
        vendor=held.vendor,
        sheet=preview.sheet,
        media_type=read.source.media_type,
        channel=Batch.Channel.FILE,
        now=now,
        reason=held.reason,
        partial=True,
        confirmed=confirmed,
        questions=read.questions,
        request_id=audit.source_of(person).request_id,
    )
    remove_personal_cells(held, preview.sheet.columns.get(CUSTOMER, ()), wish_of(read.reading))
    record_import(held, receipt.batch, read, person=person, now=now)
    return receipt


def record_import(held: Import, batch: Batch, read: FileRead, *, person: User, now: datetime) -> None:
    """Set that a file was imported, and keep how it was read for the next one."""
    held.state, held.batch, held.rows_refused = State.IMPORTED, batch, batch.rows_rejected
    held.reading_version = keep_reading(
        vendor=held.vendor, feed=held.feed, name=read.name or name_for(held.vendor, held.feed),
        content=read.reading.to_keep(), principal=person, now=now,
    )  # fmt: skip
    held.decided_by, held.decided_at = person, now
    held.save()
    vendor, changes = held.vendor.organisation, {"batch": (None, batch.public_id)}
    audit.record(actor=person, action="import_file", thing=held, changes=changes, vendor=vendor)


@transaction.atomic
def drop(*, imported: Import, person: User, now: datetime) -> None:
    """Import nothing of a file."""
    held = lock_import(imported, State.PREVIEW)
    held.state, held.decided_by, held.decided_at = State.DROPPED, person, now
    held.save(update_fields=["state", "decided_by", "decided_at"])
    if forget_parts(held):
        transaction.on_commit(partial(delete_files, list(filter(None, [held.file.name]))))
        Import.objects.filter(pk=held.pk).update(**EMPTY)


def may_undo(imported: Import) -> bool:
    """Whether no night has begun since, in any zone that the file's results belong to."""
    if imported.state != State.IMPORTED:
        return False
    zones = Feed.objects.filter(contract__vendor=imported.vendor).values("contract__zone")
    return not Run.objects.filter(zone__in=zones, started_at__gte=imported.decided_at).exists()


@transaction.atomic
def undo(*, imported: Import, person: User, now: datetime) -> Receipt:
    """Put everything back as it was before the file: what it brought is voided, what it changed is sent again."""
    held = lock_import(imported, State.IMPORTED)
    if not may_undo(held):
        raise NotImported(_("A night has judged these results; correct them by another file, with a reason."))
    rows = _rows_back(held)
    receipt = receive_rows(
        principal=person,
        vendor=held.vendor,
        sheet=Sheet.of_rows(rows),
        media_type="application/json",
        channel=Batch.Channel.FILE,
        now=now,
        reason=_("Undo of %(id)s") % {"id": held.public_id},
        confirmed=CODES.keys(),
        request_id=audit.source_of(person).request_id,
    )
    record_undo(held, receipt.batch, person=person, now=now)
    return receipt


def record_undo(held: Import, batch: Batch, *, person: User, now: datetime) -> None:
    """Set that everything is as it was before a file."""
    held.state, held.undo_batch, held.undone_by, held.undone_at = State.UNDONE, batch, person, now
    held.save(update_fields=["state", "undo_batch", "undone_by", "undone_at"])
    vendor, changes = held.vendor.organisation, {"undo_batch": (None, batch.public_id)}
    audit.record(actor=person, action="undo_import", thing=held, changes=changes, vendor=vendor)


def _rows_back(imported: Import) -> list[dict[str, object]]:
    """The rows that undo a batch, each in the form in which a vendor would send it."""
    before = list(
        SupersededResult.objects.filter(superseded_by=imported.batch).select_related("feed__contract").order_by("pk")
    )
    changed = {(past.feed_id, past.key): past for past in before}
    if _changed_since(imported, before):
        raise NotImported(_("Some of these results were changed again since; correct them by another file."))
    rows = [
        # Without the days that intake works out itself.
        row_naming(past.feed, past.key)
        | {name: cell for name, cell in past.content.items() if not name.endswith("_on")}
        for past in before
    ]
    feeds = Feed.objects.filter(contract__vendor=imported.vendor).select_related("contract")
    for feed in feeds.order_by("pk"):
        table = RESULT_TABLES[feed.kind]
        brought = table.objects.filter(feed=feed, batch=imported.batch).order_by("pk")
        rows += [
            {**row_naming(feed, key), "void": True}
            for key in brought.values_list("key", flat=True)
            if (feed.pk, key) not in changed
        ]
    return rows


def _changed_since(imported: Import, before: list[SupersededResult]) -> bool:
    """Whether a result of the batch, or one that it took back, has another revision by now."""
    if SupersededResult.objects.filter(batch=imported.batch).exists():
        return True
    keys: dict[Feed, list[str]] = defaultdict(list)
    for past in before:
        keys[past.feed].append(past.key)
    return any(
        RESULT_TABLES[feed.kind].objects.filter(feed=feed, key__in=names).exclude(batch=imported.batch).exists()
        for feed, names in keys.items()
    )


def lock_import(imported: Import, state: str, *, nowait: bool = False) -> Import:
    """Return the row, locked, and still in that state: of two clicks the second one finds that it is done."""
    held = Import.objects.select_for_update(nowait=nowait, of=("self",))
    held = held.select_related("vendor__organisation", "feed__contract")
    row = held.get(pk=imported.pk)
    if row.state != state:
        raise NotImported(_("%(id)s is %(state)s.") % {"id": row.public_id, "state": row.get_state_display()})
    return row
