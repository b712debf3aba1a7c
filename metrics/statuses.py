"""How a status looks on pages and in mails; filled is final, outlined is provisional, dashed and grey is history."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from metrics.models.verdicts import Verdict
from sla.verdicts import Status


@dataclass(frozen=True, slots=True)
class Look:
    """A shape (`g-…` in layout/_sprite.html) and its tone (`c-…` in desk.css) on pages, and its marks in mails.

    Mails in plain text have an ASCII mark, those in HTML a character: round brackets and outlines are provisional.
    """

    glyph: str
    tone: str
    ascii: str
    character: str


# In the order of the legend, which leaves out what has no shape.
LOOKS: dict[Status, Look] = {
    Status.MET: Look("met", "met", "[o]", "●"),
    Status.BELOW_EXPECTED: Look("below", "below", "[^]", "▲"),
    Status.BREACH: Look("breach", "breach", "[#]", "■"),
    Status.NOT_REPORTED: Look("unreported", "unreported", "[?]", "?"),
    Status.EXCUSED: Look("excused", "neutral", "[/]", "◇"),
    Status.NO_TARGET: Look("untargeted", "neutral", "[.]", "·"),
    Status.TOO_FEW: Look("few", "neutral", "[-]", "–"),
    Status.NO_VOLUME: Look("none", "neutral", "[-]", "–"),
    Status.NOT_IN_FORCE: Look("", "neutral", "[ ]", " "),
    Status.ON_TRACK: Look("met-open", "met", "(o)", "○"),
    Status.AT_RISK: Look("below-open", "below", "(^)", "△"),
    Status.ALREADY_LOST: Look("lost", "breach", "(x)", "☒"),
}
# How a period that has ended looks until it is final; other shapes stay as they are.
PROVISIONAL: dict[Status, Look] = {
    Status.MET: LOOKS[Status.ON_TRACK],
    Status.BELOW_EXPECTED: LOOKS[Status.AT_RISK],
    Status.BREACH: Look("breach-open", "breach", "(#)", "□"),
}


@dataclass(frozen=True, slots=True)
class Sign:
    """A status as it is shown: its shape, its tone and its word."""

    glyph: str
    tone: str
    word: str
    is_final: bool
    ascii: str = ""
    character: str = ""
    is_history: bool = False

    @property
    def classes(self) -> str:
        """Style classes of a mark beside text."""
        return f"t-{self.tone}{self._edge}"

    @property
    def cell(self) -> str:
        """Style classes of a cell of the heat map."""
        return f"c-{self.tone}{self._edge}"

    @property
    def _edge(self) -> str:
        return " history" if self.is_history else "" if self.is_final else " open"


def label_of(status: str) -> str:
    """Return the translated word of a status."""
    return _(Status(status).label)


def sign_of(status: str, *, is_final: bool, is_deemed: bool = False, is_history: bool = False) -> Sign:
    """Return the sign of a status; it is outlined, and its word says "provisional", until it is final.

    Of history, which has no consequence either way, the word says so instead.
    """
    row = Status(status)
    if is_history:
        look, word = LOOKS[row], _("%(status)s, history") % {"status": label_of(status)}
        return Sign(look.glyph, "neutral", word, is_final, look.ascii, look.character, is_history=True)
    look, word = LOOKS[row], label_of(status)
    if is_deemed:
        word = _("%(status)s (deemed)") % {"status": word}
    if not is_final and not row.is_open:
        word = _("%(status)s, provisional") % {"status": word}
        look = PROVISIONAL.get(row, look)
    return Sign(look.glyph, look.tone, word, is_final and not row.is_open, look.ascii, look.character)


def sign_of_verdict(verdict: Verdict | None) -> Sign | None:
    """Return the sign of a verdict, or None where there is none yet."""
    if verdict is None:
        return None
    return sign_of(
        verdict.status, is_final=verdict.is_final, is_deemed=verdict.is_deemed, is_history=verdict.is_history
    )


def legend() -> list[Sign]:
    """Return every sign once, for the key above a heat map."""
    shown = [sign_of(status, is_final=not status.is_open) for status, look in LOOKS.items() if look.glyph]
    return [*shown, sign_of(Status.BREACH, is_final=False)]
