"""Monthly forms of England's mental health crisis lines, January to March 2025, as results of feeds of counts.

Source: NHS England, NHS 111 select mental health statistics; `demo/data/README.md` says more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from demo.sources.archive import read_table
from demo.sources.shifts import month_after

MONTHS = (date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1))
ZONE = "Europe/London"
FORM, SPEED = "FORM", "SPEED"
IN_TIME = "answered within 60 s"
ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Form:
    """What one organisation reported under one contract for one month; a figure it left out is None.

    An organisation without a name is named after its code.
    """

    month: date
    organisation: str
    organisation_name: str
    contract: str
    contract_name: str
    figures: Mapping[str, int | None]

    def figure(self, code: str) -> int | None:
        return self.figures.get(code)

    @property
    def offered(self) -> int | None:
        """Calls answered and calls abandoned."""
        answered, abandoned = self.figure("A03"), self.figure("B02")
        return None if answered is None or abandoned is None else answered + abandoned


@cache
def forms() -> tuple[Form, ...]:
    """Return all forms, in the order of months and of the published files."""
    gathered: dict[tuple[date, str, str], tuple[dict[str, str], dict[str, int | None]]] = {}
    for month in MONTHS:
        for line in read_table(f"crisis_lines_{month:%Y-%m}.csv.xz"):
            _, figures = gathered.setdefault((month, line["ORG_CODE"], line["CONTRACT_CODE"]), (line, {}))
            value = line["METRIC_VALUE"]
            figures[line["METRIC_ID"]] = None if value == "-" else int(value)
    return tuple(
        Form(
            month=month,
            organisation=organisation,
            organisation_name=line["ORG_NAME"] or f"Organisation {organisation}",
            contract=contract,
            contract_name=line["CONTRACT_NAME"],
            figures=figures,
        )
        for (month, organisation, contract), (line, figures) in gathered.items()
    )


def form_results(form: Form, *, moved: int = 0) -> list[dict[str, object]]:
    """Return a form's rows for the two feeds of its contract, without missing figures; dates moved by whole months."""
    answered = form.figure("A03")
    rows = [
        (FORM, IN_TIME, form.figure("B01"), answered),
        (FORM, ABANDONED, form.figure("B02"), form.offered),
        (SPEED, "", form.figure("B06"), answered),
    ]
    return [
        {
            "feed": feed,
            "contract": form.contract,
            "period": f"{month_after(form.month, moved):%Y-%m}",
            "numerator": numerator,
            "denominator": denominator,
        }
        | ({"split": split} if split else {})
        for feed, split, numerator, denominator in rows
        if numerator is not None and denominator is not None
    ]
