"""What the page, the CSV file and the API of each list must show, stated apart from the definition of the list."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel
from metrics.models.breaches import Breach, Excuse
from metrics.models.verdicts import Verdict
from vendors.models import Vendor

Status = Verdict.Status
Facts = dict[str, Callable[[Any], Any]]


@dataclass(frozen=True)
class Expected:
    """One list: where it is shown, and the value of each column of its file and each field of its API."""

    page: str
    records: Callable[[], Any]
    file: Facts = field(default_factory=dict)
    api: str = ""
    fields: Facts = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)  # headings of the page and the file's columns they repeat
    page_alone: tuple[str, ...] = ()  # headings of what only the page shows


def url(path: str) -> str:
    return f"http://testserver{path}"


def last(level: ServiceLevel) -> Verdict:
    return level.standing.last_closed


BREACHES = Expected(
    page="/breaches?tab=all",
    records=Breach.objects.all,
    file={
        "client": lambda breach: breach.service_level.contract.client.name,
        "vendor": lambda breach: breach.service_level.contract.vendor.name,
        "contract": lambda breach: breach.service_level.contract.reference,
        "service_level": lambda breach: breach.service_level.name,
        "period": lambda breach: breach.period_label,
        "status": lambda breach: Status(breach.verdict.status).label,
        "value": lambda breach: breach.verdict.display,
        "limit": lambda breach: "≥ 90.0 %",
        "state": lambda breach: breach.get_state_display(),
        "opened_at": lambda breach: breach.opened_at.isoformat(),
        "answer_due_at": lambda breach: breach.answer_due_at.isoformat(),
        "acknowledged_at": lambda breach: breach.acknowledged_at and breach.acknowledged_at.isoformat(),
        "id": lambda breach: breach.public_id,
        "url": lambda breach: url(f"/breaches/{breach.public_id}"),
        "raw_value": lambda breach: breach.verdict.value,
    },
    api="/api/v1/breaches",
    fields={
        "id": lambda breach: breach.public_id,
        "service_level": lambda breach: breach.service_level.public_id,
        "code": lambda breach: breach.service_level.code,
        "contract": lambda breach: breach.service_level.contract.public_id,
        "period": lambda breach: breach.period_label,
        "starts_on": lambda breach: breach.starts_on,
        "state": lambda breach: breach.state,
        "status": lambda breach: breach.verdict.status,
        "is_final": lambda breach: breach.verdict.is_final,
        "value": lambda breach: breach.verdict.value,
        "display": lambda breach: breach.verdict.display,
        "revision": lambda breach: breach.verdict.revision,
        "opened_at": lambda breach: breach.opened_at,
        "answer_due_at": lambda breach: breach.answer_due_at,
        "acknowledged_at": lambda breach: breach.acknowledged_at,
        "closed_at": lambda breach: breach.closed_at,
        "cause": lambda breach: breach.cause,
        "action": lambda breach: breach.action,
    },
    cells={"Breach": "id", "Status": "status", "Value": "value", "Limit": "limit", "State": "state"},
    page_alone=("Next", "Age"),
)
SERVICE_LEVELS = Expected(
    page="/service-levels",
    records=lambda: ServiceLevel.objects.filter(contract__client__organisation__name="Acme"),
    file={
        "client": lambda level: level.contract.client.name,
        "vendor": lambda level: level.contract.vendor.name,
        "contract": lambda level: level.contract.reference,
        "code": lambda level: level.code,
        "name": lambda level: level.name,
        "expected": lambda level: "≥ 95.0 %",
        "minimum": lambda level: "≥ 90.0 %",
        "last_period": lambda level: last(level).period_label,
        "last_status": lambda level: Status(last(level).status).label,
        "last_value": lambda level: last(level).display,
        "open_period": lambda level: level.standing.so_far.period_label,
        "open_status": lambda level: Status(level.standing.so_far.status).label,
        "open_value": lambda level: level.standing.so_far.display,
        "id": lambda level: level.public_id,
        "url": lambda level: url(f"/service-levels/{level.public_id}"),
        "raw_value": lambda level: last(level).value,
    },
    api="/api/v1/service-levels",
    fields={
        "id": lambda level: level.public_id,
        "contract": lambda level: level.contract.public_id,
        "feed": lambda level: level.feed.code,
        "code": lambda level: level.code,
        "name": lambda level: level.name,
        "clause": lambda level: level.clause,
        "terms": None,
    },
    cells={
        "Service level": "id", "Last period": "last_status", "Value": "last_value", "Expected": "expected",
        "Limit": "minimum", "Open period": "open_status", "So far": "open_value",
    },
    page_alone=("Last periods",),
)  # fmt: skip
CONTRACTS = Expected(
    page="/contracts",
    records=lambda: Contract.objects.filter(client__organisation__name="Acme"),
    file={
        "client": lambda contract: contract.client.name,
        "vendor": lambda contract: contract.vendor.name,
        "reference": lambda contract: contract.reference,
        "title": lambda contract: contract.title,
        "status": lambda contract: contract.get_status_display(),
        "starts_on": lambda contract: contract.starts_on,
        "ends_on": lambda contract: contract.ends_on,
        "judged_from": lambda contract: contract.judged_from,
        "zone": lambda contract: contract.zone,
        "currency": lambda contract: contract.currency,
        "service_levels": lambda contract: contract.service_levels.count(),
        "open_breaches": lambda contract: Breach.objects.open().filter(service_level__contract=contract).count(),
        "id": lambda contract: contract.public_id,
        "url": lambda contract: url(f"/contracts/{contract.public_id}"),
        "raw_value": lambda contract: None,
    },
    api="/api/v1/contracts",
    fields={
        "id": lambda contract: contract.public_id,
        "reference": lambda contract: contract.reference,
        "title": lambda contract: contract.title,
        "status": lambda contract: contract.status,
        "client": lambda contract: contract.client.name,
        "vendor": lambda contract: contract.vendor.name,
        "starts_on": lambda contract: contract.starts_on,
        "ends_on": lambda contract: contract.ends_on,
        "judged_from": lambda contract: contract.judged_from,
        "zone": lambda contract: contract.zone,
        "currency": lambda contract: contract.currency,
    },
    cells={
        "Contract": "id", "Status": "status", "Zone": "zone", "Service levels": "service_levels",
        "Open breaches": "open_breaches",
    },
    page_alone=("Runs",),
)  # fmt: skip
VENDORS = Expected(
    page="/vendors",
    records=lambda: Vendor.objects.filter(organisation__name__in=["Brightline", "Cobalt"]),
    file={
        "vendor": lambda vendor: vendor.name,
        "country": lambda vendor: vendor.country,
        "status": lambda vendor: vendor.get_status_display(),
        "risk_tier": lambda vendor: vendor.get_risk_tier_display(),
        "service_levels": lambda vendor: 1,
        "met": lambda vendor: 1 if vendor.name == "Cobalt" else 0,
        "reported": lambda vendor: 1,
        "not_reported": lambda vendor: 0,
        "at_risk": lambda vendor: 1 if vendor.name == "Cobalt" else 0,
        "open_breaches": lambda vendor: Breach.objects.open().filter(service_level__contract__vendor=vendor).count(),
        "id": lambda vendor: vendor.public_id,
        "url": lambda vendor: url(f"/vendors/{vendor.public_id}"),
        "raw_value": lambda vendor: None,
    },
    cells={
        "Vendor": "id", "Met": "met", "Reported": "reported", "Not reported": "not_reported",
        "At risk now": "at_risk", "Open breaches": "open_breaches", "Risk tier": "risk_tier",
    },
)  # fmt: skip
EXCUSES = Expected(
    page="/excuses",
    records=Excuse.objects.all,
    file={
        "service_level": lambda excuse: excuse.service_level.name,
        "contract": lambda excuse: excuse.service_level.contract.reference,
        "asked_for": lambda excuse: "Fri 3 Oct 2025 – Sat 4 Oct 2025",
        "first_day": lambda excuse: date(2025, 10, 3),
        "last_day": lambda excuse: date(2025, 10, 4),
        "starts_at": lambda excuse: None,
        "ends_at": lambda excuse: None,
        "cases": lambda excuse: "",
        "group": lambda excuse: excuse.group,
        "reason": lambda excuse: excuse.reason,
        "clause": lambda excuse: excuse.clause,
        "asked_at": lambda excuse: excuse.asked_at.isoformat(),
        "decision": lambda excuse: excuse.decision_words,
        "decided_at": lambda excuse: excuse.decided_at,
        "decision_reason": lambda excuse: excuse.decision_reason,
        "granted_first_day": lambda excuse: None,
        "granted_last_day": lambda excuse: None,
        "granted_starts_at": lambda excuse: None,
        "granted_ends_at": lambda excuse: None,
        "granted_cases": lambda excuse: "",
        "lowers_by": lambda excuse: None,
        "id": lambda excuse: excuse.public_id,
        "url": lambda excuse: url(f"/excuses/{excuse.public_id}"),
    },
    api="/api/v1/excuses",
    fields={
        "starts_at": lambda excuse: None,
        "ends_at": lambda excuse: None,
        "cases": lambda excuse: [],
        "group": lambda excuse: excuse.group,
        "granted_starts_at": lambda excuse: None,
        "granted_ends_at": lambda excuse: None,
        "granted_cases": lambda excuse: [],
        "id": lambda excuse: excuse.public_id,
        "service_level": lambda excuse: excuse.service_level.public_id,
        "contract": lambda excuse: excuse.service_level.contract.public_id,
        "first_day": lambda excuse: date(2025, 10, 3),
        "last_day": lambda excuse: date(2025, 10, 4),
        "reason": lambda excuse: excuse.reason,
        "clause": lambda excuse: excuse.clause,
        "asked_at": lambda excuse: excuse.asked_at,
        "decision": lambda excuse: excuse.decision,
        "decided_at": lambda excuse: excuse.decided_at,
        "decision_reason": lambda excuse: excuse.decision_reason,
        "is_partial": lambda excuse: excuse.is_partial,
        "granted_first_day": lambda excuse: excuse.granted_from,
        "granted_last_day": lambda excuse: None,
        "lowers_by": lambda excuse: None,
    },
    cells={"Reason": "reason", "Decision": "decision", "Days": "asked_for"},
    page_alone=("Excuse", "Service level"),
)
VERDICTS = Expected(
    page="/service-levels/{level}",
    records=lambda: Verdict.objects.filter(service_level__contract__reference="A-1"),
    file={
        "period": lambda verdict: verdict.period_label,
        "starts_on": lambda verdict: verdict.starts_on,
        "ends_on": lambda verdict: verdict.ends_on,
        "status": lambda verdict: Status(verdict.status).label,
        "value": lambda verdict: verdict.display,
        "expected": lambda verdict: "≥ 95.0 %",
        "minimum": lambda verdict: "≥ 90.0 %",
        "cases": lambda verdict: verdict.cases,
        "revision": lambda verdict: verdict.revision,
        "id": lambda verdict: verdict.service_level.public_id,
        "url": lambda verdict: url(f"/service-levels/{verdict.service_level.public_id}/{verdict.period_label}"),
        "raw_value": lambda verdict: verdict.value,
    },
    api="/api/v1/verdicts?service_level={level}",
    fields={
        "service_level": lambda verdict: verdict.service_level.public_id,
        "code": lambda verdict: verdict.service_level.code,
        "contract": lambda verdict: verdict.service_level.contract.public_id,
        "period": lambda verdict: {
            "label": verdict.period_label,
            "starts_on": verdict.starts_on.isoformat(),
            "ends_on": verdict.ends_on.isoformat(),
        },
        "revision": lambda verdict: verdict.revision,
        "is_current": lambda verdict: verdict.is_current,
        "is_final": lambda verdict: verdict.is_final,
        "is_deemed": lambda verdict: verdict.is_deemed,
        "is_history": lambda verdict: verdict.is_history,
        "status": lambda verdict: verdict.status,
        "value": lambda verdict: verdict.value,
        "numerator": lambda verdict: verdict.numerator,
        "denominator": lambda verdict: verdict.denominator,
        "cases": lambda verdict: verdict.cases,
        "display": lambda verdict: verdict.display,
        "expected": lambda verdict: Decimal(95),
        "minimum": lambda verdict: Decimal(90),
        "working": None,
        "judged_at": lambda verdict: verdict.judged_at,
        "closed_at": lambda verdict: verdict.closed_at,
        "reason": lambda verdict: verdict.reason,
    },
    cells={"Status": "status", "Value": "value", "Expected": "expected", "Limit": "minimum", "Revision": "revision"},
    page_alone=("Period", "Cases", "Breach"),
)
LISTS = {
    "breaches": BREACHES,
    "service levels": SERVICE_LEVELS,
    "contracts": CONTRACTS,
    "vendors": VENDORS,
    "excuses": EXCUSES,
    "verdicts": VERDICTS,
}
