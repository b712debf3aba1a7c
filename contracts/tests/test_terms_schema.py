"""The JSON Schema of terms files lists the same values as the tables and the maths."""

import json

import pytest

from contracts.models.agreements import Contract, Fee, SecurityDuty
from contracts.models.parties import Process
from contracts.models.scope import ScopeItem, ScopeSite
from contracts.models.service_levels import Feed, ServiceLevelTerms
from contracts.terms_file.checking import SCHEMA
from sla.bands import Direction
from sla.credits.repeat_rules import RepeatKind
from sla.excuses import ExcuseTreatment
from sla.limits import MissingRule, NoVolumeRule
from sla.metrics.feeds import Aggregation, FeedKind
from sla.obligations import HistoryRule, Straddling
from sla.part_periods import Changes, PartPeriods
from sla.periods import PeriodKind, YearEnd
from sla.rounding import RoundingMode
from sla.volume import LowVolumeRule
from vendors.models import Certificate, Vendor

# Where the schema lists values, by the names on the way to them; a name of a definition ("$defs") comes first.
TABLES = {
    "vendor.status": Vendor.Status,
    "vendor.risk_tier": Vendor.RiskTier,
    "certificate.standard": Certificate.Standard,
    "contract.status": Contract.Status,
    "contract.notice.unit": Contract.NoticeUnit,
    "contract.renewal.kind": Contract.Renewal,
    "process.operation": Process.Operation,
    "process.office": Process.Office,
    "duty.frequency": SecurityDuty.Frequency,
    "scope_item.performed_by": ScopeItem.PerformedBy,
    "scope_item.sites.location": ScopeSite.Location,
    "fee.kind": Fee.Kind,
    "fee.unit": Fee.Unit,
    "fee.tier_method": Fee.TierMethod,
    "feed.kind": FeedKind,
    "feed.schedule": Feed.Schedule,
    "feed.due.unit": Feed.DueUnit,
    "measure.aggregation": Aggregation,
    "terms.period": PeriodKind,
    "terms.direction": Direction,
    "roll_up.direction": Direction,
    "terms.type": ServiceLevelTerms.LevelType,
    "rounding.mode": RoundingMode,
    "rules.low_volume.rule": LowVolumeRule,
    "rules.no_volume": NoVolumeRule,
    "rules.missing": MissingRule,
    "rules.excuses": ExcuseTreatment,
    "rules.repeats.rule": RepeatKind,
    "rules.straddling": Straddling,
    "rules.history": HistoryRule,
    "rules.part_periods": PartPeriods,
    "rules.changes": Changes,
    "rules.year_end": YearEnd,
}
# Values that only a terms file has.
OWN = {"calendar.owner", "rules.repeats.counts"}


def enumerations(schema, path=()):
    if "enum" in schema:
        yield ".".join(path), schema["enum"]
    for name, part in schema.get("properties", {}).items():
        yield from enumerations(part, (*path, name))
    for part in (schema.get("items"), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if part:
            yield from enumerations(part, path)
    for name, part in schema.get("$defs", {}).items():
        yield from enumerations(part, (name,))


LISTED = dict(enumerations(json.loads(SCHEMA.read_text(encoding="utf-8"))))


def test_every_list_of_the_schema_is_compared():
    assert set(LISTED) == {*TABLES, *OWN}


@pytest.mark.parametrize("name", TABLES)
def test_the_schema_lists_every_value_and_no_other(name):
    assert set(LISTED[name]) == {member.value for member in TABLES[name]}, f"{SCHEMA.name}: {name}"
