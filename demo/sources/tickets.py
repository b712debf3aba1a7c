"""Service-desk tickets of an IT firm, opened from March to May 2016 mostly, as results of a feed of cases.

Source: UCI Machine Learning Repository, "Incident management process enriched event log"; see `demo/data/README.md`.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

from demo.sources.archive import read_table

FILE = "incident_cases_2016.csv.xz"
ZONE = "America/Sao_Paulo"
FIRST_DAY, LAST_DAY = date(2016, 2, 29), date(2017, 2, 18)
MISSING = "?"
# The file's times bear no zone and know no summer time: São Paulo's standard time all year round.
STANDARD_TIME = timezone(timedelta(hours=-3))


def ticket_results(*, moved: timedelta = timedelta(0)) -> Iterator[dict[str, object]]:
    """Yield the tickets in their last known state, in the order of the file; dates moved by whole days.

    `correct` says that the first group which had a ticket kept and solved it, and that it was not opened again.
    """
    for ticket in read_table(FILE):
        reopened = ticket["reopen_count"] != "0"
        yield {
            "feed": "TICKETS",
            "external_id": ticket["number"],
            "opened_at": parse_instant(ticket["opened_at"], moved),
            "resolved_at": parse_instant(ticket["resolved_at"], moved),
            "closed_at": parse_instant(ticket["closed_at"], moved),
            "met": ticket["made_sla"] == "true",
            "correct": ticket["reassignment_count"] == "0" and not reopened,
            "reopened": reopened,
            "priority": ticket["priority"],
            "group": "" if ticket["assignment_group"] == MISSING else ticket["assignment_group"],
        }


def parse_instant(text: str, moved: timedelta) -> str | None:
    """Parse a time such as 29/2/2016 01:16; None where it is missing."""
    if text == MISSING:
        return None
    return (datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=STANDARD_TIME) + moved).isoformat()
