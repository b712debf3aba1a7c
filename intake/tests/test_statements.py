"""How many statements one result in one request costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.api_clients import Door
from vendors import key_requests

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = {
    "AHT": {"occurred_at": "2025-12-02T08:00:00Z", "value": "300"},
    "VOICE": {"occurred_at": "2025-12-02T08:00:00Z", "outcome": "answered"},
    "TICKETS": {"opened_at": "2025-12-02T08:00:00Z"},
    "FCR": {"occurred_at": "2025-12-02T08:00:00Z", "numerator": "95", "denominator": "100"},
}


@pytest.fixture(autouse=True)
def untrimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every so many requests, by their number, the oldest ones of a key are deleted, too."""
    monkeypatch.setattr(key_requests, "TRIMMED_EVERY", 10**9)


def statements_of(door: Door, feed: str) -> list[str]:
    """What a new row of the feed asks the database, once its cell is on the list of work; in one transaction."""
    row = {"feed": feed, **ROWS[feed]}
    assert door.post(row | {"external_id": "first"}).status_code == 201
    with CaptureQueriesContext(connection) as captured:
        assert door.post(row | {"external_id": "second"}).status_code == 201
    return [each["sql"] for each in captured.captured_queries]


def writes_of(statements: list[str]) -> list[str]:
    return [
        each
        for each in statements
        if each.removeprefix("1 times: ").lstrip().startswith(("INSERT", "UPDATE", "DELETE"))
    ]


@pytest.mark.parametrize("feed", ["AHT", "VOICE", "TICKETS"])
def test_one_result_costs_at_most_eleven_statements(door: Door, feed: str) -> None:
    assert len([each for each in statements_of(door, feed) if not is_bracket(each)]) <= 11


def test_totals_cost_one_more_to_know_how_they_are_read(door: Door) -> None:
    assert len([each for each in statements_of(door, "FCR") if not is_bracket(each)]) <= 12


def test_receipt_row_work_and_trace_are_written_in_one_transaction(door: Door) -> None:
    statements = statements_of(door, "AHT")
    assert len(writes_of(statements)) == 4
    assert [each for each in statements if is_bracket(each)][1:] in ([], ["COMMIT"])


def is_bracket(statement: str) -> bool:
    """Whether it only begins or ends a transaction."""
    return statement.startswith(("BEGIN", "COMMIT"))
