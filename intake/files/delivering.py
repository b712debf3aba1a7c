"""Files that machines bring by an upload address: taken in where nothing is open, else waiting for a person."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext as _

from bpo.models import User
from bpo.row_errors import RowError
from bpo.size_limits import ERRORS_LISTED
from intake.files.importing import confirm, drop, keep_upload
from intake.files.previews import open_questions, preview_of
from intake.models.imports import Import
from intake.models.large_imports import LargeImport
from intake.models.upload_addresses import UploadAddress
from metrics.models.results import Batch

State = Import.State
IMPORTED, READING, WAITING, UNCHANGED = "imported", "reading", "waiting", "unchanged"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a file: `imported` with its receipt, `waiting` for a person, or `unchanged`.

    A worker is `reading` a large one, and will store it where nothing is open.
    """

    imported: Import
    outcome: str
    is_repeated: bool = False
    rows: Mapping[str, int] = field(default_factory=dict)
    questions: Sequence[Mapping[str, object]] = ()
    errors: Sequence[RowError] = ()

    @property
    def receipt(self) -> Batch | None:
        return self.imported.batch

    @property
    def sentence(self) -> str:
        """What became of it, for a log and a text file."""
        name = self.imported.public_id
        if self.outcome == IMPORTED and self.receipt:
            return _("%(id)s is imported, receipt %(receipt)s.") % {"id": name, "receipt": self.receipt.public_id}
        if self.outcome == UNCHANGED:
            return _("%(id)s says nothing new.") % {"id": name}
        if self.outcome == READING:
            text = _("A worker reads %(id)s, which is large, and imports it where nothing is open; see its page.")
            return text % {"id": name}
        return _("%(id)s waits for a person of the vendor: answer what is open on its page.") % {"id": name}

    @property
    def text(self) -> str:
        """What became of it, where it can be looked at, and what is open, line by line."""
        lines = [str(self.sentence), f"{settings.BASE_URL}/imports/{self.imported.public_id}"]
        lines += [str(each["question"]) for each in self.questions]
        errors = self.errors[:ERRORS_LISTED]
        return "\n".join(lines + [f"{error.line or error.row}: {error.field} {error.detail}" for error in errors])


def take_file(
    *,
    address: UploadAddress,
    sender: User,
    file_name: str,
    content: "File[bytes]",
    since: datetime | None = None,
    now: datetime,
) -> Delivery:
    """Take in a file for the feed of an upload address, or keep it until its vendor's people have decided.

    The latest file of the address once more is taken in once, and with `since` each that came after it: a file that was
    cut off by a crash goes on. Raises SubmissionError for what is no table, and FilesUnavailable.
    """
    imported = _known(address, content, since)
    if imported is not None and imported.state == State.IMPORTED:
        return Delivery(imported, IMPORTED, is_repeated=True)
    is_repeated = imported is not None
    if imported is None:
        imported = keep_upload(
            vendor=address.vendor, person=sender, file_name=file_name, content=content, feed=address.feed, reason="",
            address=address, now=now,
        )  # fmt: skip
    large = LargeImport.objects.filter(imported=imported).first()
    if large is not None:
        return Delivery(imported, READING if large.is_under_way else WAITING, is_repeated)
    preview = preview_of(imported, person=sender, with_effect=False, now=now)
    if preview.unreadable is not None:
        drop(imported=imported, person=sender, now=now)
        raise preview.unreadable
    questions = open_questions(preview, address)
    is_open = bool(questions or preview.errors)
    if not is_open and preview.is_ready:
        confirm(imported=imported, person=sender, now=now)
        imported.refresh_from_db()
        return Delivery(imported, IMPORTED, is_repeated, preview.counts)
    if not is_open:
        drop(imported=imported, person=sender, now=now)
    return Delivery(imported, WAITING if is_open else UNCHANGED, is_repeated, preview.counts, questions, preview.errors)


def _known(address: UploadAddress, content: "File[bytes]", since: datetime | None) -> Import | None:
    """Return the import that is this file already, unless somebody has dropped or undone it."""
    digest = hashlib.sha256()
    for piece in content.chunks():
        digest.update(piece)
    content.seek(0)
    imports = Import.objects.filter(address=address).select_related("vendor", "feed__contract", "batch")
    if since is not None:
        same = imports.filter(uploaded_at__gte=since, sha256=digest.hexdigest())
        return same.filter(state__in=[State.PREVIEW, State.IMPORTED]).first()
    latest = imports.first()
    is_same = latest is not None and latest.sha256 == digest.hexdigest()
    return latest if latest and is_same and latest.state in (State.PREVIEW, State.IMPORTED) else None
