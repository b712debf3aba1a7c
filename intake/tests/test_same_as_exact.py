"""What the quick way accepts, the exact way reads just the same; hypothesis looks for a body that tells them apart."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from unittest.mock import Mock
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bpo.bulk import adapter_of
from bpo.strict_values import read_instant
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from intake.addresses import AddressError, FeedRules
from intake.bodies import CSV, JSON, NDJSON, read_body
from intake.quick.blocks import blocks_of, digest_of_blocks
from intake.quick.cells import read_moments
from intake.quick.sheets import NotPlain, read_sheet
from intake.rows import RowReader
from intake.storing import digest_of
from intake.tables import CONTENT, content_of
from metrics.models.results import RESULT_TABLES

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONTRACT = Contract(pk=1, public_id="CT-00001", zone="Asia/Kolkata", starts_on=date(2025, 1, 1))
KINDS = [Feed.Kind.CONTACTS, Feed.Kind.OBSERVATIONS, Feed.Kind.CASES]
RULES = {
    kind: FeedRules.of(
        Feed(
            pk=place, contract=CONTRACT, code=kind.upper(), kind=kind, starts_on=date(2025, 1, 1), lowest=Decimal("-5")
        ),
        set(),
    )
    for place, kind in enumerate(KINDS)
}


class Book:
    """Feeds that are known without a database."""

    def find(self, row: dict[str, Any]) -> FeedRules:
        for rules in RULES.values():
            if row.get("feed") == rules.feed.code and row.get("contract") in (None, "CT-00001"):
                return rules
        raise AddressError("feed", "unknown_feed", "")


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
    st.sampled_from(["2025-12-01", "soon", "2025-02-30T00:00:00Z", "٢٠٢٥-12-01T00:00:00Z"]),
)
texts = st.one_of(
    st.sampled_from(["", "Billing", "ünï", 'a"b', "a\\b", "a\tb", "a\nb", "\u202e", "\u00a0", "x" * 81, "c,d", " "]),
    st.text(max_size=6),
)
flags = st.sampled_from([True, False, "true", "false", 1, 0, "yes"])
ids = st.one_of(st.integers(1, 60).map(lambda number: f"r{number}"), texts)
COLUMNS: dict[str, dict[str, Any]] = {
    Feed.Kind.CONTACTS: {
        "occurred_at": moments, "outcome": st.sampled_from(["answered", "abandoned", "Answered", "lost"]),
        "wait_seconds": numbers, "handle_seconds": numbers, "resolved": flags, "score": numbers, "queue": texts,
        "customer": texts | st.sampled_from(["c-17", "ann@example.com", "+4930123456", "030 1234567", "4930123456"]),
    },
    Feed.Kind.OBSERVATIONS: {"occurred_at": moments, "value": numbers, "weight": numbers},
    Feed.Kind.CASES: {
        "opened_at": moments, "due_at": moments, "resolved_at": moments, "closed_at": moments, "met": flags,
        "pauses": st.sampled_from([[], [["2025-12-01T00:00:00Z", None]]]), "priority": texts, "reopened": flags,
    },
}  # fmt: skip
USUAL: dict[str, Any] = {
    "occurred_at": "2025-12-01T09:00:00+01:00", "opened_at": "2025-12-01T09:00:00Z", "outcome": "answered",
    "value": "2", "wait_seconds": "12.50", "queue": "Billing", "resolved_at": "2025-12-02T00:00:00Z",
}  # fmt: skip

BYTES = [b'"', b"\\", b"{", b"}", b",", b":", b"\n", b"\x00", b"5", b" ", b"r", b"Z"]


@st.composite
def batches(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows that are mostly as they should be, with a cell here and there that may not be."""
    rows = []
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(KINDS[:1] if draw(st.booleans()) else KINDS))
        row = {"feed": RULES[kind].feed.code, "external_id": f"r{number}"}
        row |= {name: USUAL[name] for name in COLUMNS[kind] if name in USUAL}
        odd: dict[str, Any] = COLUMNS[kind] | {
            "external_id": ids, "note": texts, "reason": texts, "void": flags, "contract": texts, "colour": texts,
        }  # fmt: skip
        for name in draw(st.lists(st.sampled_from(sorted(odd)), max_size=2)):
            row[name] = draw(st.none() | odd[name])
        rows.append(row)
    return rows


def usual(kind: str, count: int) -> list[dict[str, Any]]:
    cells = {name: USUAL[name] for name in COLUMNS[kind] if name in USUAL}
    return [{"feed": RULES[kind].feed.code, "external_id": f"r{number}", **cells} for number in range(count)]


def written(rows: list[dict[str, Any]], media_type: str, *, ascii_only: bool) -> bytes:
    if media_type == CSV:
        names = list(dict.fromkeys(name for row in rows for name in row))
        sheet = io.StringIO(newline="")
        table = csv.DictWriter(sheet, names, restval="")
        table.writeheader()
        table.writerows({name: str(cell) if cell is not None else "" for name, cell in row.items()} for row in rows)
        return sheet.getvalue().encode("utf-8", "replace")
    lines = [json.dumps(row, ensure_ascii=ascii_only).encode("utf-8", "replace") for row in rows]
    return b"[" + b", ".join(lines) + b"]" if media_type == JSON else b"\n".join(lines)


def compared(body: bytes, media_type: str) -> bool:
    """Whether the quick way takes it; where it does, the exact way says the same of every row."""
    book: Any = Book()
    try:
        sheet = read_sheet(body, media_type)
        blocks = blocks_of(sheet, book, now=NOW)
    except NotPlain:
        return False
    sent = read_body(body, media_type)
    reader = RowReader(book, NOW)
    reader.read_all(sent.rows)
    assert reader.mistakes == []
    assert (sheet.count, sheet.in_list) == (len(sent.rows), sent.in_list)
    assert digest_of_blocks(blocks, sheet.count) == digest_of(reader.candidates)
    for block in blocks:
        exact = [each for each in reader.candidates if each.rules.feed.pk == block.rules.feed.pk]
        kind = block.rules.feed.kind
        adapters = [adapter_of(RESULT_TABLES[kind]._meta.get_field(name)) for name in CONTENT[kind]]
        content = zip(*(block.values[name] for name in CONTENT[kind]), strict=False)
        for place, key, cells, candidate in zip(block.places, block.keys, content, exact, strict=True):
            assert (place + 1, key) == (candidate.row, candidate.key)
            asked = [adapt(cell) for adapt, cell in zip(adapters, content_of(candidate), strict=True)]
            assert list(map(as_stored, cells)) == list(map(as_stored, asked))
        assert block.days == frozenset().union(*(candidate.days for candidate in exact))
    return True


def as_stored(cell: Any) -> Any:
    return cell.isoformat() if isinstance(cell, date) else cell


@settings(max_examples=300, deadline=None)
@given(rows=batches(), media_type=st.sampled_from([JSON, NDJSON, CSV]), ascii_only=st.booleans())
def test_what_is_taken_quickly_is_read_exactly_so(rows: Any, media_type: str, ascii_only: bool) -> None:
    compared(written(rows, media_type, ascii_only=ascii_only), media_type)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), media_type=st.sampled_from([JSON, NDJSON, CSV]))
def test_a_body_with_a_byte_changed_is_read_exactly_so_or_not_taken(data: st.DataObject, media_type: str) -> None:
    body = bytearray(written(usual(data.draw(st.sampled_from(KINDS)), 3), media_type, ascii_only=False))
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(0, len(body) - 1))
        how = data.draw(st.sampled_from(["put", "cut", "copy"]))
        if how == "put":
            body[place : place + 1] = data.draw(st.sampled_from(BYTES))
        elif how == "cut":
            del body[place]
        else:
            body[place:place] = body[place : place + data.draw(st.integers(1, 40))]
    compared(bytes(body), media_type)


@settings(max_examples=50, deadline=None)
@given(media_type=st.sampled_from([JSON, NDJSON, CSV]), kind=st.sampled_from(KINDS), count=st.integers(1, 30))
def test_usual_rows_are_taken_quickly(media_type: str, kind: str, count: int) -> None:
    assert compared(written(usual(kind, count), media_type, ascii_only=True), media_type)


ROW = b'{"feed": "OBSERVATIONS", "external_id": "r%d", "occurred_at": "2025-12-01T09:00:00Z", "value": "2"}'
NO_OBJECT_A_LINE = [
    b'{"feed": "OBSERVATIONS", "external_id": "r1\n{", "occurred_at": "2025-12-01T09:00:00Z", "value": "2"}\n'
    + ROW % 2 + b"," + ROW % 3,
    ROW % 1 + b", " + ROW % 2,
    ROW % 1 + b",\n" + ROW % 2,
]  # fmt: skip


@example(NO_OBJECT_A_LINE[0])
@example(NO_OBJECT_A_LINE[1])
@example(NO_OBJECT_A_LINE[2])
@given(st.sampled_from(NO_OBJECT_A_LINE))
def test_lines_that_hold_no_single_object_are_left_to_the_exact_way(body: bytes) -> None:
    assert not compared(body, NDJSON)


def test_a_name_that_stands_twice_is_left_to_the_exact_way() -> None:
    body = (ROW % 1).replace(b'"value": "2"', b'"value": "2", "value": "3"')
    assert not compared(body, JSON)


def test_rows_of_several_feeds_keep_their_places() -> None:
    rows = [usual(KINDS[number % 3], number + 1)[-1] for number in range(9)]
    assert compared(written(rows, JSON, ascii_only=True), JSON)


def test_an_hour_with_two_local_days_is_told_apart() -> None:
    rows = [
        {"feed": "OBSERVATIONS", "external_id": clock, "occurred_at": f"2025-12-01T18:{clock}Z", "value": "2"}
        for clock in ("29:59", "30:00", "00:00", "59:59")
    ]
    assert compared(written(rows, JSON, ascii_only=True), JSON)


def test_a_body_that_no_way_can_read_is_not_taken() -> None:
    for body in (b"", b"[]", b"[{}]", b"{", b"\xff", b"[1]", b'["a"]', b"[[]]", b'[{"a": NaN}]'):
        assert not compared(body, JSON)
        assert not compared(body, CSV)


# Clocks that change at midnight, by half an hour, twice a year, on another day than Greenwich's, or skip a whole day.
ZONES = ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Beirut", "Pacific/Apia", "America/St_Johns"]
TURNS = [
    "2011-12-30T10:00:00Z", "2018-11-04T03:00:00Z", "2019-02-17T02:00:00Z", "2024-03-30T22:00:00Z",
    "2024-03-31T01:00:00Z", "2024-10-27T01:00:00Z", "2024-10-05T15:30:00Z", "2006-10-29T02:31:00Z",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    turn=st.sampled_from(TURNS).map(datetime.fromisoformat),
    seconds=st.lists(st.integers(-90_000, 90_000), min_size=1, max_size=20),
    hours=st.integers(-12, 14),
)
def test_moments_around_a_turn_of_the_clock_lie_on_the_day_that_each_alone_has(
    zone: ZoneInfo, turn: datetime, seconds: list[int], hours: int
) -> None:
    offset = timezone(timedelta(hours=hours))
    sent = [(turn + timedelta(seconds=number)).astimezone(offset).isoformat() for number in seconds]
    found = read_moments(sent, zone)
    alone = [read_instant(text) for text in sent]

    assert list(found.texts) == [at.isoformat() for at in alone]
    assert list(found.on.values) == [at.astimezone(zone).date().isoformat() for at in alone]


@given(
    lowest=st.none() | st.decimals(-3, 3, places=2),
    highest=st.none() | st.decimals(-3, 3, places=2),
    values=st.lists(st.decimals(-4, 4, places=6).map(lambda number: f"{number:f}"), min_size=1, max_size=4),
    ended=st.none() | st.dates(date(2025, 11, 29), date(2025, 12, 3)),
)
def test_a_feeds_limits_and_end_hold_for_both(
    lowest: Decimal | None, highest: Decimal | None, values: list[str], ended: date | None
) -> None:
    feed = Feed(
        pk=7, contract=CONTRACT, code="S", kind=Feed.Kind.OBSERVATIONS, starts_on=date(2025, 11, 30),
        ends_on=ended, lowest=lowest, highest=highest,
    )  # fmt: skip
    book = Mock(find=lambda _row: FeedRules.of(feed, set()))
    at = [f"2025-{day}T18:{minute}:00Z" for day, minute in (("11-29", 30), ("11-30", 10), ("12-01", 29), ("12-01", 30))]
    rows = [
        {"external_id": f"r{place}", "occurred_at": at[-1 - place], "value": value}
        for place, value in enumerate(values)
    ]
    reader = RowReader(book, NOW)
    reader.read_all((None, row) for row in rows)
    try:
        blocks_of(read_sheet(json.dumps(rows).encode(), JSON), book, now=NOW)
        is_taken = True
    except NotPlain:
        is_taken = False

    assert is_taken == (not reader.mistakes)
