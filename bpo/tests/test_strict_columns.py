"""A column that is read at once is read as its cells are one by one, or not at all."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpo.strict_columns import (
    DAY,
    FLAG,
    FLAG_OR_FALSE,
    INSTANT,
    NUMBER,
    PAUSES,
    Column,
    ColumnReader,
    choice_column,
    external_id_column,
    json_rows,
    local_days,
    pseudonym_column,
    text_column,
)
from bpo.strict_json import Number
from bpo.strict_values import read_instant

READERS: dict[str, ColumnReader] = {
    "day": DAY,
    "flag": FLAG,
    "flag or false": FLAG_OR_FALSE,
    "instant": INSTANT,
    "number": NUMBER,
    "pauses": PAUSES,
    "choice": choice_column(["answered", "lost"]),
    "external id": external_id_column(8),
    "text": text_column(8),
    "lines": text_column(8, lines=True),
    "pseudonym": pseudonym_column(20),
}
numbers = st.one_of(
    st.sampled_from(["0", "-0", "-0.0", "007", "1.50", "-3.25", "1e3", "1,5", "999999999999.999999", "1234567890123"]),
    st.decimals(-(10**6), 10**6, places=2).map(lambda number: f"{number:f}"),
    st.integers(-(10**13), 10**13),
    st.sampled_from([Number("2.50"), Number("1e22"), Number("-0.0"), Number("5")]),
)
instants = st.builds(
    "{}T{:02}:{:02}:{:02}{}{}".format,
    st.dates(),
    st.integers(0, 24),
    st.integers(0, 59),
    st.integers(0, 60),
    st.sampled_from(["", "", "", ".5", ".123456789"]),
    st.sampled_from(["Z", "Z", "+01:00", "-0500", "+05:30", "", "+14:00", "z", "+25:00"]),
)
texts = st.sampled_from(
    ["", "Billing", "ünï", 'a"b', "a\\b", "a\tb", "a\nb", "\u202e", "x" * 9, " ", "+4930123456", "a@b"]
)
odd = st.sampled_from([True, False, "true", "false", 1, 0, "yes", None, [], {}, "answered", "Lost", "2025-12-01"])
cells = st.one_of(numbers, instants, texts, odd)
ONE_SORT = st.one_of(*(st.lists(sort | st.none(), min_size=1, max_size=6) for sort in (numbers, instants, texts, odd)))


@settings(max_examples=400, deadline=None)
@given(column=ONE_SORT | st.lists(cells, min_size=1, max_size=6))
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_column_is_read_as_its_cells_are(reader: ColumnReader, column: list[Any]) -> None:
    read, errors = reader.read(column)
    alone, their_errors = reader._read_one_by_one(column)

    assert list(read.values) == list(alone.values)
    assert list(read.json_texts) == list(alone.json_texts)
    assert {at: (error.code, error.detail) for at, error in errors.items()} == {
        at: (error.code, error.detail) for at, error in their_errors.items()
    }


@pytest.mark.parametrize(
    ("name", "usual"),
    [
        ("number", ["1", "2.50", Number("3"), 4]),
        ("instant", ["2025-12-01T09:00:00Z", "2025-12-01T09:00:00+01:00"]),
        ("flag", [True, "false"]),
        ("choice", ["answered", "lost"]),
        ("text", ["a", "ü", 'a"b']),
        ("external id", ["r1", "r2"]),
        ("pseudonym", ["c-17", ""]),
    ],
)
def test_usual_cells_are_read_at_once(name: str, usual: list[Any]) -> None:
    assert READERS[name].read_all(usual) is not None


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
def test_instants_around_a_turn_of_the_clock_lie_on_the_day_that_each_alone_has(
    zone: ZoneInfo, turn: datetime, seconds: list[int], hours: int
) -> None:
    offset = timezone(timedelta(hours=hours))
    sent = [(turn + timedelta(seconds=number)).astimezone(offset).isoformat() for number in seconds]
    column, errors = INSTANT.read(sent)
    alone = [read_instant(text) for text in sent]

    assert not errors
    assert list(column.json_texts) == [f'"{at.isoformat()}"' for at in alone]
    assert list(local_days(column, zone).values) == [at.astimezone(zone).date().isoformat() for at in alone]


def test_at_the_end_of_the_calendar_a_day_is_that_of_greenwich() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).isoformat()

    assert list(local_days(INSTANT.read([last, None])[0], ZoneInfo("Asia/Kolkata")).values) == ["9999-12-31", None]


def test_rows_are_canonical_json() -> None:
    columns = {"b": Column((1, 2), ("x", "y"), is_bare=True), "a": "5", "c": Column((True, None), ("true", None))}

    assert json_rows(columns) == ['{"a":5,"b":"x","c":true}', '{"a":5,"b":"y"}']
