"""Every call of a bank's call centre in February 1999, as results of a feed of contacts.

Source: "Anonymous Bank", I. Guedj and A. Mandelbaum, Technion; `demo/data/README.md` says more.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from demo.sources.archive import read_table

FILE = "bank_calls_1999-02.tsv.xz"
ZONE = "Asia/Jerusalem"
FIRST_DAY, LAST_DAY = date(1999, 2, 1), date(1999, 2, 28)
NOT_QUEUED = "0:00:00"
# The service lines by their code in the data.
LINES = {
    "PS": "regular service",
    "NW": "prospective customers",
    "NE": "stock exchange",
    "IN": "internet support",
    "PE": "service in English",
    "TT": "call back",
}


def call_results(*, line: str = "", moved: timedelta = timedelta(0)) -> Iterator[dict[str, object]]:
    """Yield the calls of one service line, or of all, in the order of the file; dates moved by whole days."""
    zone = ZoneInfo(ZONE)
    for call in read_table(FILE, delimiter="\t"):
        if line in ("", call["type"]):
            # When the call reached the voice response unit.
            arrived = datetime.strptime(f"19{call['date']} {call['vru_entry']}", "%Y%m%d %H:%M:%S").replace(tzinfo=zone)
            yield {
                "feed": "CALLS",
                "external_id": f"{call['line']}-{call['call_id']}",
                "occurred_at": (arrived + moved).isoformat(),
                "outcome": call_outcome(call),
                "wait_seconds": int(call["q_time"]),
                "handle_seconds": int(call["ser_time"]),
                "queue": call["type"],
            }


def call_outcome(call: dict[str, str]) -> str:
    """Return a call's outcome; phantom calls, which have no caller, are ignored."""
    if call["outcome"] == "AGENT":
        return "answered"
    if call["outcome"] == "HANG":
        return "abandoned_before" if call["q_start"] == NOT_QUEUED else "abandoned"
    return "ignored"
