"""Batches as hypothesis makes them: rows that are mostly as they should be, with a cell here and there that is not."""

import csv
import io
import json
from datetime import date
from typing import Any

from hypothesis import strategies as st

from contracts.models.service_levels import Feed
from intake.parsing import CSV, JSON

# Codes of feeds, and what each takes.
KIND_OF = {
    "CON": Feed.Kind.CONTACTS,
    "OBS": Feed.Kind.OBSERVATIONS,
    "CAS": Feed.Kind.CASES,
    "DOW": Feed.Kind.DOWNTIME,
    "EVT": Feed.Kind.COUNTS,
    "DAY": Feed.Kind.COUNTS,
    "WEE": Feed.Kind.COUNTS,
    "MON": Feed.Kind.COUNTS,
    "CON2": Feed.Kind.CONTACTS,
}
numbers = st.one_of(
    st.sampled_from(
        ["0", "-0.0", "5", "007", "1.50", "-3.25", "1e3", "1,5", "999999999999.999999", "1234567890123", "+1"]
    ),
    st.decimals(-10, 10**6, places=2).map(lambda number: f"{number:f}"),
    st.integers(-10, 10**13),
    st.sampled_from([2.5, 1e22, -0.0, 0.1, True]),
)
moments = st.one_of(
    st.builds(
        "{}T{:02}:{:02}:{:02}{}{}".format,
        st.dates(date(2024, 12, 30), date(2026, 3, 2)),
        st.integers(0, 24),
        st.integers(0, 59),
        st.integers(0, 60),
        st.sampled_from(["", "", "", ".5", ".123456789", ".0"]),
        st.sampled_from(["Z", "Z", "+01:00", "-0500", "+05:30", "", "+14:00", "z", "+25:00"]),
    ),
    st.sampled_from(["2025-12-01", "soon", "2025-02-30T00:00:00Z", "٢٠٢٥-12-01T00:00:00Z", "9999-12-31T23:59:59Z"]),
)
texts = st.one_of(
    st.sampled_from(["", "Billing", "ünï", 'a"b', "a\\b", "a\tb", "a\nb", "\u202e", "\u00a0", "x" * 81, "c,d", " "]),
    st.text(max_size=6),
)
flags = st.sampled_from([True, False, "true", "false", 1, 0, "yes"])
ids = st.one_of(st.integers(1, 60).map(lambda number: f"r{number}"), texts)
pauses = st.sampled_from(
    [[], [["2025-12-01T10:00:00Z", None]], [["2025-12-01T10:00:00Z", "2025-12-01T11:00:00Z", "w"]]]
)
days = st.sampled_from(["2025-12-01", "2026-05-01", "2025-1-1", "2025-02-30"])
periods = st.sampled_from(["2025-12", "2025-W50", "2025-06", "2025-W24", "2027-01", "2026-W60", ""])
TOTALS = {"numerator": numbers, "denominator": numbers, "split": texts}
CELLS: dict[str, dict[str, Any]] = {
    "CON": {
        "occurred_at": moments, "outcome": st.sampled_from(["answered", "abandoned", "Answered", "lost"]),
        "wait_seconds": numbers, "handle_seconds": numbers, "resolved": flags, "score": numbers, "queue": texts,
        "customer": texts | st.sampled_from(["c-17", "ann@example.com", "+4930123456", "030 1234567", "4930123456"]),
    },
    "OBS": {"occurred_at": moments, "value": numbers, "weight": numbers},
    "CAS": {
        "opened_at": moments, "due_at": moments, "resolved_at": moments, "closed_at": moments, "met": flags,
        "pauses": pauses, "priority": texts, "reopened": flags,
    },
    "DOW": {"started_at": moments, "ended_at": moments, "planned": flags, "service": texts},
    "EVT": {"occurred_at": moments, **TOTALS},
    "DAY": {"date": days, **TOTALS},
    "WEE": {"period": periods, **TOTALS},
    "MON": {"period": periods, **TOTALS},
}  # fmt: skip
CELLS["CON2"] = CELLS["CON"]
USUAL: dict[str, Any] = {
    "occurred_at": "2025-12-01T09:00:00+01:00", "opened_at": "2025-12-01T09:00:00Z", "outcome": "answered",
    "started_at": "2025-12-01T09:00:00Z", "value": "2", "wait_seconds": "12.50", "queue": "Billing",
    "resolved_at": "2025-12-02T00:00:00Z", "numerator": "5", "denominator": "7", "date": "2025-12-01",
}  # fmt: skip


def usual_row(code: str, number: int) -> dict[str, Any]:
    """A row as it should be, different from those of other numbers."""
    row = {"feed": code} | {name: USUAL[name] for name in CELLS[code] if name in USUAL}
    if code in ("DAY", "WEE", "MON"):
        period = {"WEE": "2025-W40", "MON": "2025-12"}.get(code)
        return row | {"split": f"s{number}"} | ({"period": period} if period else {})
    return row | {"external_id": f"r{number}"}


def usual_rows(code: str, count: int) -> list[dict[str, Any]]:
    return [usual_row(code, number) for number in range(count)]


@st.composite
def batches(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of one feed or of several, in which some cells are odd, missing or empty."""
    rows = []
    several = draw(st.booleans())
    first = draw(st.sampled_from(sorted(KIND_OF)))
    for number in range(draw(st.integers(1, 5))):
        code = draw(st.sampled_from(sorted(KIND_OF))) if several else first
        row = usual_row(code, number)
        odd = CELLS[code] | {
            "external_id": ids, "note": texts, "reason": texts, "void": flags, "contract": texts, "colour": texts,
        }  # fmt: skip
        for name in draw(st.lists(st.sampled_from(sorted(odd)), max_size=2)):
            row[name] = draw(st.none() | odd[name])
        rows.append(row)
    return rows


def written(rows: list[dict[str, Any]], media_type: str, *, ascii_only: bool) -> bytes:
    """The rows as a body of that media type."""
    if media_type == CSV:
        names = list(dict.fromkeys(name for row in rows for name in row))
        sheet = io.StringIO(newline="")
        table = csv.DictWriter(sheet, names, restval="")
        table.writeheader()
        table.writerows({name: str(cell) if cell is not None else "" for name, cell in row.items()} for row in rows)
        return sheet.getvalue().encode("utf-8", "replace")
    lines = [json.dumps(row, ensure_ascii=ascii_only).encode("utf-8", "replace") for row in rows]
    return b"[" + b", ".join(lines) + b"]" if media_type == JSON else b"\n".join(lines)
