"""The columns of the conditions, for the operators' page and the API."""

from datetime import timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from bpo.cells import NOTHING, mark, with_details
from bpo.formatting import show_count
from bpo.lists import Column, ListDefinition, nullable
from bpo.viewpoint import Viewpoint
from metrics.statuses import Sign
from reports.system_health.conditions import Condition
from reports.system_health.lengths import in_words


def show_measure(condition: Condition, value: int | None) -> str:
    """A value or a limit of a condition in words."""
    if value is None:
        return _t("never") if condition.kind.measure == "age_seconds" else NOTHING
    if condition.kind.measure.endswith("seconds"):
        return in_words(timedelta(seconds=value))
    return f"{show_count(value)} MB" if condition.kind.measure.endswith("_megabytes") else show_count(value)


def value_cell(condition: Condition, viewpoint: Viewpoint) -> str:
    return show_measure(condition, condition.value)


def limit_cell(condition: Condition, viewpoint: Viewpoint) -> str:
    return NOTHING if condition.limit is None else show_measure(condition, condition.limit)


def state_cell(condition: Condition, viewpoint: Viewpoint) -> SafeString:
    if condition.is_ok:
        return mark(Sign("met", "met", _t("OK"), is_final=True))
    return mark(Sign("breach", "breach", _t("Problem"), is_final=True))


def problem_cell(condition: Condition, viewpoint: Viewpoint) -> SafeString | str:
    return "" if condition.is_ok else with_details(condition.problem, condition.remedy)


CONDITIONS = ListDefinition[Condition](
    columns=(
        Column("condition", source="name", label=_("Condition"), cell="kind.label", field=serializers.CharField),
        Column("is_ok", label=_("State"), cell=state_cell, field=serializers.BooleanField),
        Column("stops", field=serializers.BooleanField),
        Column("measure", source="kind.measure", field=serializers.CharField),
        Column(
            "value", label=_("Now"), cell=value_cell, css="num",
            field=nullable(serializers.IntegerField),
        ),
        Column(
            "limit", label=_("Limit"), cell=limit_cell, css="num phone-off",
            field=nullable(serializers.IntegerField),
        ),
        Column("problem", label=_("What to do"), cell=problem_cell, css="words", field=serializers.CharField),
        Column("remedy", field=serializers.CharField),
    )
)  # fmt: skip
