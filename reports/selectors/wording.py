"""How a verdict reads in a mail: the strings that its pages print."""

from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from bpo.formatting import show_limit, show_period
from contracts.terms import unit_of
from metrics.models.verdicts import Verdict
from reports.digests import Mark
from reports.readers import Reader, Side

Status = Verdict.Status
MARKS: dict[str, tuple[str, str]] = {
    Status.MET: ("[o]", "●"),
    Status.BELOW_EXPECTED: ("[^]", "▲"),
    Status.BREACH: ("[#]", "■"),
    Status.NOT_REPORTED: ("[?]", "?"),
    Status.EXCUSED: ("[/]", "◇"),
    Status.NO_VOLUME: ("[-]", "–"),
    Status.TOO_FEW: ("[-]", "–"),
    Status.NOT_IN_FORCE: ("[ ]", " "),
    Status.ON_TRACK: ("(o)", "○"),
    Status.AT_RISK: ("(^)", "△"),
    Status.ALREADY_LOST: ("(x)", "☒"),
}
# Round brackets and outlines are provisional, square ones and fillings final.
OUTLINED = {"[o]": ("(o)", "○"), "[^]": ("(^)", "△"), "[#]": ("(#)", "□")}
OPEN = (Status.ON_TRACK, Status.AT_RISK, Status.ALREADY_LOST)
DATE_MARK = ("[!]", "◷")


def mark_of(verdict: Verdict) -> Mark:
    """The verdict's status as shape and word."""
    ascii_shape, shape = MARKS[verdict.status]
    word = str(Status(verdict.status).label)
    if verdict.is_deemed:
        word = _("%(status)s (deemed)") % {"status": word}
    if verdict.is_final or verdict.status in OPEN:
        return Mark(ascii_shape, shape, word)
    ascii_shape, shape = OUTLINED.get(ascii_shape, (ascii_shape, shape))
    return Mark(ascii_shape, shape, _("%(status)s, provisional") % {"status": word})


def title_of(verdict: Verdict) -> str:
    """The service level and the period, "Claims keyed in one day, October 2025"."""
    period = show_period(verdict.terms.period, verdict.starts_on, verdict.ends_on, verdict.period_label)
    return f"{verdict.service_level.name}, {period}"


def value_of(verdict: Verdict) -> str:
    """The value as every page prints it, or the status's word where there is none."""
    return verdict.display or str(Status(verdict.status).label)


def limit_of(verdict: Verdict, *, expected: bool = False) -> str:
    """The limit that the terms of that period set: their minimum, or what they expect where they have none."""
    terms = verdict.limits
    if expected or terms.minimum is None:
        return _("expected %s") % _limit(terms, terms.expected, terms.expected_high)
    word = _("maximum %s") if terms.direction == "lower" else _("minimum %s")
    return word % _limit(terms, terms.minimum, terms.minimum_high)


def line_of(verdict: Verdict, key: str) -> str:
    """A line of the frozen working, such as "counted": "2,796 of 3,000"."""
    lines = verdict.working.get("lines", []) if isinstance(verdict.working, dict) else []
    return next((str(line.get("text", "")) for line in lines if line.get("key") == key), "")


def counted_of(verdict: Verdict) -> str:
    """The sample behind the value, as its working says it."""
    sample = line_of(verdict, "counted")
    return _("Counted: %s") % sample if sample else ""


def severity_of(verdict: Verdict) -> Fraction:
    """How far beyond its limit a value lies, as a share of the limit; a missing report is worst."""
    terms = verdict.limits
    if verdict.value is None:
        return Fraction(10**6)
    value = Fraction(verdict.value)
    low = Fraction(terms.expected if terms.minimum is None else terms.minimum)
    high = terms.expected_high if terms.minimum is None else terms.minimum_high
    gap = abs(value - low) if high is None else max(low - value, value - Fraction(high))
    return gap / abs(low) if low else gap


def party_of(reader: Reader, contract: Any) -> str:
    """The other side's name, or for an operator both names."""
    return contract.client.name if reader.side == Side.VENDOR else contract.vendor.name


def _limit(terms: Any, limit: Any, high: Any) -> str:
    try:
        unit = unit_of(terms)
    except ValueError:
        unit = terms.unit
    return show_limit(limit, direction=terms.direction, unit=unit, decimals=terms.decimals, high=high)
