"""JSON is read exactly, or not at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpo.row_errors import UnreadableError
from bpo.strict_json import Number, parse_json


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed_json"),
        (b"   ", "malformed_json"),
        (b"{} {}", "malformed_json"),
        (b"{'a':1}", "malformed_json"),
        (b'{"a":1,}', "malformed_json"),
        (b'{"a":01}', "malformed_json"),
        (b'{"a":5.}', "malformed_json"),
        (b'{"a":+5}', "malformed_json"),
        (b'{"a":NaN}', "malformed_json"),
        (b'{"a":-Infinity}', "malformed_json"),
        (b'{"a":"x\ny"}', "malformed_json"),
        (b"\xef\xbb\xbf{}", "malformed_json"),
        (b'{"a":"\xff"}', "not_utf8"),
        (b'{"a":"\xed\xa0\x80"}', "not_utf8"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b'{"value":1,"val\\u0075e":1}', "duplicate_key"),
        (b"[" * 17 + b"]" * 17, "too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, "too_deep"),
        (b'{"a":' * 1500 + b"1" + b"}" * 1500, "too_deep"),
        (b"1" * 41, "number_too_long"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_not_plain_json_is_refused_by_name(body, code):
    with pytest.raises(UnreadableError) as refused:
        parse_json(body)

    assert refused.value.code == code


def test_sixteen_levels_are_read():
    assert parse_json(b"[" * 16 + b"]" * 16)


@pytest.mark.parametrize("text", ["12.50", "1.25e3", "-0", "123456789012.345678", "1e400"])
def test_a_number_keeps_its_text(text):
    number = parse_json(text.encode())

    assert (str(number), type(number)) == (text, Number)


values = st.recursive(
    st.none() | st.booleans() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(values)
def test_what_json_writes_is_read_as_it_was(value):
    assert parse_json(json.dumps(value).encode()) == value


def status_of(body: bytes) -> int:
    try:
        parse_json(body)
    except UnreadableError as refused:
        return refused.status
    return 200


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body):
    assert status_of(body) in (200, 400)
