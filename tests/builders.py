"""Verdicts, standings and breaches made by hand, for tests of pages that do not ask where they come from."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bpo.formatting import show_count
from contracts.models.service_levels import ServiceLevel
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.runs import Run
from metrics.models.verdicts import Standing, Verdict
from sla.periods import add_months

NOW = datetime(2025, 11, 5, 9, 0, tzinfo=UTC)
OPEN = {Verdict.Status.ON_TRACK, Verdict.Status.AT_RISK, Verdict.Status.ALREADY_LOST}


def make_verdict(level: ServiceLevel, month: date, status: str = Verdict.Status.MET, **more: Any) -> Verdict:
    """A month's verdict, final unless its status is that of an open period."""
    defaults = {
        "terms": level.terms.get(),
        "ends_on": add_months(month, 1),
        "period_label": f"{month:%Y-%m}",
        "is_final": status not in OPEN,
        "value": Decimal("93.2"),
        "numerator": Decimal(2796),
        "denominator": Decimal(3000),
        "cases": 3000,
        "display": "93.2 %",
        "days": [[f"{month:%Y-%m}-{day:02d}", "90", "100", 100] for day in range(1, 6)],
        "inputs_sha256": "0" * 64,
        "engine_version": "1",
        "judged_at": NOW - timedelta(hours=7),
    }
    columns = defaults | more
    columns.setdefault("working", working_for(columns, status))
    return Verdict.objects.create(service_level=level, starts_on=month, status=status, **columns)


def working_for(columns: dict[str, Any], status: str) -> dict[str, Any]:
    """Lines and facts that follow from the verdict's own numbers, as the evaluation keeps them."""
    terms, numerator, denominator = columns["terms"], columns["numerator"], columns["denominator"]
    counts = "nothing reported" if denominator is None else f"{show_count(numerator)} of {show_count(denominator)}"
    formula = "nothing to compute"
    if denominator:
        formula = f"{show_count(numerator)} ÷ {show_count(denominator)} × 100 = {columns['display']}"
    limits = f"expected {terms.expected}, minimum {terms.minimum}"
    lines = (
        ("reported", "Reported", counts),
        ("excused", "Excused", "nothing excused"),
        ("counted", "Counted", counts),
        ("formula", "Formula", formula),
        ("compared", "Compared with", f"{columns['display']}: {limits} → {Verdict.Status(status).label}"),
        ("follows", "Follows", "nothing"),
    )
    tally = [str(numerator or 0), str(denominator or 0), columns["cases"]]
    facts = {
        "aggregation": terms.aggregation, "of": None, "scale": "100", "unit": terms.unit, "decimals": terms.decimals,
        "terms": terms.pk, "period_kind": terms.period, "zone": terms.service_level.contract.zone,
        "rows": 1 if denominator else 0, "reported": tally, "excused": ["0", "0", 0], "counted": tally,
        "judged": tally, "joined": [], "is_reported": denominator is not None, "excused_days": [], "excuses": [],
        "batches": [], "repeats": [], "value": None if columns["value"] is None else str(columns["value"]),
    }  # fmt: skip
    return {"lines": [{"key": key, "label": label, "text": text} for key, label, text in lines], "facts": facts}


def make_standing(level: ServiceLevel) -> Standing:
    """The standing that follows from the level's current verdicts."""
    current = list(level.verdicts.filter(is_current=True).order_by("starts_on"))
    ended = [verdict for verdict in current if verdict.status not in OPEN]
    still_open = [verdict for verdict in current if verdict.status in OPEN]
    history = [
        {
            "label": verdict.period_label,
            "starts_on": verdict.starts_on.isoformat(),
            "status": verdict.status,
            "is_final": verdict.is_final,
            "value": None if verdict.value is None else str(verdict.value),
            "display": verdict.display,
            "expected": str(verdict.terms.expected),
            "minimum": None if verdict.terms.minimum is None else str(verdict.terms.minimum),
        }
        for verdict in current
    ]
    facts = {
        "last_closed": ended[-1] if ended else None,
        "so_far": still_open[-1] if still_open else None,
        "history": history,
        "updated_at": NOW,
    }
    return Standing.objects.update_or_create(service_level=level, defaults=facts)[0]


def make_breach(verdict: Verdict, **more: Any) -> Breach:
    """A breach found by a verdict, with its first event."""
    defaults = {
        "starts_on": verdict.starts_on,
        "period_label": verdict.period_label,
        "opened_by": verdict,
        "opened_at": verdict.judged_at,
        "answer_due_at": NOW + timedelta(days=2),
    }
    level = verdict.service_level
    breach = Breach.objects.create(service_level=level, verdict=verdict, **(defaults | more))
    BreachEvent.objects.create(
        breach=breach,
        at=breach.opened_at,
        kind=BreachEvent.Kind.FOUND,
        text=f"{verdict.display} was found.",
        verdict=verdict,
    )
    return breach


def make_history(level: ServiceLevel, *statuses: str, last: date = date(2025, 10, 1), **more: Any) -> list[Verdict]:
    """Months that end with `last`, one status each, and the standing that follows; breaches open by themselves."""
    made = []
    for back, status in enumerate(reversed(statuses)):
        verdict = make_verdict(level, add_months(last, -back), status, **more)
        if status == Verdict.Status.BREACH:
            make_breach(verdict)
        made.insert(0, verdict)
    make_standing(level)
    return made


def make_night(zone: str = "Europe/Berlin", on: date = date(2025, 11, 5), **more: Any) -> Run:
    """A finished night."""
    at = datetime(on.year, on.month, on.day, 1, 0, tzinfo=UTC)
    defaults = {"state": Run.State.FINISHED, "started_at": at, "finished_at": at + timedelta(minutes=4)}
    return Run.objects.create(zone=zone, local_date=on, **(defaults | more))
