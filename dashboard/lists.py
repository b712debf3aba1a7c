"""The columns of lists that only pages of the dashboard have."""

from collections.abc import Sequence

from django.urls import reverse

from bpo.lists import Column, ListDefinition
from dashboard.selectors.heat import HeatGroup, HeatRow, Month

GroupedRow = tuple[HeatGroup, HeatRow]


def month_words(row: HeatRow) -> list[str]:
    """The status of each month in words; a longer period stands in each of its months."""
    return [cell.sign.word if cell.sign else "" for cell in row.cells for _month in range(cell.span)]


def heat_list(months: Sequence[Month]) -> ListDefinition:
    """The file of the heat map: one column a month. Its rows are pairs of a group and a row of it."""
    return ListDefinition(
        columns=(
            Column("party", csv=lambda pair: pair[0].name),
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
