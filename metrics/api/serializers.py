"""What the API says of each noun; numbers travel as text, so that no reader's float changes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevelTerms
from metrics.models.breaches import Breach
from metrics.models.verdicts import Verdict
from metrics.receipts import owns_receipts


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["93.2"]})
class ExactNumber(serializers.Field):
    """An exact decimal as text."""

    def to_representation(self, value: Any) -> str:
        return f"{value:f}"


@extend_schema_field({"type": "object", "additionalProperties": True})
class AnyObject(serializers.Field):
    """An object whose members its own noun defines."""

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": "array", "items": {}})
class AnyList(AnyObject):
    """A list whose members its own noun defines."""


class ContractSerializer(serializers.Serializer):
    """What both sides of a contract may know of it."""

    id = serializers.CharField(source="public_id")
    reference = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=Contract.Status.choices)
    client = serializers.CharField(source="client.name")
    vendor = serializers.CharField(source="vendor.name")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    zone = serializers.CharField()
    currency = serializers.CharField()


class FeedSerializer(serializers.Serializer):
    """A stream of results that a vendor owes."""

    contract = serializers.CharField(source="contract.public_id")
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Feed.Kind.choices)
    schedule = serializers.ChoiceField(choices=Feed.Schedule.choices)
    due_length = serializers.IntegerField()
    due_unit = serializers.ChoiceField(choices=Feed.DueUnit.choices)
    grace_days = serializers.IntegerField()
    allows_excess = serializers.BooleanField()
    lowest = ExactNumber(allow_null=True)
    highest = ExactNumber(allow_null=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)


class TermsSerializer(serializers.Serializer):
    """How a service level is measured and judged from a day on."""

    effective_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    amendment = serializers.IntegerField(source="amendment.number")
    metric = serializers.CharField()
    aggregation = serializers.CharField()
    params = AnyObject()
    narrowing = AnyObject()
    period = serializers.ChoiceField(choices=ServiceLevelTerms.PeriodKind.choices)
    direction = serializers.ChoiceField(choices=ServiceLevelTerms.Direction.choices)
    expected = ExactNumber()
    expected_high = ExactNumber(allow_null=True)
    minimum = ExactNumber(allow_null=True)
    minimum_high = ExactNumber(allow_null=True)
    unit = serializers.CharField()
    level_type = serializers.ChoiceField(choices=ServiceLevelTerms.LevelType.choices)
    weight = ExactNumber(allow_null=True)


class ServiceLevelSerializer(serializers.Serializer):
    """One measured promise, with its terms over time."""

    id = serializers.CharField(source="public_id")
    contract = serializers.CharField(source="contract.public_id")
    feed = serializers.CharField(source="feed.code")
    code = serializers.CharField()
    name = serializers.CharField()
    clause = serializers.CharField()
    terms = TermsSerializer(many=True)


class PeriodSerializer(serializers.Serializer):
    """A span of whole local days; `ends_on` is the day after the last."""

    label = serializers.CharField(source="period_label")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


@extend_schema_field({"type": "object", "additionalProperties": True})
class WorkingField(serializers.Field):
    """A verdict's working; the receipts behind it are named to the vendor whose they are."""

    def __init__(self, **more: Any) -> None:
        super().__init__(source="*", read_only=True, **more)

    def to_representation(self, verdict: Verdict) -> Any:
        principal = self.context["request"].user
        facts = verdict.working.get("facts", {})
        if "batches" not in facts or owns_receipts(principal, verdict.service_level.contract):
            return verdict.working
        return verdict.working | {"facts": {name: fact for name, fact in facts.items() if name != "batches"}}


class VerdictSerializer(serializers.Serializer):
    """One service level over one period, with its working."""

    service_level = serializers.CharField(source="service_level.public_id")
    code = serializers.CharField(source="service_level.code")
    contract = serializers.CharField(source="service_level.contract.public_id")
    period = PeriodSerializer(source="*")
    revision = serializers.IntegerField()
    is_current = serializers.BooleanField()
    is_final = serializers.BooleanField()
    is_deemed = serializers.BooleanField()
    status = serializers.ChoiceField(choices=Verdict.Status.choices)
    value = ExactNumber(allow_null=True)
    numerator = ExactNumber(allow_null=True)
    denominator = ExactNumber(allow_null=True)
    cases = serializers.IntegerField()
    display = serializers.CharField()
    expected = ExactNumber(source="limits.expected")
    minimum = ExactNumber(source="limits.minimum", allow_null=True)
    working = WorkingField()
    judged_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class VerdictDetailSerializer(VerdictSerializer):
    """The same with its days and its other revisions."""

    days = AnyList()
    revisions = serializers.ListField(child=serializers.IntegerField())


class BreachEventSerializer(serializers.Serializer):
    """One line of a breach's timeline."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    text = serializers.CharField()


class BreachSerializer(serializers.Serializer):
    """A bad verdict being dealt with."""

    id = serializers.CharField(source="public_id")
    service_level = serializers.CharField(source="service_level.public_id")
    code = serializers.CharField(source="service_level.code")
    contract = serializers.CharField(source="service_level.contract.public_id")
    period = serializers.CharField(source="period_label")
    starts_on = serializers.DateField()
    state = serializers.ChoiceField(choices=Breach.State.choices)
    status = serializers.ChoiceField(source="verdict.status", choices=Verdict.Status.choices)
    is_final = serializers.BooleanField(source="verdict.is_final")
    value = ExactNumber(source="verdict.value", allow_null=True)
    display = serializers.CharField(source="verdict.display")
    revision = serializers.IntegerField(source="verdict.revision")
    opened_at = serializers.DateTimeField()
    answer_due_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    cause = serializers.CharField()
    action = serializers.CharField()


class BreachDetailSerializer(BreachSerializer):
    """The same with its timeline."""

    events = BreachEventSerializer(many=True)


class RowCountsSerializer(serializers.Serializer):
    """A receipt's counts: received = new + superseded + unchanged + rejected."""

    received = serializers.IntegerField()
    new = serializers.IntegerField()
    superseded = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    late = serializers.IntegerField()
    rejected = serializers.IntegerField(help_text="Wrong rows that a partial batch left out.")


class BatchSerializer(serializers.Serializer):
    """What was sent in one go, by whom, and what became of it."""

    id = serializers.CharField(source="public_id")
    received_at = serializers.DateTimeField()
    channel = serializers.CharField()
    media_type = serializers.CharField()
    sent_by = serializers.SerializerMethodField()
    reason = serializers.CharField()
    rows = serializers.SerializerMethodField()
    sha256 = serializers.CharField()
    request_id = serializers.CharField()

    def get_sent_by(self, batch: Any) -> str:
        return str(batch.api_key or batch.sent_by or "")

    @extend_schema_field(RowCountsSerializer)
    def get_rows(self, batch: Any) -> dict[str, int]:
        return {name: getattr(batch, f"rows_{name}") for name in RowCountsSerializer().fields}
