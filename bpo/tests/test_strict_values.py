"""A cell is read exactly as it was sent, or refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpo.strict_json import Number
from bpo.strict_values import (
    CellError,
    read_external_id,
    read_flag,
    read_instant,
    read_month,
    read_number,
    read_pauses,
    read_week,
    text_reader,
)

read_note = text_reader(1000, lines=True)
read_label = text_reader(80, lines=False)


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (Number("12.5"), "12.5"),
        ("12.50", "12.5"),
        (Number("1.25e3"), "1250"),
        (Number("125e-2"), "1.25"),
        (Number("-0"), "0"),
        (Number("0e999999"), "0"),
        ("999999999999.999999", "999999999999.999999"),
        ("-0.000001", "-0.000001"),
    ],
)
def test_a_number_is_read_exactly(raw, number):
    assert str(read_number(raw)) == number


@pytest.mark.parametrize(
    "raw",
    [
        True, None, [12], {"a": 1}, "", " ", " 12", "12 ", "12\n", "12\u00a0", "1_000", "1,234.5", "12,5", "+5", "012",
        ".5", "5.", "1e3", "0x1F", "١٢٣", "１２", "Ⅻ", "42s", "95%", "1/3", "NaN", "Infinity", "-", "—", "1\x002",
        "00:05:30", "=1+1", Number("1e400"), Number("1e-400"), Number("1e12"), "1234567890123", "0.1234567",
        Number("1E+999999"), Number("1e99999999999999999999"),
    ],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused(raw):
    with pytest.raises(CellError):
        read_number(raw)


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_every_number_of_twelve_and_six_digits_survives(micro):
    number = Decimal(micro).scaleb(-6)

    assert read_number(f"{number:f}") == number


@pytest.mark.parametrize(
    "raw",
    [
        "2026-06-10T10:00:00Z",
        "2026-06-10t10:00:00z",
        "2026-06-10 12:00:00+02:00",
        "2026-06-10T15:30:00+0530",
        "2026-06-11T00:00:00+14:00",
        "2026-06-09T22:00:00-12:00",
        "2026-06-10T10:00:00.000000999Z",
    ],
)
def test_a_moment_is_read_to_the_same_instant(raw):
    assert read_instant(raw) == datetime(2026, 6, 10, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("2026-06-10T10:00:00", "offset_missing"),
        ("2026-06-10 10:00", "offset_missing"),
        ("2026-06-10", "not_an_instant"),
        ("2026-06-10T10:00:00 CEST", "not_an_instant"),
        ("2026-06-10T10:00:00[Europe/Berlin]", "not_an_instant"),
        ("2026-06-10T10:00:00,5Z", "not_an_instant"),
        ("20260610T100000Z", "not_an_instant"),
        ("2026-06-10T10:00:00Z\n", "not_an_instant"),
        ("２０２６-06-10T10:00:00Z", "not_an_instant"),
        ("2026-02-30T10:00:00Z", "not_an_instant"),
        ("2026-06-10T24:00:00Z", "not_an_instant"),
        ("2026-06-10T23:59:60Z", "not_an_instant"),
        ("2026-06-10T10:00:00+24:00", "not_an_instant"),
        ("2026-06-10T10:00:00+14:01", "not_an_instant"),
        ("2026-06-10T10:00:00-15:00", "not_an_instant"),
        ("0001-01-01T00:00:00+14:00", "not_an_instant"),
        ("9999-12-31T23:59:59-14:00", "not_an_instant"),
        ("now", "not_an_instant"),
        (Number("1781085600"), "not_an_instant"),
        (None, "not_an_instant"),
        (True, "not_an_instant"),
    ],
)
def test_what_is_no_moment_is_refused(raw, code):
    with pytest.raises(CellError) as refused:
        read_instant(raw)

    assert refused.value.code == code


def test_months_and_weeks_are_whole():
    assert read_month("2025-12") == (date(2025, 12, 1), date(2026, 1, 1))
    assert read_week("2026-W01") == (date(2025, 12, 29), date(2026, 1, 5))


@pytest.mark.parametrize("raw", ["2025-W54", "2025-W00", "2025-10", "2025-w41", "2025W41", None])
def test_what_is_no_week_is_refused(raw):
    with pytest.raises(CellError):
        read_week(raw)


@pytest.mark.parametrize(
    "raw",
    ["", " a", "a ", "a b", "a\tb", "a\x00", "é", "а", "😀", "a\x7f", "a" * 129, Number("123"), True, ["a"], None],
)
def test_what_is_no_external_id_is_refused(raw):
    with pytest.raises(CellError):
        read_external_id(raw)


@pytest.mark.parametrize(
    "raw", ["x" * 1000, "😀" * 1000, "a\u0301" * 300, "one\r\ntwo\tthree", "日本語 العربية", "👩‍👧", ""]
)
def test_a_note_is_kept_as_it_was_sent(raw):
    assert read_note(raw) == raw


@pytest.mark.parametrize(
    "raw",
    [
        "x" * 1001,
        "\x1b[2J",
        "\x07",
        "\x9b31m",
        "\x00",
        "\x0b",
        "\x7f",
        "\u202e",
        "\u2066",
        "\u2028",
        "\ud800",
        5,
        {},
        False,
    ],
)
def test_a_note_that_could_do_harm_is_refused(raw):
    with pytest.raises(CellError):
        read_note(raw)


def test_a_label_is_one_line():
    with pytest.raises(CellError):
        read_label("one\ntwo")


def test_true_and_false_are_words_or_values():
    assert [read_flag(raw) for raw in (True, False, "true", "false")] == [True, False, True, False]


@pytest.mark.parametrize("raw", ["True", "1", Number("1"), "yes", None])
def test_nothing_else_is_true_or_false(raw):
    with pytest.raises(CellError):
        read_flag(raw)


def test_pauses_are_put_in_order():
    raw = [
        ["2026-06-10T12:00:00Z", "2026-06-10T13:00:00Z", "customer"],
        ["2026-06-10T08:00:00+02:00", "2026-06-10T09:00:00+02:00"],
    ]

    assert read_pauses(raw) == [
        ["2026-06-10T06:00:00+00:00", "2026-06-10T07:00:00+00:00", ""],
        ["2026-06-10T12:00:00+00:00", "2026-06-10T13:00:00+00:00", "customer"],
    ]


def test_a_pause_may_still_last():
    assert read_pauses([["2026-06-10T12:00:00Z", None]]) == [["2026-06-10T12:00:00+00:00", None, ""]]


@pytest.mark.parametrize(
    "raw",
    [
        [["2026-06-10T12:00:00Z", "2026-06-10T11:00:00Z"]],
        [["2026-06-10T12:00:00Z"]],
        [["2026-06-10T12:00:00Z", "2026-06-10T14:00:00Z"], ["2026-06-10T13:00:00Z", "2026-06-10T15:00:00Z"]],
        [["2026-06-10T12:00:00Z", None], ["2026-06-10T13:00:00Z", "2026-06-10T15:00:00Z"]],
        ["x"], {}, "x", Number("1"),
    ],
)  # fmt: skip
def test_pauses_that_make_no_sense_are_refused(raw):
    with pytest.raises(CellError):
        read_pauses(raw)
