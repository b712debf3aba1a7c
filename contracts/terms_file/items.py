"""The items of a terms file: the columns of each kind, with their defaults."""

from typing import Any

from contracts.models.agreements import Contract, Fee, ScopeItem, ScopeSite
from contracts.models.service_levels import Feed, ServiceLevelTerms
from contracts.terms_file.shapes import (
    Column,
    bands_from,
    bands_to,
    day,
    named,
    number,
    number_in_file,
    param_from,
    plain,
    same,
    shape,
    text,
    texts,
    tiers_from,
    tiers_to,
    week_from,
    week_to,
    windows_from,
    windows_to,
)
from vendors.models import Vendor

AMENDMENT = shape(plain("number"), text("title"), day("signed_on"))
CLIENT = shape(*texts("country", "zone", "currency"), named("calendar"))
VENDOR = shape(
    text("country"),
    plain("status", default=Vendor.Status.ACTIVE),
    plain("risk_tier", default=Vendor.RiskTier.MODERATE),
    plain("is_critical", default=False),
)
CONTACT = shape(*texts("name", "function", "email", "phone"), plain("escalation_level", default=1))
CENTRE = shape(
    *texts("name", "city", "country", "zone"),
    Column("opening_hours", "opening_hours", {}, week_from, week_to),
    day("closed_on"),
)
CERTIFICATE = shape(
    plain("standard"),
    *texts("number", "issuer", "scope"),
    day("valid_from"),
    day("expires_on"),
    text("document_sha256"),
    Column(
        "delivery_centres",
        "delivery_centres",
        [],
        sorted,
        same,
        lambda row: sorted(site.name for site in row.delivery_centres.all()),
    ),
)
CALENDAR = shape(
    *texts("name", "zone"), Column("week", "week", {}, week_from, week_to), *texts("country", "subdivision")
)
EXCEPTION = shape(
    day("on"), Column("windows", "windows", [], windows_from, windows_to), text("reason"), day("known_from")
)
PROCESS = shape(text("name"), plain("operation"), plain("office"), number("baseline_cost"))
CONTRACT = shape(
    *texts("reference", "title"),
    plain("status", default=Contract.Status.ACTIVE),
    day("starts_on"),
    day("ends_on"),
    plain("notice_length", "notice.length"),
    plain("notice_unit", "notice.unit", Contract.NoticeUnit.DAYS),
    plain("renewal", "renewal.kind", Contract.Renewal.NONE),
    plain("renewal_months", "renewal.months"),
    text("zone"),
    named("calendar"),
    *texts("currency", "provenance"),
)
DUTY = shape(*texts("control", "standard", "evidence"), plain("frequency"), day("next_due_on"))


def sites_from(sites: list[dict[str, str]]) -> dict[str, str]:
    return {site["delivery_centre"]: site.get("location", "") for site in sites}


def sites_to(sites: dict[str, str]) -> list[dict[str, str]]:
    return [{"delivery_centre": name} | ({"location": place} if place else {}) for name, place in sites.items()]


def sites_of(item: ScopeItem) -> dict[str, str]:
    sites: list[ScopeSite] = sorted(item.sites.all(), key=lambda site: site.delivery_centre.name)
    return {site.delivery_centre.name: site.location_override for site in sites}


SCOPE = shape(
    named("process"),
    text("function"),
    plain("performed_by"),
    plain("oversight", default=ScopeItem.Oversight.REPORT_REVIEW),
    text("oversight_reason"),
    Column("sites", "sites", {}, sites_from, sites_to, sites_of),
    day("starts_on"),
    day("ends_on"),
)
FEE = shape(
    *texts("code", "name"),
    named("process"),
    plain("kind"),
    plain("unit", default=Fee.Unit.MONTH),
    number("amount"),
    Column("tiers", "tiers", [], tiers_from, tiers_to),
    plain("tier_method", default=Fee.TierMethod.GRADUATED),
    day("starts_on"),
    day("ends_on"),
)
FEED = shape(
    *texts("code", "name"),
    plain("kind"),
    named("process"),
    plain("schedule", default=Feed.Schedule.EVENT),
    plain("due_length", "due.length", 3),
    plain("due_unit", "due.unit", Feed.DueUnit.DAYS),
    plain("grace_days", default=0),
    plain("allows_excess", default=False),
    number("lowest"),
    number("highest"),
    day("starts_on"),
    day("ends_on"),
)
LEVEL = shape(*texts("code", "name", "clause"), named("process"), named("feed", "code"))


def params_from(measure: dict[str, Any]) -> dict[str, Any]:
    return {name: param_from(value) for name, value in measure.items()}


def measure_of(terms: ServiceLevelTerms) -> dict[str, Any]:
    return {"aggregation": terms.aggregation, **{name: terms.params[name] for name in sorted(terms.params)}}


def level_from(level: Any) -> list[Any]:
    """A level as its lower and upper end; a single value has no upper end."""
    low, high = level if isinstance(level, list) else (level, None)
    return [number("").read(low), None if high is None else number("").read(high)]


def level_to(ends: list[Any]) -> Any:
    low, high = ends
    return number_in_file(low) if high is None else [number_in_file(low), number_in_file(high)]


def ends_of(name: str) -> Any:
    """Both ends of a level, or nothing where there is none."""

    def ends(terms: ServiceLevelTerms) -> list[Any] | None:
        low = getattr(terms, name)
        return None if low is None else [low, getattr(terms, f"{name}_high")]

    return ends


TERMS = shape(
    text("metric"),
    Column("measure", "measure", None, params_from, same, measure_of, ("aggregation", "params")),
    Column("narrowing", "only", {}, lambda only: {column: sorted(only[column]) for column in sorted(only)}),
    plain("period", default=ServiceLevelTerms.PeriodKind.MONTH),
    day("period_anchor", "anchor"),
    plain("direction"),
    Column("expected", "expected", None, level_from, level_to, ends_of("expected"), ("expected_high",)),
    Column("minimum", "minimum", None, level_from, level_to, ends_of("minimum"), ("minimum_high",)),
    Column("bands", "bands", [], bands_from, bands_to),
    Column("rules", "rules", {}),
    text("unit"),
    plain("decimals", default=1),
    plain("level_type", "type", ServiceLevelTerms.LevelType.CREDIT_BEARING),
    number("weight"),
    day("effective_on"),
    day("ends_on"),
)


def terms_columns(values: dict[str, Any]) -> dict[str, Any]:
    """What a file says about terms, as columns of their table."""
    columns = dict(values)
    measure = columns.pop("measure")
    columns["aggregation"] = measure["aggregation"]
    columns["params"] = {name: value for name, value in measure.items() if name != "aggregation"}
    for name in ("expected", "minimum"):
        columns[name], columns[f"{name}_high"] = columns[name] or [None, None]
    return columns
