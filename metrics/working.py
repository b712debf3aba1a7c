"""The six lines that show why a verdict is what it is, in words and numbers frozen with it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy, override

from bpo.formatting import show_count, show_difference, show_limit
from bpo.translations import DESK_LANGUAGE, desk_day, desk_instant
from bpo.translations import desk_gettext as _
from metrics.findings import Finding, tally_facts
from metrics.models.breaches import Excuse
from metrics.models.results import Batch
from metrics.repeat_wording import repeat_texts
from metrics.statuses import label_of
from metrics.tallies.days import day_text
from metrics.timelines import Agreed, Cell
from sla.limits import Limits, Range
from sla.metrics.feeds import Aggregation
from sla.metrics.measure import ADDED_UP
from sla.periods import DAY
from sla.rounding import RoundingMode
from sla.tallies import Tally
from sla.verdicts import Meaning, Reason, Status

ROUNDINGS = {
    RoundingMode.HALF_UP: gettext_lazy("half up"),
    RoundingMode.HALF_EVEN: gettext_lazy("half to even"),
    RoundingMode.DOWN: gettext_lazy("down"),
}


@dataclass(frozen=True, slots=True)
class Sources:
    """What a working names beside its finding: batches by primary key, the answer's deadline, why it is restated."""

    batches: Mapping[int, Batch]
    answer_due_at: datetime
    restated_for: str = ""


def working_of(finding: Finding, sources: Sources, display: str | None = None) -> dict[str, Any]:
    """The lines and the facts behind them, as they are kept with the verdict; `display` is the value as printed."""
    display = display_of(finding) if display is None else display
    reported = tally_text(finding, finding.reported)
    counted = reported if finding.counted is finding.reported else tally_text(finding, finding.counted)
    texts = (
        reported_line(finding, sources, reported),
        excused_line(finding),
        counted_line(finding, counted),
        formula_line(finding, display),
        compared_line(finding, display),
        follows_line(finding, sources),
    )
    lines = zip(line_names(), texts, strict=True)
    return {
        "lines": [{"key": key, "label": label, "text": text} for (key, label), text in lines],
        "facts": facts_of(finding, sources),
    }


@lru_cache(maxsize=1)
def line_names() -> tuple[tuple[str, str], ...]:
    """The key and the label of each line."""
    return (
        ("reported", _("Reported")),
        ("excused", _("Excused")),
        ("counted", _("Counted")),
        ("formula", _("Formula")),
        ("compared", _("Compared with")),
        ("follows", _("Follows")),
    )


def display_of(finding: Finding) -> str:
    """The value as every page, mail and file prints it: as it was compared, on the right side of every limit."""
    return printed(finding, finding.outcome.compared)


def printed(finding: Finding, value: Fraction | None) -> str:
    """A value in the words of the terms."""
    return finding.cell.agreed.shown.show(value)


def tally_text(finding: Finding, tally: Tally, sign: str = "") -> str:
    """A tally in the words of its measure: "2,796 of 3,000", "117 values", "12,400"."""
    aggregation = finding.cell.agreed.measure.aggregation
    if aggregation is Aggregation.PERCENTILE:
        return _("%(sign)s%(count)s values") % {"sign": sign, "count": show_count(len(tally.values))}
    if aggregation in ADDED_UP:
        return f"{sign}{show_count(tally.numerator)}"
    numbers = {"part": sign + show_count(tally.numerator), "whole": sign + show_count(tally.denominator)}
    if aggregation is Aggregation.MEAN:
        return _("%(part)s over %(whole)s") % numbers
    if aggregation is Aggregation.AVAILABILITY:
        return _("%(part)s of %(whole)s min") % numbers
    return _("%(part)s of %(whole)s") % numbers


def reported_line(finding: Finding, sources: Sources, reported: str) -> str:
    reading, deadlines = finding.reading, finding.deadlines
    if not reading.rows:
        due = desk_day(deadlines.due_on)
        if reading.reported:
            return _("no row counts here; the vendor did report on this feed")
        return _("nothing reported; the report was due by the end of %s") % due
    parts = [reported]
    begins, ends = part_of(finding)
    if begins:
        parts.append(_("part of a period, from %s on") % desk_day(begins))
    if ends:
        parts.append(_("part of a period, until %s") % desk_day(ends - DAY))
    if not reading.reported:
        parts.append(_("not all that was owed by the end of %s has come") % desk_day(deadlines.due_on))
    return " · ".join([*parts, *batch_texts(finding, sources)])


def part_of(finding: Finding) -> tuple[date | None, date | None]:
    """From when contract and feed run inside of the period, and until when, where they do not run all along it."""
    level, period = finding.cell.service_level, finding.cell.period
    begins = max(level.feed.starts_on, level.contract.starts_on)
    ends = min((day for day in (level.feed.ends_on, level.contract.ends_on) if day), default=period.end)
    return (begins if begins > period.start else None, ends if ends < period.end else None)


def batch_texts(finding: Finding, sources: Sources) -> list[str]:
    """When the latest rows were sent, and how many batches did before; their receipts are the vendor's own."""
    known = [sources.batches[pk] for pk in finding.reading.batches if pk in sources.batches]
    if not known:
        return []
    last = max(known, key=lambda batch: (batch.received_at, batch.pk))
    at = desk_instant(last.received_at, finding.cell.service_level.contract.zone)
    texts = [_("sent %(at)s") % {"at": at}]
    others = len(finding.reading.batches) - 1
    if others:
        texts.append(_("and %(count)s earlier batches") % {"count": others} if others > 1 else _("and 1 earlier batch"))
    return texts


def excused_line(finding: Finding) -> str:
    if not finding.excused_days:
        return _("nothing excused")
    zone = ZoneInfo(finding.cell.service_level.contract.zone)
    names = ", ".join(excuse_text(excuse, zone) for excuse in finding.excuses)
    measure = finding.cell.agreed.measure
    if finding.cell.agreed.lowered_by is not None:
        terms, unit = finding.cell.agreed.terms, finding.cell.agreed.unit
        easier = show_difference(finding.cell.agreed.lowered_by, 0, unit=unit, decimals=terms.decimals)
        return _("%(names)s · makes the limits easier by %(amount)s") % {"names": names, "amount": easier}
    change = {
        "taken": tally_text(finding, finding.excused, "−"),
        "names": names,
        "before": printed(finding, measure.value(finding.reported)),
        "after": printed(finding, measure.value(finding.counted)),
    }
    return _("%(taken)s · %(names)s · before %(before)s, after %(after)s") % change


def excuse_text(excuse: Excuse, zone: ZoneInfo) -> str:
    granted_on = excuse.decided_at and desk_day(excuse.decided_at.astimezone(zone).date())
    return _("%(excuse)s granted %(day)s") % {"excuse": excuse.public_id, "day": granted_on}


def counted_line(finding: Finding, own: str) -> str:
    if not finding.earlier:
        return own
    joined = {
        "own": own,
        "labels": ", ".join(one.label for one in finding.earlier),
        "all": tally_text(finding, finding.judged),
    }
    return _("%(own)s; too few alone, so with %(labels)s: %(all)s") % joined


def formula_line(finding: Finding, display: str) -> str:
    value, limits = finding.outcome.value, finding.cell.agreed.limits
    if value is None:
        return _("nothing to compute")
    is_rounded = limits.rounding is not None and finding.outcome.compared != value
    exact = printed(finding, value) if is_rounded else display
    text = f"{finding.cell.agreed.measure.formula_text(finding.judged)} = {exact}"
    if limits.rounding and is_rounded:
        rounding = {
            "mode": ROUNDINGS[limits.rounding.mode],
            "decimals": limits.rounding.decimals,
            "rounded": display,
        }
        text += _(", rounded %(mode)s to %(decimals)s decimals: %(rounded)s") % rounding
    return text


def compared_line(finding: Finding, display: str) -> str:
    outcome = finding.outcome
    parts = [f"{display}: {limits_text(finding)} → {status_text(outcome.status)}"]
    if outcome.value is not None and outcome.reason not in (
        Reason.VALUE,
        Reason.WORSE_THAN_EXPECTED,
        Reason.WORSE_THAN_MINIMUM,
    ):
        parts.append(str(REASONS.get(outcome.reason, "")))  # fmt: skip
    parts += missing_by(finding)
    parts.append(said_once(finding.cell.agreed, amendment_text))
    return " · ".join(part for part in parts if part)


@lru_cache(maxsize=256)
def status_text(status: str) -> str:
    with override(DESK_LANGUAGE):
        return label_of(status)


def said_once(agreed: Agreed, words: Callable[[Agreed], str]) -> str:
    """Return a text about terms, which is the same for every period that they judge."""
    if words not in agreed.said:
        agreed.said[words] = words(agreed)
    return agreed.said[words]


def amendment_text(agreed: Agreed) -> str:
    amendment = {"amendment": str(agreed.terms.amendment), "day": desk_day(agreed.terms.effective_on)}
    return _("limits of: %(amendment)s, in force since %(day)s") % amendment


def limits_text(finding: Finding) -> str:
    return said_once(finding.cell.agreed, levels_text)


def levels_text(agreed: Agreed) -> str:
    terms, unit = agreed.terms, agreed.unit
    shape = {"direction": terms.direction, "unit": unit, "decimals": terms.decimals}
    text = _("expected %s") % show_limit(terms.expected, high=terms.expected_high, **shape)
    if terms.minimum is not None:
        text += ", " + _("minimum %s") % show_limit(terms.minimum, high=terms.minimum_high, **shape)
    return text


def missing_by(finding: Finding) -> list[str]:
    """How far a value lies under the limit that it failed, and in how many cases."""
    outcome, limits = finding.outcome, finding.cell.agreed.limits
    texts = []
    if outcome.compared is not None and outcome.status in (Status.BREACH, Status.BELOW_EXPECTED):
        gap = gap_to(limits, outcome.compared, outcome.status)
        if gap:
            terms = finding.cell.agreed.terms
            apart = show_difference(gap, 0, unit=finding.cell.agreed.unit, decimals=terms.decimals)
            which = (
                _("minimum") if outcome.status is Status.BREACH and limits.floor is not None else _("expected level")
            )
            texts.append(_("%(gap)s worse than the %(level)s") % {"gap": apart, "level": which})
        if outcome.short_by_cases:
            minutes = finding.cell.agreed.measure.aggregation is Aggregation.AVAILABILITY
            short = _("%s min short of the expected level") if minutes else _("%s cases short of the expected level")
            texts.append(short % show_count(outcome.short_by_cases))
    return texts


def gap_to(limits: Limits, compared: Fraction, status: Status) -> Fraction:
    """How far the value is from the minimum it broke, or from the expected level it missed."""
    level = limits.floor if status is Status.BREACH and limits.floor is not None else limits.goal
    if isinstance(level, Range):
        return level.distance(compared)
    return abs(compared - Fraction(level))


REASONS = {
    Reason.RAMP_UP: gettext_lazy("results have no consequences yet"),
    Reason.VOIDED: gettext_lazy("excuses cover the period"),
    Reason.ALL_EXCUSED: gettext_lazy("everything is excused"),
    Reason.REPORT_MISSING: gettext_lazy("a report is missing"),
    Reason.REPORT_MISSING_WARNED: gettext_lazy("a report is missing, the vendor is warned"),
    Reason.REPORT_DEEMED: gettext_lazy("a missing report counts as a miss of the minimum"),
    Reason.NOTHING_TO_COUNT: gettext_lazy("nothing to count"),
    Reason.TOO_FEW_CASES: gettext_lazy("fewer cases than the clause asks for"),
    Reason.CARRIED_OVER: gettext_lazy("too few cases, carried over to the next period"),
    Reason.MISSES_ALLOWED: gettext_lazy("few cases, and no more misses than are allowed"),
    Reason.MISSES_COUNTED: gettext_lazy("few cases, so misses are counted"),
    Reason.OUT_OF_REACH: gettext_lazy("cannot be reached any more"),
}


def follows_line(finding: Finding, sources: Sources) -> str:
    parts = (consequence(finding, sources), *repeat_texts(finding), closing_text(finding, sources))
    return " · ".join(part for part in parts if part)


def consequence(finding: Finding, sources: Sources) -> str:
    status, deadlines = finding.outcome.status, finding.deadlines
    zone = finding.cell.service_level.contract.zone
    if status is Status.BREACH:
        return _("a breach; the vendor owes the cause by %s") % desk_instant(sources.answer_due_at, zone)
    if status is Status.BELOW_EXPECTED:
        return _("no breach; counts where the contract speaks of repeated misses")
    if status is Status.NOT_REPORTED:
        if deadlines.deemed_on is not None:
            return _("a breach from %s on unless it is reported") % desk_day(deadlines.deemed_on)
        return _("no breach by itself; the report is owed")
    if status.meaning is Meaning.NEUTRAL:
        return _("neither met nor missed")
    return _("nothing") if status is Status.MET else ""


def closing_text(finding: Finding, sources: Sources) -> str:
    if sources.restated_for:
        return _("final, restated: %s") % sources.restated_for
    unreported = not finding.reading.reported
    closes_on = finding.deadlines.closes_unreported_on if unreported else finding.deadlines.closes_on
    if closes_on <= finding.today:
        return _("final with the next night")
    return _("final in the night of %s") % desk_day(closes_on)


def facts_of(finding: Finding, sources: Sources) -> dict[str, Any]:
    """What the lines are made of, as plain data; numbers are exact text."""
    outcome, deadlines = finding.outcome, finding.deadlines
    lowered_by = finding.cell.agreed.lowered_by
    facts = {id(tally): tally_facts(tally) for tally in (finding.reported, finding.counted, finding.judged)}
    return {
        **facts_of_terms(finding.cell),
        "rows": finding.reading.rows,
        "reported": facts[id(finding.reported)],
        "excused": tally_facts(finding.excused),
        "counted": facts[id(finding.counted)],
        "judged": facts[id(finding.judged)],
        "joined": [one.label for one in finding.earlier],
        "is_reported": finding.reading.reported,
        "part": [day and day.isoformat() for day in part_of(finding)],
        "excused_days": [day_text(day) for day in finding.excused_days],
        "excuses": [excuse.public_id for excuse in finding.excuses],
        "lowered_by": lowered_by and str(lowered_by),
        "batches": public_ids(finding.reading.batches, sources.batches),
        "value": exact_or_none(outcome.value),
        "compared": exact_or_none(outcome.compared),
        "shortfall": exact_or_none(outcome.shortfall),
        "short_by_cases": outcome.short_by_cases,
        "band": outcome.band,
        "reason": str(outcome.reason),
        "repeats": [repeated.facts for repeated in finding.repeats],
        "due_on": day_text(deadlines.due_on),
        "closes_on": day_text(deadlines.closes_on),
        "deemed_on": deadlines.deemed_on and day_text(deadlines.deemed_on),
    }


def facts_of_terms(cell: Cell) -> dict[str, Any]:
    """The part that is the same for every period of those terms."""
    agreed, measure = cell.agreed, cell.agreed.measure
    if facts_of_terms not in agreed.said:
        agreed.said[facts_of_terms] = {
            "aggregation": str(measure.aggregation),
            "of": measure.of,
            "scale": str(measure.scale),
            "unit": agreed.unit,
            "decimals": agreed.terms.decimals,
            "terms": agreed.terms.pk,
            "period_kind": agreed.terms.period,
            "zone": cell.service_level.contract.zone,
        }
    return agreed.said[facts_of_terms]


def exact_or_none(number: Fraction | None) -> str | None:
    return None if number is None else str(number)


def public_ids(pks: Iterable[int], batches: Mapping[int, Batch]) -> list[str]:
    return [batches[pk].public_id for pk in pks if pk in batches]
