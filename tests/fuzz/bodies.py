"""Bodies out of rows: JSON, NDJSON and CSV, whole, cut, turned and mislabelled."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.rows import Row, Token, any_rows, usual_rows

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
TYPES = [
    JSON,
    NDJSON,
    CSV,
    "text/csv; charset=utf-8",
    "application/json;charset=utf-16",
    "text/plain",
    "",
    "application/json, text/csv",
]


@dataclass(frozen=True)
class Sent:
    """One request: its body, what it claims to be, and the rows in it as far as they are known."""

    body: bytes
    media_type: str
    query: str
    key: str
    rows: tuple[Row, ...] | None

    @property
    def reads_back(self) -> bool:
        """Whether each row says one thing, so that what is stored can be held against it."""
        return self.rows is not None and all(len(row.said()) == len(row.cells) for row in self.rows)


def as_json(value: Any) -> str:
    """JSON with every number as it is written, and names as often as they stand."""
    if isinstance(value, Row):
        return "{" + ", ".join(f"{as_json(name)}: {as_json(cell)}" for name, cell in value.cells) + "}"
    if isinstance(value, Token):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(as_json, value)) + "]"
    return json.dumps(value)


def as_csv(rows: list[Row], separator: str) -> str:
    """A header of all names that stand anywhere, and a line a row."""
    names = list(dict.fromkeys(name for row in rows for name, _cell in row.cells))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(names)
    for row in rows:
        said = row.said()
        writer.writerow([_cell(said.get(name)) for name in names])
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return as_json(value)


@st.composite
def damaged(draw: st.DrawFn, body: bytes) -> bytes:
    """The body after something happened to its bytes on the way."""
    at = draw(st.integers(0, max(0, len(body) - 1)))
    what = draw(st.sampled_from(["cut", "flip", "insert", "drop", "bom", "twice", "wrap", "utf-16", "latin-1"]))
    if what == "cut":
        return body[:at]
    if what == "flip" and body:
        return body[:at] + bytes([body[at] ^ draw(st.sampled_from([1, 32, 128]))]) + body[at + 1 :]
    if what == "insert":
        return (
            body[:at]
            + draw(st.sampled_from([b"\x00", b",", b'"', b"\n", b"\xff", b"\xed\xa0\x80", b"{", b"]"]))
            + body[at:]
        )
    if what == "drop":
        return body[:at] + body[at + 1 :]
    if what == "bom":
        return b"\xef\xbb\xbf" + body
    if what == "twice":
        return body + body
    if what == "wrap":
        return b'{"results": ' + body + b"}"
    return body.decode("utf-8", "replace").encode(what, "replace")


queries = st.sampled_from(
    [*[""] * 12, "?partial=true", "?partial=true", "?dry_run=true", "?reason=again", "?reason=again&partial=true",
     "?shape=list", "?shape=object", "?dry_run=true&partial=true", "?dry_run=yes", "?nothing=1", "?reason="]
)  # fmt: skip
keys = st.sampled_from([*[""] * 8, "k-1", "k-2", '"k-1"', "a b"])


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    """A request that brings up to six rows, in one of the forms, mostly readable."""
    rows = draw(st.lists(draw(st.sampled_from([usual_rows, any_rows])), min_size=1, max_size=4))
    media_type = draw(st.sampled_from([JSON, JSON, NDJSON, CSV]))
    if media_type == JSON:
        text = as_json(rows[0] if len(rows) == 1 and draw(st.booleans()) else rows)
    elif media_type == NDJSON:
        text = draw(st.sampled_from(["\n", "\r\n", "\n\n"])).join(map(as_json, rows))
    else:
        text = as_csv(rows, draw(st.sampled_from([*[","] * 6, ";", "\t"])))
    body, known = text.encode("utf-8", "surrogatepass"), True
    if draw(st.integers(0, 7)) == 0:
        body, known = draw(damaged(body)), False
    if draw(st.integers(0, 15)) == 0:
        media_type, known = draw(st.sampled_from(TYPES)), False
    return Sent(body, media_type, draw(queries), draw(keys), tuple(rows) if known else None)
