"""Before and after: what an excuse or a restatement changes, as JSON."""

from datetime import datetime

from rest_framework import serializers

from bpo.api_fields import ExactNumber
from bpo.formatting import plain_text
from metrics.models.breaches import Breach
from metrics.models.verdicts import Verdict
from metrics.services.restatement_plans import Restatement, repeat_flag
from metrics.timelines import Cell


class SideSerializer(serializers.Serializer):
    """A verdict, before or after."""

    revision = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(choices=Verdict.Status.choices)
    value = ExactNumber(allow_null=True)
    display = serializers.CharField(allow_blank=True)
    numerator = ExactNumber(allow_null=True, help_text="What is counted, also where the display stays the same.")
    denominator = ExactNumber(allow_null=True)
    cases = serializers.IntegerField()
    breach = serializers.ChoiceField(choices=Breach.State.choices, allow_null=True, help_text="Its state.")
    repeats = serializers.CharField(allow_blank=True, help_text="The clauses on repeated failure that it triggers.")


class MoveSerializer(serializers.Serializer):
    """One period before and after."""

    service_level = serializers.CharField()
    period = serializers.CharField()
    starts_on = serializers.DateField()
    is_final = serializers.BooleanField(help_text="false: the period is still open and will be judged again anyway.")
    was_asked = serializers.BooleanField(help_text="false: its verdict depends on a period that was.")
    before = SideSerializer(allow_null=True)
    after = SideSerializer()


class EffectSerializer(serializers.Serializer):
    """Everything that changes. Send `digest` back to make sure that exactly this happens."""

    digest = serializers.CharField()
    late = serializers.IntegerField(help_text="Late results that would be counted.")
    verdicts = MoveSerializer(many=True)


def effect_of(restatement: Restatement, now: datetime) -> dict[str, object]:
    """Return a restatement as JSON: closed periods first, then the open ones that follow."""
    moves = []
    for move in restatement.moves:
        before, after = side_of(move.before, move.breach_before), side_of(move.after, move.breach_after)
        facts = cell_facts(move.cell, is_final=True, was_asked=move.was_asked)
        moves.append(facts | {"before": before, "after": after})
    for preview in restatement.provisional:
        sides = {
            "before": side_of(preview.before, "") if preview.before else None,
            "after": side_of(preview.as_verdict(now), ""),
        }
        moves.append(cell_facts(preview.cell, is_final=False, was_asked=True) | sides)
    return {"digest": restatement.digest, "late": restatement.late, "verdicts": moves}


def cell_facts(cell: Cell, *, is_final: bool, was_asked: bool) -> dict[str, object]:
    return {
        "service_level": cell.service_level.public_id,
        "period": cell.period.label,
        "starts_on": cell.period.start.isoformat(),
        "is_final": is_final,
        "was_asked": was_asked,
    }


def side_of(verdict: Verdict, breach: str) -> dict[str, object]:
    return {
        "revision": verdict.revision,
        "status": verdict.status,
        "value": plain_text(verdict.value),
        "display": verdict.display,
        "numerator": plain_text(verdict.numerator),
        "denominator": plain_text(verdict.denominator),
        "cases": verdict.cases,
        "breach": breach or None,
        "repeats": repeat_flag(verdict),
    }
