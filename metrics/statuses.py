"""How a status looks: a shape, a tone and a word; filled is final, outlined is provisional."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from metrics.models.verdicts import Verdict

Status = Verdict.Status
# Statuses of a period that is still open: always outlined.
OPEN = (Status.ON_TRACK, Status.AT_RISK, Status.ALREADY_LOST)
LOOKS: dict[str, tuple[str, str]] = {
    Status.MET: ("met", "met"),
    Status.BELOW_EXPECTED: ("below", "below"),
    Status.BREACH: ("breach", "breach"),
    Status.NOT_REPORTED: ("unreported", "unreported"),
    Status.EXCUSED: ("excused", "neutral"),
    Status.NO_VOLUME: ("none", "neutral"),
    Status.TOO_FEW: ("few", "neutral"),
    Status.NOT_IN_FORCE: ("", "neutral"),
    Status.ON_TRACK: ("met-open", "met"),
    Status.AT_RISK: ("below-open", "below"),
    Status.ALREADY_LOST: ("lost", "breach"),
}
# Which of several periods speaks for a month: the worst, and what is missing before what is good.
WORST_FIRST = (
    Status.BREACH,
    Status.ALREADY_LOST,
    Status.NOT_REPORTED,
    Status.BELOW_EXPECTED,
    Status.AT_RISK,
    Status.MET,
    Status.ON_TRACK,
    Status.EXCUSED,
    Status.TOO_FEW,
    Status.NO_VOLUME,
    Status.NOT_IN_FORCE,
)
RANK = {status: place for place, status in enumerate(WORST_FIRST)}
LEGEND = (
    (Status.MET, True),
    (Status.BELOW_EXPECTED, True),
    (Status.BREACH, True),
    (Status.NOT_REPORTED, True),
    (Status.EXCUSED, True),
    (Status.TOO_FEW, True),
    (Status.NO_VOLUME, True),
    (Status.ON_TRACK, False),
    (Status.AT_RISK, False),
    (Status.ALREADY_LOST, False),
    (Status.BREACH, False),
)


@dataclass(frozen=True, slots=True)
class Sign:
    """What is drawn and said for one status."""

    glyph: str
    tone: str
    word: str
    is_final: bool

    @property
    def classes(self) -> str:
        """Style classes of a mark beside text."""
        return f"t-{self.tone}" if self.is_final else f"t-{self.tone} open"

    @property
    def cell(self) -> str:
        """Style classes of a cell of the heat map."""
        return f"c-{self.tone}" if self.is_final else f"c-{self.tone} open"


def sign_of(status: str, *, is_final: bool, is_deemed: bool = False) -> Sign:
    """The sign of a status; an outlined shape and the word "provisional" until it is final."""
    glyph, tone = LOOKS[status]
    word = str(Status(status).label)
    if is_deemed:
        word = _("%(status)s (deemed)") % {"status": word}
    if status in OPEN:
        return Sign(glyph, tone, word, is_final=False)
    if not is_final:
        word = _("%(status)s, provisional") % {"status": word}
        glyph = f"{glyph}-open" if glyph in {"met", "below", "breach"} else glyph
    return Sign(glyph, tone, word, is_final)


def sign_of_verdict(verdict: Any) -> Sign | None:
    """The sign of a verdict; None where there is none yet."""
    if verdict is None:
        return None
    return sign_of(verdict.status, is_final=verdict.is_final, is_deemed=verdict.is_deemed)


def legend() -> list[Sign]:
    """Every sign once, for the key above a heat map."""
    return [sign_of(status, is_final=is_final) for status, is_final in LEGEND]
