"""The statuses of verdicts: the one table from which choices, pages, mails, the API and credits derive.

To add a status: a row here, its look in `metrics/statuses.py`, and the case in which `sla/verdicts.py` gives it.
"""

from enum import Enum

from sla.labels import Labelled
from sla.labels import gettext_noop as _


class Meaning(Enum):
    """What a status says about the vendor's performance; NEUTRAL is neither met nor missed."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    NEUTRAL = "neutral"


class Status(Labelled):
    """What a verdict says about a period.

    `rank` orders statuses from the worst (1) on, what is missing before what is good: where several periods share a
    month, the lowest rank stands for it. `is_open` marks the statuses of a period that still runs.
    """

    MET = "met", _("Met"), Meaning.GOOD, 6
    BELOW_EXPECTED = "below_expected", _("Below expected"), Meaning.WARNING, 4
    BREACH = "breach", _("Breach"), Meaning.BAD, 1
    NOT_REPORTED = "not_reported", _("Not reported"), Meaning.BAD, 3
    EXCUSED = "excused", _("Excused"), Meaning.NEUTRAL, 8
    NO_VOLUME = "no_volume", _("No volume"), Meaning.NEUTRAL, 10
    TOO_FEW = "too_few", _("Too few cases"), Meaning.NEUTRAL, 9
    NOT_IN_FORCE = "not_in_force", _("Not in force"), Meaning.NEUTRAL, 11
    ON_TRACK = "on_track", _("On track"), Meaning.GOOD, 7, True
    AT_RISK = "at_risk", _("At risk"), Meaning.WARNING, 5, True
    ALREADY_LOST = "already_lost", _("Already lost"), Meaning.BAD, 2, True

    meaning: Meaning
    rank: int
    is_open: bool

    def __init__(self, value: str, label: str, meaning: Meaning, rank: int, is_open: bool = False) -> None:
        self.meaning, self.rank, self.is_open = meaning, rank, is_open


OPEN = frozenset(status for status in Status if status.is_open)
BAD = frozenset(status for status in Status if status.meaning is Meaning.BAD)
NEUTRAL = frozenset(status for status in Status if status.meaning is Meaning.NEUTRAL)
# Open periods that may yet be missed, or are.
THREATENED = frozenset(status for status in OPEN if status.meaning is not Meaning.GOOD)
