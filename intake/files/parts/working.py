"""A worker's turn at a large file: it takes the steps that are due until its time is over."""

from datetime import datetime, timedelta

import structlog
from django.db import OperationalError

from bpo.errors import Refused
from bpo.row_errors import SubmissionError
from bpo.stored_files import FilesUnavailable
from intake.files.claims import ClaimLost, claim_next, held, release, release_unharmed, stop
from intake.files.parts.acting import decide_alone
from intake.files.parts.comparing import compare
from intake.files.parts.reading import Clock, read_parts, survey
from intake.files.parts.storing import ClosedMeanwhile, PreviewOutdated, store_parts, take_back
from intake.models.large_imports import LargeImport

Step = LargeImport.Step
log = structlog.get_logger("desk.imports")
# After so long other tasks have their turn.
TURN = timedelta(seconds=20)


def work_on_next(*, clock: Clock) -> bool:
    """Take a turn at the file that has waited longest; False where there is none to work on."""
    large = claim_next(now=clock())
    if large is None:
        return False
    until = clock() + TURN
    try:
        while large.is_under_way and clock() < until:
            _step(large, until, clock)
    except ClaimLost:
        return True
    except FilesUnavailable:
        return False
    except PreviewOutdated:
        compare_anew(large, now=clock())
        return True
    except (ClosedMeanwhile, OperationalError) as error:
        # The rows were not stored; it is tried again from the record as it is then.
        log.warning("import_postponed", id=large.imported.public_id, error=f"{type(error).__name__}: {error}"[:300])
        release_unharmed(large)
        return False
    except (Refused, SubmissionError) as error:
        stop(large, code=error.code, detail=str(error.sentence), hint=str(error.hint))
        return True
    release(large)
    return True


def compare_anew(large: LargeImport, *, now: datetime) -> None:
    """Have every part compared with the record as it is now, for a preview that somebody looks at once more."""
    with held(large, now=now):
        large.step = Step.COMPARE
        large.summary |= {"is_outdated": True, "was_outdated": True}
    release(large)


def _step(large: LargeImport, until: datetime, clock: Clock) -> None:
    if large.step == Step.SURVEY:
        survey(large, clock=clock)
    elif large.step == Step.READ:
        read_parts(large, until=until, clock=clock)
    elif large.step == Step.COMPARE:
        compare(large, clock=clock)
        decide_alone(large, now=clock())
    elif large.step == Step.STORE:
        store_parts(large, now=clock())
        large.step = Step.DONE
    else:
        take_back(large, now=clock())
        large.step = Step.DONE
