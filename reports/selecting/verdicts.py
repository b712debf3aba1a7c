"""Verdicts as items of a mail: how they read, and which are new: not reported, at risk, recovered, restated."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from django.db.models import Min, Q
from django.utils.translation import gettext as _

from bpo.formatting import show_period
from contracts.limits import expected_text, minimum_text
from contracts.models.agreements import Contract
from metrics.models.verdicts import Standing, Verdict
from metrics.querysets import PARTIES, threatened
from metrics.statuses import label_of, sign_of
from reports.digests import Coverage, Item, Mark, worst_first
from reports.links import link
from reports.readers import Reader, Side
from sla.verdicts import Status


def status_mark(verdict: Verdict) -> Mark:
    """Return the verdict's status as shape and word."""
    sign = sign_of(
        verdict.status, is_final=verdict.is_final, is_deemed=verdict.is_deemed, is_history=verdict.is_history
    )
    return Mark(sign.ascii, sign.character, sign.word)


def verdict_title(verdict: Verdict) -> str:
    """The service level and the period, "Claims keyed in one day, October 2025"."""
    period = show_period(verdict.terms.period, verdict.starts_on, verdict.ends_on, verdict.period_label)
    return f"{verdict.service_level.name}, {period}"


def verdict_value(verdict: Verdict) -> str:
    """The value as every page prints it, or the status's word where there is none."""
    return verdict.display or label_of(verdict.status)


def verdict_limit(verdict: Verdict, *, expected: bool = False) -> str:
    """The limit that the terms of that period set: their minimum, or what they expect where they have none."""
    terms = verdict.limits
    if terms.expected is None:
        return expected_text(terms)
    if expected or terms.minimum is None:
        return _("expected %s") % expected_text(terms)
    return (_("maximum %s") if terms.direction == "lower" else _("minimum %s")) % minimum_text(terms)


def working_line(verdict: Verdict, key: str) -> str:
    """A line of the frozen working, such as "counted": "2,796 of 3,000"."""
    lines = verdict.working.get("lines", []) if isinstance(verdict.working, dict) else []
    return next((str(line.get("text", "")) for line in lines if line.get("key") == key), "")


def counted_line(verdict: Verdict) -> str:
    """The sample behind the value, as its working says it."""
    sample = working_line(verdict, "counted")
    return _("Counted: %s") % sample if sample else ""


def severity(verdict: Verdict) -> Fraction:
    """How far beyond its limit a value lies, as a share of the limit; a missing report is worst."""
    terms = verdict.limits
    if verdict.value is None or terms.expected is None:
        return Fraction(10**6)
    value = Fraction(verdict.value)
    low = Fraction(terms.expected if terms.minimum is None else terms.minimum)
    high = terms.expected_high if terms.minimum is None else terms.minimum_high
    gap = abs(value - low) if high is None else max(low - value, value - Fraction(high))
    return gap / abs(low) if low else gap


def other_party(reader: Reader, contract: Contract) -> str:
    """The name of the contract's other side."""
    return contract.client.name if reader.side == Side.VENDOR else contract.vendor.name


VERDICT_PATHS = (*PARTIES, "terms__service_level__feed")


def unreported(coverage: Coverage) -> tuple[Item, ...]:
    """Periods that were closed in the covered time without their report."""
    recent = Q(judged_at__range=coverage.time_range) | Q(closed_at__range=coverage.time_range)
    verdicts = Verdict.objects.visible_to(coverage.reader.user).current().select_related(*VERDICT_PATHS)
    closed = verdicts.filter(recent, status=Status.NOT_REPORTED, is_final=True, is_history=False)
    items = [_verdict_item(coverage.reader, verdict, "not_reported", is_row=True) for verdict in closed]
    return worst_first(item for item in items if coverage.is_new(item.key))


def warnings(coverage: Coverage) -> tuple[Item, ...]:
    """Open periods that are newly at risk or lost: the vendor reads of them first, the client a working day later."""
    standings = Standing.objects.visible_to(coverage.reader.user).filter(threatened("so_far__"))
    verdicts = [row.so_far for row in standings.select_related(*(f"so_far__{path}" for path in VERDICT_PATHS))]
    if coverage.reader.side == Side.CLIENT:
        reader = coverage.reader
        cutoff = reader.moment(reader.working_day(reader.local_date, -1))
        cells = Verdict.objects.visible_to(reader.user).filter(
            threatened(),
            service_level__in={verdict.service_level_id for verdict in verdicts},
            starts_on__in={verdict.starts_on for verdict in verdicts},
        )
        first_warnings = cells.order_by().values_list("service_level", "starts_on").annotate(first=Min("judged_at"))
        begun = {(service_level, starts_on): first for service_level, starts_on, first in first_warnings}
        verdicts = [verdict for verdict in verdicts if begun[verdict.service_level_id, verdict.starts_on] <= cutoff]
    items = (_verdict_item(coverage.reader, verdict, verdict.status) for verdict in verdicts)
    lost_first = sorted((item for item in items if coverage.is_new(item.key)), key=lambda item: -item.severity)
    return tuple(sorted(lost_first, key=lambda item: item.key.startswith(Status.AT_RISK)))


def recovered(coverage: Coverage) -> tuple[Item, ...]:
    """Service levels whose latest period is met after one in breach."""
    standings = Standing.objects.visible_to(coverage.reader.user).filter(
        last_closed__status=Status.MET, last_closed__judged_at__range=coverage.time_range
    )
    items = []
    for row in standings.select_related(*(f"last_closed__{path}" for path in VERDICT_PATHS)):
        item = _verdict_item(coverage.reader, row.last_closed, "recovered", expected=True)
        starts_on = row.last_closed.starts_on.isoformat()
        before = (entry for entry in row.history if entry["starts_on"] < starts_on)
        statuses_before = [entry["status"] for entry in before if not entry.get("is_history")]
        if coverage.is_new(item.key) and statuses_before[-1:] == [Status.BREACH]:
            items.append(item)
    return worst_first(items)


def restated(coverage: Coverage) -> tuple[Item, ...]:
    """Closed results that somebody else restated: before and after, with the reason."""
    verdicts = (
        Verdict.objects.visible_to(coverage.reader.user)
        .current()
        .select_related(*VERDICT_PATHS)
        .filter(is_final=True, revision__gt=1, judged_at__range=coverage.time_range)
        .exclude(reason="", restated_by__isnull=True)
        .exclude(restated_by=coverage.reader.user)
    )
    before = _revisions_before(coverage, list(verdicts))
    items = []
    for verdict in verdicts:
        item = _verdict_item(coverage.reader, verdict, f"restated:{verdict.revision}", is_row=True)
        if coverage.is_new(item.key):
            earlier = before.get((verdict.service_level_id, verdict.starts_on, verdict.revision - 1))
            moved = ""
            if earlier:
                moved = _("Revision %(number)s: %(before)s → %(after)s, %(was)s → %(is)s.") % {
                    "number": verdict.revision,
                    "before": verdict_value(earlier),
                    "after": verdict_value(verdict),
                    "was": earlier.get_status_display(),
                    "is": verdict.get_status_display(),
                }
            items.append(replace(item, lines=tuple(filter(None, (moved, verdict.reason)))))
    return worst_first(items)


def _revisions_before(coverage: Coverage, verdicts: list[Verdict]) -> dict[tuple[int, date, int], Verdict]:
    """Every revision of those verdicts' periods, by service level, first day and number."""
    revisions = Verdict.objects.visible_to(coverage.reader.user).filter(
        service_level__in={verdict.service_level_id for verdict in verdicts},
        starts_on__in={verdict.starts_on for verdict in verdicts},
    )
    light = revisions.defer("days", "working")
    return {(revision.service_level_id, revision.starts_on, revision.revision): revision for revision in light}


def _verdict_item(reader: Reader, verdict: Verdict, what: str, *, expected: bool = False, is_row: bool = False) -> Item:
    """The item of a verdict, which stands for its service level, or where `is_row` for this revision alone."""
    level = verdict.service_level
    reported = verdict.status != Status.NOT_REPORTED
    return Item(
        key=f"{what}:{level.public_id}:{verdict.starts_on}",
        mark=status_mark(verdict),
        ref=level.public_id,
        ids=(str(verdict.pk),) if is_row else (),
        party=other_party(reader, level.contract),
        title=verdict_title(verdict),
        value=verdict_value(verdict) if reported else "",
        limit=verdict_limit(verdict, expected=expected) if reported else "",
        lines=tuple(filter(None, (counted_line(verdict) if reported else working_line(verdict, "follows"),))),
        url=link("service-levels", level.public_id, verdict.period_label),
        severity=severity(verdict),
    )
