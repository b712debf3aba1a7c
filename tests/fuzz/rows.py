"""Rows as vendors send them, and what mistaken programs and attackers make of them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

FIRST = datetime(2025, 2, 1, tzinfo=UTC)


class Token(str):
    """A number as it is written in JSON; JSON has texts for everything else."""


@dataclass(frozen=True)
class Row:
    """Names and values in their order; a name may stand twice, which no dictionary would show."""

    cells: tuple[tuple[str, Any], ...]
    is_usual: bool = field(default=True, compare=False)

    def said(self) -> dict[str, Any]:
        return dict(self.cells)


def moments(past: int = 0) -> st.SearchStrategy[str]:
    """Instants of the 150 days from February 2025 on, or so many days later, in several ways of writing them."""
    at = st.integers(past * 86_400, (past + 150) * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds))
    zones = st.sampled_from(["Z", "+00:00", "+02:00", "-05:30", "+0100"])
    fractions = st.sampled_from(["", "", ".5", ".123456", ".1234567"])
    return st.builds(lambda day, zone, more: f"{day:%Y-%m-%dT%H:%M:%S}{more}{zone}", at, zones, fractions)


def numbers(most: int = 500) -> st.SearchStrategy[Any]:
    """Numbers as numbers and as texts, whole and with decimals."""
    whole = st.integers(0, most).map(str)
    fine = st.builds("{}.{}".format, st.integers(0, most - 1), st.sampled_from(["5", "25", "000001", "10"]))
    written = st.one_of(whole, whole, fine)
    return st.one_of(written.map(Token), written)


# Few enough that rows meet one another: as repetitions, as contradictions, as corrections.
ids = st.integers(1, 12).map("id-{}".format)
labels = st.sampled_from(["A", "north", "Zürich", "客服", "a b"])
notes = st.sampled_from(["late shift", "Größe\n2", "=1+1", "“quoted”, with comma; and \t tab", "🎧"])
flags = st.sampled_from([True, False, "true", "false"])
days = st.integers(0, 150).map(lambda number: f"{FIRST + timedelta(days=number):%Y-%m-%d}")
weeks = st.integers(6, 26).map("2025-W{:02}".format)
totals = {"numerator": numbers(90), "denominator": numbers()}
OUTCOMES = ["answered", "abandoned", "abandoned_short", "blocked", "flowed_out", "ignored"]


def _rows(feed: str, needed: dict[str, st.SearchStrategy], more: dict[str, st.SearchStrategy]) -> st.SearchStrategy:
    columns = st.fixed_dictionaries({"feed": st.just(feed), **needed}, optional={"note": notes, **more})
    return columns.map(lambda cells: Row(tuple(cells.items())))


usual_rows = st.one_of(
    _rows(
        "VOICE",
        {"external_id": ids, "occurred_at": moments(), "outcome": st.sampled_from(OUTCOMES)},
        {
            "wait_seconds": numbers(), "handle_seconds": numbers(), "resolved": flags, "score": numbers(10),
            "queue": labels,
        },
    ),
    _rows("AHT", {"external_id": ids, "occurred_at": moments(), "value": numbers()}, {"weight": numbers(9)}),
    _rows(
        "TICKETS",
        {"external_id": ids, "opened_at": moments()},
        {
            "due_at": moments(), "resolved_at": moments(past=200), "met": flags, "correct": flags, "reopened": flags,
            "priority": labels, "group": labels,
            "pauses": st.lists(st.tuples(moments(), moments(), labels).map(list), max_size=1),
        },
    ),
    _rows(
        "PORTAL",
        {"external_id": ids, "started_at": moments()},
        {"ended_at": moments(past=200), "planned": flags, "service": labels},
    ),
    _rows("FCR", {"external_id": ids, "occurred_at": moments(), **totals}, {}),
    _rows("DAYS", {"date": days, **totals}, {"split": labels}),
    _rows("WEEKS", {"period": weeks, **totals}, {"split": labels}),
)  # fmt: skip

NAMES = [
    "feed", "contract", "service_level", "external_id", "occurred_at", "value", "weight", "outcome", "numerator",
    "denominator", "date", "period", "split", "opened_at", "resolved_at", "closed_at", "pauses", "started_at",
    "ended_at", "note", "reason", "void", "queue", "met", "id", "pk", "batch", "revision", "vendor", "__proto__", "",
    "Value", "value ", "valu\u0435", "\u0000", "\ud800", "a/b~c", "x" * 300,
]  # fmt: skip
ODD_NUMBERS = [
    "NaN", "Infinity", "-0", "-1", "0.0000001", "1e3", "1E-2", "1e400", "1e-400", "999999999999.999999",
    "1000000000000", "9" * 40, "9" * 41, "01", "+1", "0x10", "1_000", ".5", "5.", "-0.0",
]  # fmt: skip
ODD_TEXTS = [
    "", " ", "null", "None", "true", "1,5", "1.234,5", "12%", "１２", "٣", "1 000", "\u0000", "a\u0000b", "\ud800",
    "\udfff\ud800", "\u202e", "\u2028", "\x85", "\r\n", "a\rb", "x" * 129, "x" * 1001, "🎧" * 90, "\\N", "\t", "'; --",
    "<script>", "../../etc", "%s%n", "{}", "[]", "2025-02-30", "2025-02-30T10:00:00Z", "2025-03-30T02:30:00",
    "2025-06-30T23:59:60Z", "2025-06-10T24:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
    "2025-06-10T10:00:00+25:00", "2025-06-10T10:00:00-00:00", "2025-6-1", "20250610", "2025-W53", "2025-W00",
    "2025-13", "0000-00-00", "VOICE", "AHT", "QUALITY", "SECRET", "SL-00000", "CT-00000", "id-1", "answered",
    "Answered",
]  # fmt: skip
DEEP: list[Any] = []
for _level in range(40):
    DEEP = [DEEP]
odd_values = st.one_of(
    st.sampled_from([None, True, False, [], {}, [[]], {"a": None}, ["id-1"], DEEP, [["2025-02-01T00:00:00Z", None]]]),
    st.sampled_from(ODD_NUMBERS).map(Token),
    st.sampled_from(ODD_TEXTS),
    st.text(max_size=20),
    numbers(),
    moments(),
)


@st.composite
def mutated(draw: st.DrawFn, row: Row) -> Row:
    """The row after one thing was done to it that makes it unusual, and mostly wrong."""
    cells = list(row.cells)
    at = draw(st.integers(0, len(cells) - 1))
    what = draw(st.sampled_from(["drop", "set", "set", "set", "add", "twice", "rename", "void", "reason"]))
    if what == "drop":
        del cells[at]
    elif what == "set":
        cells[at] = (cells[at][0], draw(odd_values))
    elif what == "add":
        cells.append((draw(st.sampled_from(NAMES)), draw(odd_values)))
    elif what == "twice":
        cells.append((cells[at][0], draw(st.one_of(st.just(cells[at][1]), odd_values))))
    elif what == "rename":
        cells[at] = (draw(st.sampled_from(NAMES)), cells[at][1])
    elif what == "void":
        cells = [cell for cell in cells if cell[0] in ("feed", "external_id", "date", "period", "split")]
        cells += [("void", draw(st.sampled_from([True, "true", False]))), ("reason", "sent in error")]
    else:
        cells.append(("reason", draw(st.sampled_from(["counted again", "", " ", "x" * 201]))))
    return Row(tuple(cells), is_usual=False)


any_rows = st.one_of(usual_rows, usual_rows, usual_rows.flatmap(mutated), usual_rows.flatmap(mutated).flatmap(mutated))
