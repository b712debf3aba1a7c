"""Page, CSV file and API of a list show the same rows and values; a shifted or forgotten column fails by its name.

What each list must have is written in tests/support/expected_lists.py, apart from its definition: the value of each
column of the file and of each field of the API, computed from the row's own record.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.dateparse import parse_datetime

from bpo.lists import Column, ListDefinition
from contracts.models.service_levels import ServiceLevel
from contracts.services.roll_ups import add_roll_up_target
from metrics.models.breaches import Breach, Excuse
from metrics.models.verdicts import Verdict
from tests.builders import NOW, make_history
from tests.support.expected_access import ACCESS, withdraw_grant
from tests.support.expected_lists import LISTS as MOST_LISTS
from tests.support.expected_lists import Facts
from tests.support.expected_people import PEOPLE, add_differences
from tests.support.expected_roll_ups import ROLL_UPS
from tests.support.tables import file_rows, page_rows

Status = Verdict.Status
LISTS = {**MOST_LISTS, "roll-ups": ROLL_UPS, "people": PEOPLE, "access": ACCESS}
WITH_FILE = [name for name, expected in LISTS.items() if expected.file]
WITH_API = [name for name, expected in LISTS.items() if expected.api]


@dataclass(frozen=True)
class Reader:
    """A signed-in person who looks at the lists."""

    client: Client
    level: ServiceLevel

    def get(self, path: str, *, as_file: bool = False) -> Any:
        path = path.format(level=self.level.public_id)
        return self.client.get(f"{path}{'&' if '?' in path else '?'}format=csv" if as_file else path)


@pytest.fixture
def reader(cast):
    """Acme's admin, with a row of every list, and no two columns of a row alike where they can differ."""
    level = cast.levels["A-1/ACCURACY"]
    make_history(level, Status.MET, Status.BREACH, Status.ON_TRACK, value=Decimal("87.25"), display="87.3 %")
    make_history(cast.levels["A-2/ACCURACY"], Status.MET, Status.AT_RISK)
    Breach.objects.update(
        acknowledged_at=NOW - timedelta(hours=1), cause="Power cut", action="Second line", starts_on=date(2025, 9, 1)
    )
    Excuse.objects.create(
        service_level=level, starts_on=date(2025, 10, 3), ends_on=date(2025, 10, 5), reason="Flood", clause="7.3",
        asked_at=NOW, asked_by=cast.people["brightline-manager"],
    )  # fmt: skip
    ServiceLevel.objects.filter(pk=level.pk).update(roll_up="SUM")
    add_roll_up_target(
        actor=None, client=level.contract.client, code="SUM", direction="higher", expected=Decimal(80),
        minimum=Decimal(70),
    )  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        client = Client()
        client.force_login(cast.people["acme-admin"])
        add_differences(cast.people)
        withdraw_grant(cast.people)
        yield Reader(client, level)


def as_text(value: Any) -> str:
    text = f"{value:f}" if isinstance(value, Decimal) else "" if value is None else str(value)
    return text.replace("\u00a0", " ")


def differing(expected: Facts, row: dict[str, Any], record: Any, read: Callable[[Any, Any], bool]) -> list[str]:
    """The names of the columns whose value is not the expected one."""
    return [name for name, fact in expected.items() if fact and not read(row[name], fact(record))]


def is_in_file(cell: str, value: Any) -> bool:
    return cell == as_text(value)


def is_in_api(member: Any, value: Any) -> bool:
    if isinstance(value, datetime):
        return parse_datetime(member) == value
    if isinstance(value, Decimal):
        return isinstance(member, str) and Decimal(member) == value
    return member == (value.isoformat() if isinstance(value, date) else value)


@pytest.mark.parametrize("name", WITH_FILE)
def test_each_column_of_a_file_has_its_own_value(reader, name):
    expected, rows = LISTS[name], file_rows(reader.get(LISTS[name].page, as_file=True))
    key = "url" if "url" in expected.file else "email"
    records = {as_text(expected.file[key](record)): record for record in expected.records()}

    assert [column for column in expected.file if column not in rows[0]] == []
    assert list(rows[0]) == list(expected.file)
    assert len(rows) == len(records)
    for row in rows:
        assert differing(expected.file, row, records[row[key]], is_in_file) == []


@pytest.mark.parametrize("name", WITH_API)
def test_each_field_of_the_api_has_its_own_value(reader, name):
    expected, rows = LISTS[name], reader.get(LISTS[name].api).json()["results"]
    key = next(name for name in ("id", "email", "period") if name in expected.fields)
    records = {str(expected.fields[key](record)): record for record in expected.records()}

    assert sorted(rows[0]) == sorted(expected.fields)
    assert len(rows) == len(records)
    for row in rows:
        assert differing(expected.fields, row, records[str(row[key])], is_in_api) == []


@pytest.mark.parametrize("name", LISTS)
def test_a_page_has_its_headings_and_shows_what_the_file_says(reader, name):
    expected, rows = LISTS[name], page_rows(reader.get(LISTS[name].page))
    lines = file_rows(reader.get(expected.page, as_file=True)) if expected.file else [{}] * len(rows)

    assert sorted(rows[0]) == sorted([*expected.cells, *expected.page_alone])
    for row, line in zip(rows, lines, strict=True):
        assert [heading for heading, column in expected.cells.items() if line[column] not in row[heading]] == []


@pytest.mark.parametrize(
    ("name", "query", "count"),
    [
        ("breaches", "q=a-1", 0),
        ("breaches", "q=accuracy", 1),
        ("breaches", "contract={contract}", 1),
        ("breaches", "client=CL-00000", 0),
        ("breaches", "cause=none", 1),
        ("breaches", "state=found&state=cause", 1),
        ("breaches", "is_open=false", 0),
        ("breaches", "since=2025-09-02", 0),
        ("breaches", "opened_before=2025-01-01T00:00:00Z", 0),
        ("breaches", "due_before=2025-01-01T00:00:00Z", 0),
        ("breaches", "night=2025-01-01&zone=Europe/Berlin", 0),
        ("breaches", "found_after=2025-01-01T00:00:00Z", 1),
        ("breaches", "withdrawn_after=2025-01-01T00:00:00Z", 0),
        ("service levels", "q=A-2", 1),
        ("service levels", "now=risk", 1),
        ("service levels", "last=breach", 1),
        ("service levels", "last=reported", 2),
        ("service levels", "bad_since=2025-10-01", 0),
        ("contracts", "vendor=VN-00000", 0),
        ("service levels", "feed=QUALITY&code=ACCURACY", 2),
        ("service levels", "contract={contract}", 1),
        ("contracts", "reference=A-1", 1),
        ("contracts", "status=draft", 0),
        ("excuses", "decision=asked", 1),
        ("excuses", "service_level={level}&decision=granted", 0),
        ("access", "client=OR-00000", 0),
        ("access", "operator=operator@example.com", 1),
        ("roll-ups", "status=met&code=SUM", 3),
        ("roll-ups", "is_final=true&period=2025-09", 1),
        ("roll-ups", "from_day=2025-09-01&to_day=2025-10-01", 1),
        ("roll-ups", "client=CL-00000", 0),
    ],
)
def test_a_filter_finds_the_same_rows_for_page_file_and_api(reader, name, query, count):
    expected, query = LISTS[name], query.format(level="{level}", contract=reader.level.contract.public_id)
    path = f"{expected.page}{'&' if '?' in expected.page else '?'}{query}"
    page = reader.get(path)
    rows = list(page.context["table"].rows)
    answer = reader.get(f"{expected.api}?{query}").json()

    assert (len(rows), answer["count"]) == (count, count)
    if expected.file:
        found = [row["id"] for row in file_rows(reader.get(path, as_file=True))]
        assert sorted(found) == sorted(row["id"] for row in answer["results"])


@pytest.mark.parametrize("name", ["breaches", "service levels", "contracts", "excuses", "roll-ups"])
def test_a_value_that_is_not_valid_is_an_error_of_the_api_and_a_notice_on_the_page(reader, name):
    query = {
        "breaches": "state=x",
        "service levels": "now=x",
        "contracts": "status=x",
        "excuses": "decision=x",
        "roll-ups": "from_day=x",
    }[name]
    page = reader.get(f"{LISTS[name].page.partition('?')[0]}?{query}")

    assert reader.get(f"{LISTS[name].api}?{query}").status_code == 400
    assert page.status_code == 200
    assert 'class="problem" role="alert"' in page.content.decode()


def test_a_shifted_column_is_found_by_its_name():
    row = {"vendor": "A-1", "contract": "Brightline"}
    expected = {"vendor": lambda _: "Brightline", "contract": lambda _: "A-1"}

    assert differing(expected, row, None, is_in_file) == ["vendor", "contract"]


def test_two_columns_of_one_name_in_one_file_are_refused():
    with pytest.raises(ValueError, match="contract"):
        ListDefinition(columns=(Column("contract", csv=True), Column("contract", source="reference", csv=True)))
