"""Rows are checked over columns; what the checker said of each batch at commit 974a565, row by row, still holds."""

import gzip
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpo.row_errors import RowError, SubmissionError, refusal_of_rows
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from intake import addresses
from intake.addresses import FeedRules, FieldError
from intake.checking import Checked, check_rows
from intake.deciding import content_of, days_of
from intake.parsing import CSV, JSON, NDJSON, parse_body
from intake.tests.batches import KIND_OF, batches, usual_rows, written

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KOLKATA = Contract(pk=1, public_id="CT-00001", zone="Asia/Kolkata", status="active", starts_on=date(2025, 1, 1))
BERLIN = Contract(
    pk=2,
    public_id="CT-00002",
    zone="Europe/Berlin",
    status="active",
    starts_on=date(2025, 6, 10),
    ends_on=date(2026, 2, 1),
)
CONTRACTS = {"DAY": BERLIN, "WEE": BERLIN, "MON": BERLIN, "CON2": BERLIN}
MORE: dict[str, dict[str, Any]] = {
    "OBS": {"lowest": Decimal("-5"), "highest": Decimal("100.5")},
    "DAY": {"schedule": Feed.Schedule.DAILY, "ends_on": date(2026, 1, 10)},
    "WEE": {"schedule": Feed.Schedule.WEEKLY},
    "MON": {"schedule": Feed.Schedule.MONTHLY, "allows_excess": True},
    "CON2": {"ends_on": date(2025, 12, 31)},
}
GOLDEN = [
    json.loads(line)
    for line in gzip.decompress(
        Path(__file__).parent.joinpath("data/checked_batches.jsonl.gz").read_bytes()
    ).splitlines()
]


def feed_rules(number: int, code: str) -> FeedRules:
    """The rules of a feed that no database has; every second one is read as a share."""
    feed = Feed(
        pk=number + 1,
        contract=CONTRACTS.get(code, KOLKATA),
        code=code,
        kind=KIND_OF[code],
        starts_on=date(2025, 1, 1),
        **{"schedule": Feed.Schedule.EVENT} | MORE.get(code, {}),
    )
    return FeedRules.of(feed, {"ratio"} if number % 2 else set())


RULES = {code: feed_rules(number, code) for number, code in enumerate(KIND_OF)}


class Book:
    """Feeds that are known without a database."""

    def __init__(self, _vendor: object, _principal: object) -> None:
        pass

    def find(self, row: dict[str, Any]) -> FeedRules:
        for name in addresses.ADDRESS:
            if type(row.get(name)) not in (str, type(None)):
                raise FieldError(name, f"unknown_{name}", "text needed")
        if row.get("feed") is None:
            raise FieldError("feed", "missing_address", "no address", "hint")
        rules = RULES.get(row["feed"])
        if rules is None or row.get("contract") not in (None, rules.feed.contract.public_id):
            raise FieldError("feed", "unknown_feed", "none")
        return rules


@pytest.fixture(autouse=True)
def _known_feeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "AddressBook", Book)


def check(body: bytes, media_type: str, reason: str = "", *, exactly: bool = False) -> Checked:
    """The check as `receive` makes it; `exactly` leaves out the quick parser."""
    sheet = parse_body(body, media_type, exactly=exactly)
    checked = check_rows(sheet, None, None, reason=reason, now=NOW)
    return checked if exactly or sheet.is_exact or not checked.errors else check(body, media_type, reason, exactly=True)


def errors_of(errors: list[RowError]) -> list[list[Any]]:
    return [
        [*error[:4], *map(str, error[4:6]), repr(str(error.value) if isinstance(error.value, str) else error.value)]
        for error in errors
    ]


def rows_of(checked: Checked) -> list[list[Any]]:
    """Each row that may be stored: where it stands, its key, its canonical JSON, its days, its reason, and its sort."""
    rows = []
    for block in checked.blocks:
        for at, key in enumerate(block.keys):
            is_void = at in block.voids
            days = [] if is_void else sorted(map(str, days_of(block.rules, content_of(block, at), NOW)))
            line = block.lines[at] if block.lines else None
            ends = [days[0], days[-1], len(days)] if days else []
            rows.append([block.places[at] + 1, line, key, block.texts[at], ends, block.reasons[at], is_void])
    return sorted(rows)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: str(GOLDEN.index(case)))
def test_a_batch_is_checked_as_it_was_row_by_row(case: dict[str, Any]) -> None:
    assert json.loads(json.dumps(answer_to(case))) == {
        name: case[name] for name in ("refused", "errors", "rows") if name in case
    }


def answer_to(case: dict[str, Any]) -> dict[str, Any]:
    try:
        checked = check(case["body"].encode(), case["media_type"], case["reason"])
    except SubmissionError as error:
        return {"refused": [error.status, error.code, error.detail, error.hint]}
    return {"errors": errors_of(checked.errors), "rows": rows_of(checked)}


def outcome(body: bytes, media_type: str, *, exactly: bool) -> Any:
    try:
        checked = check(body, media_type, exactly=exactly)
    except SubmissionError as error:
        return error.status, error.code, error.detail, error.more
    return checked.in_list, checked.received, errors_of(checked.errors), rows_of(checked), checked.feeds


MEDIA_TYPES = st.sampled_from([JSON, NDJSON, CSV])


@settings(max_examples=300, deadline=None)
@given(rows=batches(), media_type=MEDIA_TYPES, ascii_only=st.booleans())
def test_the_quick_parser_reads_what_the_strict_one_reads(rows: Any, media_type: str, ascii_only: bool) -> None:
    body = written(rows, media_type, ascii_only=ascii_only)

    assert outcome(body, media_type, exactly=False) == outcome(body, media_type, exactly=True)


BYTES = [b'"', b"\\", b"{", b"}", b",", b":", b"\n", b"\x00", b"5", b" ", b"r", b"Z"]


@settings(max_examples=300, deadline=None)
@given(data=st.data(), media_type=MEDIA_TYPES)
def test_a_body_with_a_byte_changed_is_read_alike(data: st.DataObject, media_type: str) -> None:
    body = bytearray(written(usual_rows(data.draw(st.sampled_from(list(RULES))), 3), media_type, ascii_only=False))
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(0, len(body) - 1))
        how = data.draw(st.sampled_from(["put", "cut", "copy"]))
        if how == "put":
            body[place : place + 1] = data.draw(st.sampled_from(BYTES))
        elif how == "cut":
            del body[place]
        else:
            body[place:place] = body[place : place + data.draw(st.integers(1, 40))]
    assert outcome(bytes(body), media_type, exactly=False) == outcome(bytes(body), media_type, exactly=True)


@pytest.mark.parametrize("media_type", [JSON, NDJSON])
@pytest.mark.parametrize("code", RULES)
def test_usual_rows_are_read_by_the_quick_parser(code: str, media_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.parsing.PARSERS", {})
    checked = check(written(usual_rows(code, 20), media_type, ascii_only=True), media_type)

    assert (checked.errors, len(checked.blocks[0].keys)) == ([], 20)


ROW = b'{"feed": "OBS", "external_id": "r%d", "occurred_at": "2025-12-01T09:00:00Z", "value": "2"}'


@pytest.mark.parametrize(
    "body",
    [
        ROW.replace(b"r%d", b"r1\n{") + b"\n" + ROW % 2 + b"," + ROW % 3,
        ROW % 1 + b", " + ROW % 2,
        ROW % 1 + b",\n" + ROW % 2,
    ],
)
def test_lines_that_hold_no_single_object_are_refused(body: bytes) -> None:
    assert outcome(body, NDJSON, exactly=False)[1] == "malformed_json"


def test_a_name_that_stands_twice_is_refused() -> None:
    body = (ROW % 1).replace(b'"value": "2"', b'"value": "2", "value": "3"')

    assert outcome(body, JSON, exactly=False)[1] == "duplicate_key"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'[{"a": NaN}]', b"[" * 100])
def test_what_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises(SubmissionError):
        check(body, JSON)


@pytest.mark.parametrize(
    ("external_id", "value", "shown"),
    [("5", "2", "5"), ("-0", "2", "-0"), ('"r1"', "1.12345678", "1.12345678"), ('"r1"', "1" * 19, "1" * 19)],
)
def test_an_error_shows_a_number_as_it_was_sent(external_id: str, value: str, shown: str) -> None:
    body = f'[{{"feed": "OBS", "external_id": {external_id}, "occurred_at": "2025-12-01T09:00:00Z", "value": {value}}}]'

    assert [error.as_json(in_list=True)["value"] for error in check(body.encode(), JSON).errors] == [shown]


def test_of_many_errors_all_are_counted() -> None:
    rows = [row | {"value": f"{at},5", "occurred_at": None} for at, row in enumerate(usual_rows("OBS", 1_500))]
    checked = check(written(rows, JSON, ascii_only=True), JSON)
    refusal = refusal_of_rows(checked.errors, received=1_500, in_list=True).more

    assert (refusal["rows"]["invalid"], len(refusal["errors"]), refusal["errors_left_out"]) == (1_500, 1_000, 2_000)


def test_a_total_is_taken_back_by_the_day_that_it_is_for() -> None:
    errors = check(b'{"feed": "DAY", "void": true, "reason": "sent twice"}', JSON).errors

    assert [(error.field, error.code) for error in errors] == [("date", "missing_field")]
