"""The six lines that show why a verdict is what it is: text and numbers, frozen with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from django.utils.translation import gettext_noop, override

from bpo.formatting import rounded, show_count, show_difference, show_limit
from bpo.translations import DESK_LANGUAGE, desk_day, desk_instant
from bpo.translations import desk_gettext as _
from contracts.models.agreements import Amendment
from contracts.models.service_levels import ServiceLevel
from metrics.models.results import Batch
from metrics.services.excuse_wording import excused_text
from metrics.services.findings import Finding
from metrics.services.repeat_wording import repeat_text
from metrics.services.target_wording import parts_texts
from metrics.timelines import Cell
from sla.limits import Range
from sla.metrics.feeds import Aggregation
from sla.metrics.measure import ADDED_UP
from sla.part_periods import JOINED, PART, Changes
from sla.periods import DAY
from sla.rounding import RoundingMode
from sla.tallies import Tally
from sla.verdicts import Meaning, Reason, Status

# The key and the label of each line.
LABELS = {
    "reported": gettext_noop("Reported"),
    "excused": gettext_noop("Excused"),
    "counted": gettext_noop("Counted"),
    "formula": gettext_noop("Formula"),
    "compared": gettext_noop("Compared with"),
    "follows": gettext_noop("Follows"),
}
ROUNDINGS = {
    RoundingMode.HALF_UP: gettext_noop("half up"),
    RoundingMode.HALF_EVEN: gettext_noop("half to even"),
    RoundingMode.DOWN: gettext_noop("down"),
}
REASONS = {
    Reason.RAMP_UP: gettext_noop("results have no consequences yet"),
    Reason.PART_PERIOD: gettext_noop("a part of a period, which is only reported"),
    Reason.AFTER_END: gettext_noop("what was agreed had ended before"),
    Reason.VOIDED: gettext_noop("excuses cover the period"),
    Reason.ALL_EXCUSED: gettext_noop("everything is excused"),
    Reason.REPORT_MISSING: gettext_noop("a report is missing"),
    Reason.REPORT_MISSING_WARNED: gettext_noop("a report is missing, the vendor is warned"),
    Reason.REPORT_DEEMED: gettext_noop("a missing report counts as a miss of the minimum"),
    Reason.NOTHING_TO_COUNT: gettext_noop("nothing to count"),
    Reason.TOO_FEW_CASES: gettext_noop("fewer cases than the clause asks for"),
    Reason.CARRIED_OVER: gettext_noop("too few cases, carried over to the next period"),
    Reason.MISSES_ALLOWED: gettext_noop("few cases, and no more misses than are allowed"),
    Reason.MISSES_COUNTED: gettext_noop("few cases, so misses are counted"),
    Reason.OUT_OF_REACH: gettext_noop("cannot be reached any more"),
}
# What follows from a status alone; other statuses have texts of their own, or none.
CONSEQUENCES = {
    Status.MET: gettext_noop("nothing"),
    Status.BELOW_EXPECTED: gettext_noop("no breach; counts where the contract speaks of repeated misses"),
    **{status: gettext_noop("neither met nor missed") for status in Status if status.meaning is Meaning.NEUTRAL},
}


# A limit, and where it is a range its upper end.
Bounds = tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a working names beside its finding: batches by primary key, the answer's deadline, why it is restated."""

    batches: Mapping[int, Batch]
    answer_due_at: datetime | None
    restated_for: str = ""


def working_lines(finding: Finding, sources: Sources, display: str | None = None) -> list[dict[str, str]]:
    """The lines as they are kept with the verdict; `display` is the value as printed."""
    display = display_of(finding) if display is None else display
    reported = tally_text(finding, finding.reported)
    counted = reported if finding.counted is finding.reported else tally_text(finding, finding.counted)
    repeats = (repeat_text(finding, progress) for progress in finding.repeats)
    follows = (consequence(finding, sources), *repeats, pace_text(finding), closing_text(finding, sources))
    texts = (
        reported_line(finding, sources, reported),
        excused_text(finding, tally_text(finding, finding.excused, "−")) if finding.excuses else _("nothing excused"),
        counted_line(finding, counted),
        formula_line(finding, display),
        compared_line(finding, display),
        " · ".join(filter(None, follows)),
    )
    return [{"key": key, "label": _(LABELS[key]), "text": text} for key, text in zip(LABELS, texts, strict=True)]


def display_of(finding: Finding) -> str:
    """The value as every page, mail and file prints it: as it was compared, on the right side of every limit."""
    return finding.cell.agreed.value_format.show(finding.outcome.compared)


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
    """What was reported, and when; batches are named to vendors only, so the line gives their number."""
    reading, due = finding.reading, desk_day(finding.deadlines.due_on)
    if finding.cell.is_over and (end := finding.cell.time.end):
        return end_text(finding.cell.service_level, end)
    parts, measure = [reported] if reading.rows else [], finding.cell.agreed.measure
    level = finding.cell.service_level
    if reading.rows and (measure.targets or measure.settings.values.get("services") or level.per_feed_id):
        parts += parts_texts(finding)
    if days := len(reading.nil):
        one, several = _("nothing happened on 1 day"), _("nothing happened on %s days") % days
        parts.append(_("%s, as the vendor reported") % (several if days > 1 else one))
    if not parts:
        if reading.reported:
            return _("no row counts here; the vendor did report on this feed")
        return _("nothing reported; the report was due by the end of %s") % due
    begins, ends = finding.cell.part
    if begins:
        parts.append(_("part of a period, from %s on") % desk_day(begins))
    if ends:
        parts.append(_("part of a period, until %s") % desk_day(ends - DAY))
    if finding.cell.whole.label.endswith(JOINED):
        parts.append(_("judged together with the period beside it"))
    if not reading.reported:
        owed = _("not all that was owed by the end of %s has come") % due
        parts.append(_("not all reports of the period have come") if finding.cell.is_history else owed)
    batches = [sources.batches[pk] for pk in reading.batches if pk in sources.batches]
    if batches:
        sent_at = max((batch.received_at, batch.pk) for batch in batches)[0]
        parts.append(_("sent %(at)s") % {"at": desk_instant(sent_at, finding.cell.service_level.contract.zone)})
        earlier = len(reading.batches) - 1
        if earlier:
            text = _("and %(count)s earlier batches") if earlier > 1 else _("and 1 earlier batch")
            parts.append(text % {"count": earlier})
    return " · ".join(parts)


def end_text(service_level: ServiceLevel, end: date) -> str:
    """What had ended before a period that was judged before that was known."""
    texts = {
        service_level.feed.ends_on: _("nothing is owed or counted: the feed ended with %s"),
        service_level.contract.time.end: _("nothing is owed or counted: the contract ended with %s"),
    }
    return texts.get(end, _("nothing is owed or counted: the service level ended with %s")) % desk_day(end - DAY)


def counted_line(finding: Finding, counted: str) -> str:
    if not finding.earlier:
        return counted
    joined = {
        "own": counted,
        "labels": ", ".join(label for label, _tally in finding.earlier),
        "all": tally_text(finding, finding.judged),
    }
    return _("%(own)s; too few alone, so with %(labels)s: %(all)s") % joined


def formula_line(finding: Finding, display: str) -> str:
    value, agreed = finding.outcome.value, finding.cell.agreed
    if value is None:
        why = REASONS.get(finding.outcome.reason)
        return _("nothing to compute: %s") % _(why) if why else _("nothing to compute")
    rounding = agreed.limits.rounding if finding.outcome.compared != value else None
    exact = agreed.value_format.show(value) if rounding else display
    text = f"{agreed.measure.formula_text(finding.judged)} = {exact}"
    if rounding:
        facts = {"mode": _(ROUNDINGS[rounding.mode]), "decimals": rounding.decimals, "rounded": display}
        text += _(", rounded %(mode)s to %(decimals)s decimals: %(rounded)s") % facts
    return text


def compared_line(finding: Finding, display: str) -> str:
    outcome, terms = finding.outcome, finding.cell.agreed.terms
    if terms.expected is None:
        status = "" if outcome.status is Status.NO_TARGET else f" → {_(outcome.status.label)}"
        text = _("%(value)s: no target, only reported") % {"value": display} + status
        return " · ".join(filter(None, [text, change_text(finding.cell)]))
    parts = [f"{display}: {limits_text(finding)} → {_(outcome.status.label)}"]
    if outcome.value is not None and outcome.reason in REASONS:
        parts.append(_(REASONS[outcome.reason]))
    parts += gap_texts(finding)
    parts += [amendment_text(terms.amendment.number, terms.effective_on), change_text(finding.cell)]
    return " · ".join(part for part in parts if part)


def change_text(cell: Cell) -> str:
    """Why the period is cut as it is, and which terms judge one inside of which others take effect."""
    if cell.stays_apart:
        return _("judged alone: the period beside it had closed before it was known to be joined")
    if PART in cell.whole.label:
        return _("a part of a period that is split where terms take effect: each part is a period of its own")
    if cell.changed_on is None:
        return ""
    if cell.agreed.changes is Changes.AT_END and cell.agreed.terms.effective_on > cell.period.start:
        return _("they judge all of the period inside of which they take effect, as they say")
    return _("terms that take effect on %s judge from the next period on") % desk_day(cell.changed_on)


@lru_cache(maxsize=1024)
def amendment_text(number: int, effective_on: date) -> str:
    with override(DESK_LANGUAGE):
        amendment = str(Amendment(number=number))
    return _("limits of: %(amendment)s, in force since %(day)s") % {
        "amendment": amendment,
        "day": desk_day(effective_on),
    }


def limits_text(finding: Finding) -> str:
    """The limits in force: "expected ≥ 95 %, minimum ≥ 92 %"."""
    agreed, terms = finding.cell.agreed, finding.cell.agreed.terms
    expected, minimum = (terms.expected, terms.expected_high), (terms.minimum, terms.minimum_high)
    return show_limits(expected, minimum, terms.direction, agreed.unit, terms.decimals_shown)


@lru_cache(maxsize=4096)
def show_limits(expected: Bounds, minimum: Bounds, direction: str, unit: str, decimals: int) -> str:
    """The two limits as they are printed; cached, because the same terms judge many periods."""
    texts = []
    lowest = _("maximum %s") if direction == "lower" else _("minimum %s")
    for text, (limit, high) in ((_("expected %s"), expected), (lowest, minimum)):
        if limit is not None:
            texts.append(text % show_limit(limit, high=high, direction=direction, unit=unit, decimals=decimals))
    return ", ".join(texts)


def gap_texts(finding: Finding) -> list[str]:
    """How far a value lies from the limit that it missed, and in how many cases."""
    outcome, agreed = finding.outcome, finding.cell.agreed
    if outcome.compared is None or outcome.status not in (Status.BREACH, Status.BELOW_EXPECTED):
        return []
    texts = []
    is_below_minimum = outcome.status is Status.BREACH and agreed.limits.floor is not None
    level = agreed.limits.floor if is_below_minimum else agreed.limits.goal
    gap = level.distance(outcome.compared) if isinstance(level, Range) else abs(outcome.compared - Fraction(level))
    if gap:
        apart = show_difference(gap, 0, unit=agreed.unit, decimals=agreed.terms.decimals_shown)
        is_maximum = agreed.terms.direction == "lower"
        name = (_("maximum") if is_maximum else _("minimum")) if is_below_minimum else _("expected level")
        texts.append(_("%(gap)s worse than the %(level)s") % {"gap": apart, "level": name})
    if outcome.short_by_cases:
        is_minutes = agreed.measure.aggregation is Aggregation.AVAILABILITY
        text = _("%s min short of the expected level") if is_minutes else _("%s cases short of the expected level")
        texts.append(text % show_count(outcome.short_by_cases))
    return texts


def consequence(finding: Finding, sources: Sources) -> str:
    status, deemed_on = finding.outcome.status, finding.deadlines.deemed_on
    if finding.cell.is_history:
        opening = desk_day(finding.cell.service_level.contract.opening_day)
        return _("history: judged from %s on, so nothing follows; takes rows until it is final") % opening
    if status is Status.BREACH:
        due = desk_instant(sources.answer_due_at, finding.cell.service_level.contract.zone)
        return _("a breach; the vendor owes the cause by %s") % due
    if status is Status.NOT_REPORTED:
        if deemed_on is not None:
            return _("a breach from %s on unless it is reported") % desk_day(deemed_on)
        return _("no breach by itself; the report is owed")
    return _(CONSEQUENCES[status]) if status in CONSEQUENCES else ""


def pace_text(finding: Finding) -> str:
    """How far an open period has come, and what it ends with at this pace."""
    if finding.pace is None:
        return ""
    passed, whole, until, basis, _rest = finding.pace
    volume = show_count(rounded(finding.pace.volume(finding.cell.agreed.measure, finding.judged), 0))
    unit = _("business days") if basis == "business_days" else _("days")
    words = {"passed": str(passed), "whole": str(whole), "unit": unit, "day": desk_day(until), "volume": volume}
    return _("%(passed)s of %(whole)s %(unit)s, until %(day)s; at this pace %(volume)s in all") % words


def closing_text(finding: Finding, sources: Sources) -> str:
    if sources.restated_for:
        return _("final, restated: %s") % sources.restated_for
    if undecided := finding.reading.undecided:
        return _("final when the last of %s open cases is decided") % show_count(undecided)
    closes_on = finding.deadlines.closing_day(is_reported=finding.reading.reported)
    return "" if closes_on <= finding.today else _("final in the night of %s") % desk_day(closes_on)
