"""What ends the work on a large file, or begins it again: whoever works on it finds its claim gone, and stops."""

from django.db import transaction
from django.utils.translation import gettext as _

from bpo.errors import Refused
from intake.files.claims import notify_worker
from intake.models.imports import Import
from intake.models.large_imports import LargeImport

Step = LargeImport.Step
AFRESH = {"lines_read": 0, "rows_read": 0, "summary": {}, "problem": {}, "claim": "", "claimed_at": None, "attempts": 0}


class BeingStored(Refused):
    """The rows are being stored, wholly or not at all, which nobody can interrupt."""

    code = "being_stored"


@transaction.atomic
def begin_again(imported: Import) -> bool:
    """Have a worker read a large file anew, as it is said now to be read; False for other files."""
    return _end(imported, step=Step.READ)


@transaction.atomic
def forget_parts(imported: Import) -> bool:
    """Cancel the work on a large file, and delete its parts; False for other files."""
    return _end(imported, step=Step.DONE)


def _end(imported: Import, *, step: str) -> bool:
    large = LargeImport.objects.select_for_update().filter(imported=imported).first()
    if large is None:
        return False
    if large.step == Step.STORE and large.claim:
        raise BeingStored(_("The rows are being stored just now. You can undo that afterwards."))
    large.parts.all().delete()
    LargeImport.objects.filter(pk=large.pk).update(step=step, **AFRESH)
    if step != Step.DONE:
        notify_worker()
    return True
