"""The items of a terms file: the columns of each kind, with their defaults."""

from decimal import Decimal
from typing import Any

from bpo.fields import tidy
from contracts.models.agreements import Contract, Fee
from contracts.models.scope import ScopeItem
from contracts.models.service_levels import Feed, ServiceLevelTerms
from contracts.terms_file.reading import Item
from contracts.terms_file.shapes import (
    Column,
    Shape,
    bands_to,
    day,
    named,
    number,
    number_in_file,
    params_from,
    per_from,
    plain_number,
    text,
    texts,
    tiers_to,
    week,
    windows_from,
    windows_to,
)
from vendors.models import Vendor

AMENDMENT = Shape(Column("number"), text("title"), day("signed_on"))
CLIENT = Shape(*texts("country", "zone", "currency"), named("calendar"))
VENDOR = Shape(
    text("country"),
    Column("status", default=Vendor.Status.ACTIVE),
    Column("risk_tier", default=Vendor.RiskTier.MODERATE),
    Column("is_critical", default=False),
)
CONTACT = Shape(*texts("name", "function", "email", "phone"), Column("escalation_level", default=1))
CENTRE = Shape(
    *texts("name", "city", "country", "zone"),
    week("opening_hours"),
    day("closed_on"),
)
CERTIFICATE = Shape(
    Column("standard"),
    *texts("number", "issuer", "scope"),
    day("valid_from"),
    day("expires_on"),
    text("document_sha256"),
    Column(
        "delivery_centres",
        default=[],
        read=sorted,
        get=lambda row: sorted(site.name for site in row.delivery_centres.all()),
    ),
)
CALENDAR = Shape(*texts("name", "zone"), week("week"), *texts("country", "subdivision"))
WINDOWS = Column("windows", default=[], read=windows_from, write=windows_to)
EXCEPTION = Shape(day("on"), WINDOWS, text("reason"), day("known_from"))
PROCESS = Shape(text("name"), Column("operation"), Column("office"), number("baseline_cost"))
CONTRACT = Shape(
    *texts("reference", "title"),
    Column("status", default=Contract.Status.ACTIVE),
    Column("is_proposed", "proposed", default=False),
    day("starts_on"),
    day("ends_on"),
    day("judged_from"),
    Column("notice_length", "notice.length"),
    Column("notice_unit", "notice.unit", Contract.NoticeUnit.DAYS),
    day("notice_given_on", "notice.given_on"),
    Column("renewal", "renewal.kind", Contract.Renewal.NONE),
    Column("renewal_months", "renewal.months"),
    text("zone"),
    named("calendar"),
    *texts("currency", "provenance"),
)
DUTY = Shape(*texts("control", "standard", "evidence"), Column("frequency"), day("next_due_on"))
SCOPE = Shape(
    named("process"),
    text("function"),
    Column("performed_by"),
    Column("oversight", default=ScopeItem.Oversight.REPORT_REVIEW),
    text("oversight_reason"),
    Column(
        "sites",
        default={},
        read=lambda sites: {site["delivery_centre"]: site.get("location", "") for site in sites},
        write=lambda sites: [
            {"delivery_centre": name} | ({"location": place} if place else {}) for name, place in sites.items()
        ],
        get=lambda item: dict(sorted((site.delivery_centre.name, site.location_override) for site in item.sites.all())),
    ),
    day("starts_on"),
    day("ends_on"),
)
FEE = Shape(
    *texts("code", "name"),
    named("process"),
    Column("kind"),
    Column("unit", default=Fee.Unit.MONTH),
    number("amount"),
    Column(
        "tiers",
        default=[],
        read=lambda tiers: [[plain_number(tier.get("up_to")), plain_number(tier["rate"])] for tier in tiers],
        write=tiers_to,
    ),
    Column("tier_method", default=Fee.TierMethod.GRADUATED),
    day("starts_on"),
    day("ends_on"),
)
FEED = Shape(
    *texts("code", "name"),
    Column("kind"),
    named("process"),
    Column("schedule", default=Feed.Schedule.EVENT),
    day("anchor"),
    Column("due_length", "due.length", 3),
    Column("due_unit", "due.unit", Feed.DueUnit.DAYS),
    Column("grace_days", default=0),
    Column("allows_excess", default=False),
    Column("hold_unlikely", default=False),
    number("lowest"),
    number("highest"),
    day("starts_on"),
    day("ends_on"),
)
LEVEL = Shape(
    *texts("code", "name", "clause", "roll_up"),
    named("process"),
    named("feed", "code"),
    Column("per_feed", "per", get=lambda row: getattr(row.per_feed, "code", None)),
)


def level(name: str) -> Column:
    """A level as its lower and upper end; a single value has no upper end."""
    high_name = f"{name}_high"

    def read(level: Any) -> list[Decimal | None]:
        low, high = level if isinstance(level, list) else (level, None)
        return [tidy(Decimal(low)), None if high is None else tidy(Decimal(high))]

    def write(ends: list[Decimal | None]) -> object:
        numbers = [number_in_file(end) for end in ends if end is not None]
        return numbers if len(numbers) > 1 else numbers[0]

    def get(terms: ServiceLevelTerms) -> list[Decimal | None] | None:
        low = getattr(terms, name)
        return None if low is None else [low, getattr(terms, high_name)]

    return Column(name, read=read, write=write, get=get, covers=(high_name,))


TERMS = Shape(
    text("metric"),
    Column(
        "measure",
        read=params_from,
        get=lambda terms: {"aggregation": terms.aggregation, **dict(sorted(terms.params.items()))},
        covers=("aggregation", "params"),
    ),
    Column("narrowing", "only", {}, lambda only: {column: sorted(only[column]) for column in sorted(only)}),
    Column("per", default={}, read=per_from),
    Column("period", default=ServiceLevelTerms.PeriodKind.MONTH),
    day("period_anchor", "anchor"),
    Column("direction"),
    level("expected"),
    level("minimum"),
    Column(
        "bands",
        default=[],
        read=lambda bands: [
            {"name": band["name"]} | {edge: plain_number(band.get(edge)) for edge in ("lower", "upper")}
            for band in bands
        ],
        write=bands_to,
    ),
    Column("rules", default={}),
    text("unit"),
    Column("decimals", default=1),
    Column("level_type", "type", ServiceLevelTerms.LevelType.CREDIT_BEARING),
    number("weight"),
    day("effective_on"),
    day("ends_on"),
)


ROLL_UP = Shape(
    text("code"),
    Column("direction"),
    level("expected"),
    level("minimum"),
    Column("rules", default={}),
    day("effective_on"),
)


def terms_columns(values: Item) -> Item:
    """What a file says about terms, as columns of their table."""
    columns = dict(values)
    measure = columns.pop("measure")
    columns["aggregation"] = measure["aggregation"]
    columns["params"] = {name: value for name, value in measure.items() if name != "aggregation"}
    return limit_columns(columns)


def limit_columns(values: Item) -> Item:
    """The same with a level's two ends in columns of their own."""
    columns = dict(values)
    for name in ("expected", "minimum"):
        columns[name], columns[f"{name}_high"] = columns[name] or [None, None]
    return columns
