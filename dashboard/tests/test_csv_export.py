"""Files of lists: the same rows as the page, and nothing that a spreadsheet would run."""

import csv
import io
from decimal import Decimal

import pytest

from bpo.csv_export import safe
from metrics.models.verdicts import Verdict
from tests.builders import make_history

Status = Verdict.Status


@pytest.mark.parametrize("text", ["=1+1", "+47 1", "@cmd", "-2+3", "\tx", '=HYPERLINK("x")', "＝1"])
def test_text_that_looks_like_a_formula_is_quoted(text):
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("late;=1+1", "late;'=1+1"),
        ("late; -2+3", "late; '-2+3"),
        ('late;"@cmd"', 'late;"\'@cmd"'),
        ("late\n=1", "late\n'=1"),
        ("\r=1", "'\r'=1"),
        ("late; all of 3 - 2", "late; all of 3 - 2"),
    ],
)
def test_no_formula_begins_where_a_spreadsheet_cuts_at_semicolons(text, shown):
    assert safe(text) == shown


@pytest.mark.parametrize(("value", "shown"), [(Decimal("-1.50"), "-1.50"), (-3, "-3"), ("-3.5", "-3.5"), (None, "")])
def test_numbers_are_left_alone(value, shown):
    assert safe(value) == shown


def rows_of(response) -> list[dict[str, str]]:
    text = response.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def manager(signed_in, cast):
    """Acme's manager, with one service level in breach and one that is met."""
    make_history(cast.levels["A-1/ACCURACY"], Status.MET, Status.BREACH)
    make_history(cast.levels["A-2/ACCURACY"], Status.MET, Status.MET)
    return signed_in("acme-manager")


def test_a_file_has_the_rows_of_the_page_with_id_address_and_raw_value(manager, cast):
    level = cast.levels["A-1/ACCURACY"]

    row = next(row for row in rows_of(manager.get("/service-levels?format=csv")) if row["contract"] == "A-1")

    assert row["id"] == level.public_id
    assert row["url"] == f"http://testserver/service-levels/{level.public_id}"
    assert row["last_value"] == "93.2 %"
    assert row["raw_value"] == "93.2"


@pytest.mark.parametrize("query", ["", "last=breach", "last=not_reported", "q=A-2"])
def test_a_file_is_filtered_like_the_page(manager, query):
    page = manager.get(f"/service-levels?{query}")

    assert len(rows_of(manager.get(f"/service-levels?{query}&format=csv"))) == page.context["page"].paginator.count


def test_a_file_says_whose_and_as_of_when_and_begins_with_the_mark_of_utf8(manager):
    response = manager.get("/breaches?format=csv")

    assert response["Content-Disposition"] == 'attachment; filename="acme_breaches-open_2025-11-05_Europe-Berlin.csv"'
    assert response.content.startswith(b"\xef\xbb\xbf")


def test_a_vendors_text_does_not_become_a_formula(manager, cast):
    level = cast.levels["A-1/ACCURACY"]
    level.name = "=cmd|' /C calc'!A0"
    level.save()

    row = next(row for row in rows_of(manager.get("/service-levels?format=csv")) if row["contract"] == "A-1")

    assert row["name"] == "'=cmd|' /C calc'!A0"


@pytest.mark.parametrize("address", ["/", "/contracts", "/vendors", "/breaches"])
def test_every_list_comes_as_a_file(manager, address):
    response = manager.get(f"{address}?format=csv")

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert rows_of(response)
