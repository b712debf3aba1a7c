"""The columns of the lists of service levels, their verdicts, the days of a verdict, and late arrivals."""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from django.template.defaultfilters import default
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework.serializers import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Field,
    IntegerField,
    Serializer,
)

from bpo.api_fields import ExactNumber
from bpo.cells import NOTHING, instant, link, mark, sparkline, with_details
from bpo.formatting import show_count, show_day, show_period
from bpo.lists import Column, ListDefinition, choice, nullable, shown
from bpo.viewpoint import Viewpoint
from contracts.limits import expected_text, minimum_text
from contracts.lists import other_party
from contracts.models.service_levels import ServiceLevel
from metrics.identities import result_id
from metrics.models.breaches import Breach
from metrics.models.verdicts import LateArrival, Verdict
from metrics.querysets import owns_receipts
from metrics.statuses import Sign, sign_of_verdict

OR_DASH = partial(default, arg=NOTHING)


class LevelRow(Protocol):
    """A service level with the verdict of its last closed period and of the open one."""

    @property
    def level(self) -> ServiceLevel: ...
    @property
    def last(self) -> Verdict | None: ...
    @property
    def last_sign(self) -> Sign | None: ...


def level_url(row: LevelRow) -> str:
    return reverse("dashboard:level", args=[row.level.public_id])


def level_cell(row: LevelRow, viewpoint: Viewpoint) -> SafeString:
    level = row.level
    party = other_party(level.contract, viewpoint)
    return with_details(link(level_url(row), level.name), level.public_id, party, level.contract.reference)


def last_status_cell(row: LevelRow, viewpoint: Viewpoint) -> SafeString:
    return with_details(mark(row.last_sign), row.last.period_name) if row.last else mark(row.last_sign)


def value_cell(row: LevelRow, viewpoint: Viewpoint, *, name: str) -> str:
    """The value of the row's verdict of that name, which leads to the page of its period."""
    verdict = getattr(row, name)
    if verdict is None:
        return NOTHING
    return link(reverse("dashboard:period", args=[row.level.public_id, verdict.period_label]), verdict.display)


SERVICE_LEVELS = ListDefinition[LevelRow](
    record="level",
    columns=(
        Column("id", source="public_id", csv=True, field=CharField),
        Column("service_level", label=_("Service level"), cell=level_cell),
        Column("client", source="contract.client.name", csv=True),
        Column("vendor", source="contract.vendor.name", csv=True),
        # The file names a contract by its reference, the API by its id.
        Column("contract", source="contract.reference", csv=True),
        Column("contract", source="contract.public_id", field=CharField),
        Column("feed", source="feed.code", field=CharField),
        Column("code", csv=True, field=CharField),
        Column("name", csv=True, field=CharField),
        Column("clause", field=CharField),
        # Limits stand before the last period in the file, and after it on the page.
        Column("expected", csv="expected"),
        Column("minimum", csv="minimum"),
        Column("last_period", csv="last.period_label"),
        Column("last_status", label=_("Last period"), cell=last_status_cell, csv="last_sign.word"),
        Column("last_value", label=_("Value"), cell=partial(value_cell, name="last"), css="num", csv="last.display"),
        Column("limit", label=_("Expected"), cell="expected", css="num phone-off"),
        Column("lowest", label=_("Limit"), cell="minimum", css="num phone-off"),
        Column("open_period", csv="so_far.period_label"),
        Column(
            "open_status", label=_("Open period"), cell=shown(mark, "now_sign"), css="phone-off", csv="now_sign.word"
        ),
        Column(
            "open_value",
            label=_("So far"),
            cell=partial(value_cell, name="so_far"),
            css="num phone-off",
            csv="so_far.display",
        ),
        Column("history", label=_("Last periods"), cell=shown(sparkline, "spark"), css="phone-off"),
        Column("url", csv=level_url, is_url=True),
        Column("raw_value", csv="last.value"),
    ),
)


class PeriodSerializer(Serializer):
    """A span of whole local days; `ends_on` is the day after the last."""

    label = CharField(source="period_label")
    starts_on = DateField()
    ends_on = DateField()


@extend_schema_field({"type": "object", "additionalProperties": True})
class WorkingField(Field):
    """A verdict's working; only the vendor that sent them sees the receipts behind it."""

    def to_representation(self, verdict: Verdict) -> object:
        principal = self.context["request"].user
        facts = verdict.working.get("facts", {})
        if "batches" not in facts or owns_receipts(principal, verdict.service_level.contract):
            return verdict.working
        return verdict.working | {"facts": {name: fact for name, fact in facts.items() if name != "batches"}}


@dataclass(frozen=True)
class PeriodRow:
    """One judged period with the limits that judged it."""

    verdict: Verdict
    breach: Breach | None

    @property
    def sign(self) -> Sign | None:
        return sign_of_verdict(self.verdict)

    @property
    def name(self) -> str:
        verdict = self.verdict
        return show_period(verdict.terms.period, verdict.starts_on, verdict.ends_on, verdict.period_label)

    @property
    def expected(self) -> str:
        return expected_text(self.verdict.limits)

    @property
    def minimum(self) -> str:
        return minimum_text(self.verdict.limits)


def level_of_verdict_cell(row: PeriodRow, viewpoint: Viewpoint) -> SafeString:
    level = row.verdict.service_level
    name = link(reverse("dashboard:level", args=[level.public_id]), level.name)
    return with_details(name, level.public_id, other_party(level.contract, viewpoint))


def period_url(row: PeriodRow) -> str:
    return reverse("dashboard:period", args=[row.verdict.service_level.public_id, row.verdict.period_label])


def period_cell(row: PeriodRow, viewpoint: Viewpoint) -> SafeString:
    return link(period_url(row), row.name)


def breach_cell(row: PeriodRow, viewpoint: Viewpoint) -> str:
    return link(reverse("breaches:breach", args=[row.breach.public_id]), row.breach.public_id) if row.breach else ""


VERDICTS = ListDefinition[PeriodRow](
    record="verdict",
    columns=(
        # The id of the service level ends each row of the file.
        Column("id", source="service_level.public_id", csv=True),
        # Only where verdicts of several service levels are listed.
        Column("level", label=_("Service level"), cell=level_of_verdict_cell),
        Column("service_level", source="service_level.public_id", field=CharField),
        Column("code", source="service_level.code", field=CharField),
        Column("contract", source="service_level.contract.public_id", field=CharField),
        Column("period", source="period_label", label=_("Period"), cell=period_cell, csv=True),
        Column("period", source="*", field=PeriodSerializer),
        Column("starts_on", csv=True),
        Column("ends_on", csv=True),
        Column("is_current", field=BooleanField),
        Column("is_final", field=BooleanField),
        Column("is_deemed", field=BooleanField),
        Column("is_history", field=BooleanField),
        Column("status", label=_("Status"), cell=shown(mark, "sign"), csv="sign.word", field=choice(Verdict.Status)),
        Column(
            "value", source="display", label=_("Value"), cell=shown(OR_DASH, "verdict.display"), css="num", csv=True
        ),
        Column("display", field=CharField),
        Column("value", field=nullable(ExactNumber)),
        Column("numerator", field=nullable(ExactNumber)),
        Column("denominator", field=nullable(ExactNumber)),
        # The page shows the cases before the limits, the file after them.
        Column("cases", label=_("Cases"), cell=shown(show_count, "verdict.cases"), css="num phone-off"),
        Column("expected", label=_("Expected"), cell="expected", css="num phone-off", csv="expected"),
        Column("minimum", label=_("Limit"), cell="minimum", css="num phone-off", csv="minimum"),
        Column("expected", source="limits.expected", field=nullable(ExactNumber)),
        Column("minimum", source="limits.minimum", field=nullable(ExactNumber)),
        Column("cases", csv=True, field=IntegerField),
        Column("breach", label=_("Breach"), cell=breach_cell, css="phone-off"),
        Column("revision", label=_("Revision"), css="num phone-off", csv=True, field=IntegerField),
        Column("working", source="*", field=partial(WorkingField, read_only=True)),
        Column("judged_at", field=DateTimeField),
        Column("closed_at", field=nullable(DateTimeField)),
        Column("reason", field=CharField),
        Column("url", csv=period_url, is_url=True),
        Column("raw_value", source="value", csv=True),
    ),
)


def verdict_days(verdict: Verdict) -> ListDefinition[object]:
    """The days of one verdict; each row of the file also names the service level and the verdict's address."""
    level = verdict.service_level.public_id
    url = f"{reverse('dashboard:period', args=[level, verdict.period_label])}?rev={verdict.revision}"
    numbers = (("numerator", _("Numerator")), ("denominator", _("Denominator")), ("cases", _("Cases")))
    return ListDefinition(
        columns=(
            Column("day", source="on", label=_("Day"), cell=shown(show_day, "on"), csv=True),
            *(Column(name, label=label, css="num", csv=f"recorded.{name}") for name, label in numbers),
            Column("shown", label=_("Value"), css="num"),
            Column("id", csv=lambda row: level),
            Column("url", csv=lambda row: url, is_url=True),
            Column("raw_value", source="shown", csv=True),
        )
    )


class ResultIdField(CharField):
    """The id of the result that a late arrival brought or corrected."""

    def to_representation(self, arrival: LateArrival) -> str:
        return result_id(arrival.service_level.feed, arrival.key)


def arrived_cell(row: LateArrival, viewpoint: Viewpoint) -> str:
    return instant(row.arrived_at, row.service_level.contract.zone)


def level_of_late_cell(row: LateArrival, viewpoint: Viewpoint) -> SafeString:
    level = row.service_level
    name = link(reverse("dashboard:level", args=[level.public_id]), level.name)
    return with_details(name, level.public_id, other_party(level.contract, viewpoint))


def row_cell(row: LateArrival, viewpoint: Viewpoint) -> str:
    """The row's id, or of totals the period and the split."""
    return row.key.rstrip("|").replace("|", " · ")


def counted_cell(row: LateArrival, viewpoint: Viewpoint) -> str:
    """The revision that counts it."""
    return _("revision %(number)s") % {"number": row.counted_by.revision} if row.counted_by else NOTHING


COUNTED_BY = nullable(IntegerField, default=None, help_text="The verdict's revision that counts it.")
LATE_ARRIVALS = ListDefinition[LateArrival](
    columns=(
        # Only where late results of several periods are listed.
        Column("level", label=_("Service level"), cell=level_of_late_cell),
        Column("key", label=_("Row"), cell=row_cell, csv=True),
        Column("closed", label=_("Period begins"), cell=shown(show_day, "starts_on")),
        Column("id", source="service_level.public_id", csv=True),
        Column("service_level", source="service_level.public_id", field=CharField),
        Column("contract", source="service_level.contract.public_id", field=CharField),
        Column("starts_on", csv=True, field=partial(DateField, help_text="First day of the closed period.")),
        Column("result", source="*", field=partial(ResultIdField, read_only=True)),
        Column("arrived_at", label=_("Arrived"), cell=arrived_cell, csv=True, field=DateTimeField),
        Column(
            "reason", label=_("Reason"), cell=shown(OR_DASH, "reason"), csv=True,
            field=partial(CharField, allow_blank=True),
        ),
        Column("counted_by", source="counted_by.revision", csv=True, field=COUNTED_BY),
        Column("counted", label=_("Counted by"), cell=counted_cell),
        Column("url", csv=lambda row: reverse("dashboard:level", args=[row.service_level.public_id]), is_url=True),
        # Only for the vendor; other readers' pages take the list without it.
        Column("receipt", source="batch.public_id", label=_("Receipt"), csv=True),
    )
)  # fmt: skip
OF_PERIOD = ("level", "closed", "counted")  # columns without which the list is that of one period
