"""Before and after: what an excuse or a restatement changes, as JSON."""

from typing import Any

from rest_framework import serializers

from bpo.api_fields import ExactNumber
from bpo.fields import stored_decimal
from bpo.formatting import plain_text
from metrics.models.breaches import Breach
from metrics.models.verdicts import Verdict
from metrics.services.previews import PreviewedVerdict
from metrics.services.restatement_plans import Move, Restatement, repeat_flag


class SideSerializer(serializers.Serializer):
    """A verdict, before or after."""

    revision = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(choices=Verdict.Status.choices)
    value = ExactNumber(allow_null=True)
    display = serializers.CharField(allow_blank=True)
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


def effect_of(restatement: Restatement) -> dict[str, Any]:
    """Return a restatement as JSON: closed periods first, then the open ones that follow."""
    moves = [*map(closed_move, restatement.moves), *map(open_move, restatement.provisional)]
    return {"digest": restatement.digest, "late": restatement.late, "verdicts": moves}


def closed_move(move: Move) -> dict[str, Any]:
    return {
        "service_level": move.cell.service_level.public_id,
        "period": move.after.period_label,
        "starts_on": move.after.starts_on.isoformat(),
        "is_final": True,
        "was_asked": move.was_asked,
        "before": side_of(move.before, move.breach_before),
        "after": side_of(move.after, move.breach_after),
    }


def open_move(preview: PreviewedVerdict) -> dict[str, Any]:
    before, value = preview.before, stored_decimal(preview.finding.outcome.value)
    after = {
        **{"revision": before.revision + 1 if before else 1, "status": preview.status, "display": preview.display},
        **{"value": plain_text(value), "breach": None, "repeats": ""},
    }
    return {
        "service_level": preview.cell.service_level.public_id,
        "period": preview.cell.period.label,
        "starts_on": preview.cell.period.start.isoformat(),
        "is_final": False,
        "was_asked": True,
        "before": side_of(before, "") if before else None,
        "after": after,
    }


def side_of(verdict: Verdict, breach: str) -> dict[str, Any]:
    return {
        "revision": verdict.revision,
        "status": verdict.status,
        "value": plain_text(verdict.value),
        "display": verdict.display,
        "breach": breach or None,
        "repeats": repeat_flag(verdict),
    }
