"""The columns of lists that only pages of the dashboard have."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from bpo.cells import counter, instant, link, with_details
from bpo.formatting import show_day
from bpo.lists import Column, ListDefinition
from bpo.viewpoint import Viewpoint
from dashboard.selectors.heat import HeatRow, Month
from dashboard.selectors.nights import NightRow


def month_words(row: HeatRow) -> list[str]:
    """The status of each month in words; a longer period stands in each of its months."""
    return [cell.sign.word if cell.sign else "" for cell in row.cells for _month in range(cell.span)]


def heat_list(months: Sequence[Month]) -> ListDefinition[tuple[str, HeatRow]]:
    """The file of the heat map: one column a month. Its rows are pairs of a party and a level's row."""
    return ListDefinition(
        columns=(
            Column("party", csv=lambda pair: pair[0]),
            Column("contract", csv=lambda pair: pair[1].level.contract.reference),
            Column("code", csv=lambda pair: pair[1].level.code),
            Column("name", csv=lambda pair: pair[1].level.name),
            *(
                Column(f"{month.first:%Y-%m}", csv=lambda pair, place=place: month_words(pair[1])[place])
                for place, month in enumerate(months)
            ),
            Column("id", csv=lambda pair: pair[1].level.public_id),
            Column("url", csv=lambda pair: reverse("dashboard:level", args=[pair[1].level.public_id]), is_url=True),
            Column("raw_value", csv=lambda pair: None),
        )
    )


def night_cell(row: NightRow, viewpoint: Viewpoint) -> SafeString:
    on, zone = row.run.local_date, row.run.zone
    return with_details(link(reverse("dashboard:run", args=[on.isoformat(), zone]), show_day(on)), zone)


def night_state_cell(row: NightRow, viewpoint: Viewpoint) -> str:
    state = row.run.get_state_display()
    return with_details(state, _("ran late")) if row.run.is_late else state


def judged_cell(row: NightRow, viewpoint: Viewpoint) -> SafeString:
    return counter(row.judged_url, row.judged, _("verdicts"))


def night_breaches_cell(row: NightRow, viewpoint: Viewpoint) -> SafeString:
    return counter(row.breaches_url, row.breaches, _("verdicts in breach"))


NIGHTS = ListDefinition[NightRow](
    columns=(
        Column("night", label=_("Run"), cell=night_cell),
        Column("state", label=_("State"), cell=night_state_cell),
        Column(
            "finished_at",
            label=_("Ended"),
            cell=lambda row, viewpoint: instant(row.run.finished_at, row.run.zone),
            css="phone-off",
        ),
        Column("judged", label=_("Your verdicts"), cell=judged_cell, css="num"),
        Column("breaches", label=_("Breaches"), cell=night_breaches_cell, css="num phone-off"),
    )
)
