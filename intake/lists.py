"""The columns of the list of reports that are owed: page and API."""

from functools import partial
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rest_framework.request import Request
from rest_framework.serializers import BooleanField, CharField, ChoiceField, DateField, DictField, IntegerField

from bpo.api_base import Problem
from bpo.api_fields import AnyList
from bpo.cells import described_link, instant, mark, with_details
from bpo.formatting import show_day
from bpo.lists import Column, ListDefinition, choice, nullable, shown
from bpo.request_bodies import BodySerializer, Day, Text
from bpo.viewpoint import Viewpoint
from contracts.models.service_levels import TOTALS, Feed
from intake.due import State
from intake.selectors.quality import REJECTED, DueCell


class DelaySerializer(BodySerializer):
    """When a report that is late will come, and why."""

    until = Day()
    reason = Text(max_length=200, lines=True)

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        try:
            return super().read(request)
        except Problem as problem:
            if problem.get_codes() not in ("wrong_fields", "wrong_shape"):
                raise
            detail = _("A delay has a day `until` and a `reason` of at most 200 characters.")
            raise Problem(422, "delay_refused", detail) from problem


def report_cell(row: DueCell, viewpoint: Viewpoint) -> SafeString:
    feed = row.report.feed
    vendor = [] if viewpoint.is_vendor else [feed.contract.vendor.name]
    missing = [row.report.missing_text] if row.report.missing_text else []
    name = f"{feed.name}, {row.report.period}"
    return with_details(name, feed.code, feed.contract.reference, *vendor, *missing)


def due_cell(row: DueCell, viewpoint: Viewpoint) -> SafeString:
    days = row.report.days_late
    late = [ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}] if days else []
    return with_details(show_day(row.report.due_on), row.report.feed.contract.zone, *late)


def known_cell(row: DueCell, viewpoint: Viewpoint) -> SafeString:
    """The announced delay, the last refusal, and for those who report a link to announce a delay."""
    report, delay, refusal, link = row.report, "", "", ""
    if report.delay:
        text = _("The vendor expects it on %(until)s: %(reason)s")
        delay = text % {"until": show_day(report.delay.until), "reason": report.delay.reason}
    if row.refusal and row.kind == REJECTED:
        text = _("%(rows)s rows were refused: %(detail)s") % {"rows": row.refusal.rows, "detail": row.refusal.detail}
        refusal = with_details(text, instant(row.refusal.refused_at, report.feed.contract.zone))
    if viewpoint.reports:
        named = f"{report.feed.code}, {report.period}"
        link = described_link(reverse("intake:delay", args=[report.id]), _("Announce a delay"), named)
        if (report.feed.kind, report.feed.schedule) not in TOTALS:
            nil = described_link(reverse("intake:nothing", args=[report.id]), _("Nothing happened"), named)
            link = format_html("{} {}", link, nil)
    return format_html("{} {} {}", delay, refusal, link)


STATE = partial(ChoiceField, [(state.value, state.value) for state in State])
DUE_ON = partial(DateField, help_text="The last day on which it is in time, in the contract's zone.")
SPLITS = partial(AnyList, help_text="Splits that service levels name and that it has no totals of yet.")
NOTHING = partial(BooleanField, help_text="Whether it states that nothing happened.")
DUE_REPORTS = ListDefinition[DueCell](
    record="report",
    columns=(
        Column("report", label=gettext_lazy("Report"), cell=report_cell),
        Column("id", field=CharField, csv=True),
        Column("contract", source="feed.contract.public_id", field=CharField, csv=True),
        Column("feed", source="feed.code", field=CharField, csv=True),
        Column("name", source="feed.name", field=CharField, csv=True),
        Column("kind", source="feed.kind", field=choice(Feed.Kind)),
        Column("period", source="span.label", field=CharField, csv=True),
        Column("starts_on", source="span.start", field=DateField),
        Column("ends_on", source="span.end", field=partial(DateField, help_text="The day after the last.")),
        Column("state", label=gettext_lazy("State"), cell=shown(mark, "sign"), field=STATE, csv=True),
        Column("due_on", label=gettext_lazy("Due"), cell=due_cell, field=DUE_ON, csv=True),
        Column("zone", source="feed.contract.zone", field=CharField),
        Column("missing_splits", csv=lambda row: ", ".join(row.report.missing_splits), field=SPLITS),
        Column("nothing", source="is_nil", field=NOTHING, csv=True),
        Column("days_late", field=IntegerField, csv=True),
        Column("known", label=gettext_lazy("Details"), cell=known_cell),
        Column("delay", field=nullable(DelaySerializer)),
        Column("row", source="as_row", field=partial(DictField, help_text="To fill in and send to /api/v1/results.")),
    ),
)
