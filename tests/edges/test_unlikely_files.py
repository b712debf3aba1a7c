"""Files and forms: what Excel loses is refused, what it shows is read, and what is unlikely is asked first."""

import pytest

from tests.edges.test_unlikely_rows import TERMS, call, day
from tests.edges.workbooks import workbook


@pytest.fixture
def desk(desk):
    desk.at("2025-06-20")
    desk.load(TERMS.format(more=""))
    return desk


def csv_of(*rows):
    names = [name for name in rows[0] if name != "feed"]
    return "\n".join([",".join(names), *(",".join(row[name] for name in names) for row in rows), ""])


def test_a_file_is_imported_only_when_its_questions_are_confirmed(desk):
    file = desk.upload("calls.csv", csv_of(call("a"), call("b", "Billling")).encode(), "CALLS")

    assert "No service level of CALLS reads 1 row: queue “Billling”" in file.page
    assert "answer the questions first" in file.press_import()
    assert desk.get("results", feed="CALLS")["results"] == []
    assert "reads 1 row" in file.press_import("unread_rows")
    assert [row["key"] for row in desk.get("results", feed="CALLS")["results"]] == ["b", "a"]


def test_an_import_with_questions_can_be_undone(desk):
    file = desk.upload("calls.csv", csv_of(call("a", "Billling")).encode(), "CALLS")
    assert "answer the questions first" in file.press_import()
    file.press_import("unread_rows")

    file.browser.post(f"{file.address}/decide", {"act": "undo"})

    assert desk.get("results", feed="CALLS")["results"] == []


def test_a_file_asks_for_its_encoding_where_letters_depend_on_it(desk):
    file = desk.upload("calls.csv", csv_of(call("a", "Fakturace č. 2")).encode("cp1250"), "CALLS")
    asked = file.page

    file.press_import()
    file.set_reading(encoding="cp1250")
    file.press_import()

    assert "Windows-1250 “Fakturace č. 2”" in asked
    assert [row["queue"] for row in desk.get("results", feed="CALLS")["results"]] == ["Fakturace č. 2"]


def test_the_encoding_is_remembered_for_the_next_file(desk):
    first = desk.upload("calls.csv", csv_of(call("a", "Fakturace č. 2")).encode("cp1250"), "CALLS")
    first.set_reading(encoding="cp1250")
    first.press_import()

    desk.upload("calls.csv", csv_of(call("b", "Fakturace č. 2")).encode("cp1250"), "CALLS").press_import()

    assert {row["queue"] for row in desk.get("results", feed="CALLS")["results"]} == {"Fakturace č. 2"}


def test_percent_cells_of_excel_are_the_percentages_that_they_show(desk):
    times = [f"2025-06-{number}T09:00:00+02:00" for number in (10, 11, 12)]
    rows = [
        [f"s{at}", time, value]
        for at, (time, value) in enumerate(zip(times, ("%0.853", "%0.912", "%0.875"), strict=True))
    ]

    desk.upload("csat.xlsx", workbook(["external_id", "occurred_at", "value"], *rows), "CSAT").press_import()

    assert sorted(row["value"] for row in desk.get("results", feed="CSAT")["results"]) == ["85.3", "87.5", "91.2"]


def test_percent_cells_are_asked_about_where_the_feed_does_not_take_percent(desk):
    rows = [["external_id", "occurred_at", "value"], ["s", "2025-06-10T09:00:00+02:00", "%0.88"]]
    file = desk.upload("aht.xlsx", workbook(*rows), "AHT")

    assert "Cells are percentages, such as 88% in line 2, which is read as 88." in file.page
    file.press_import("percent_cells")
    assert [row["value"] for row in desk.get("results", feed="AHT")["results"]] == ["88"]


def test_time_cells_of_excel_are_seconds(desk):
    head = ["external_id", "occurred_at", "outcome", "queue", "wait_seconds", "handle_seconds"]
    rows = [head, ["a", "2025-06-10T09:00:00+02:00", "answered", "Billing", "@0.00013888888888889", "#1.25"]]

    desk.upload("calls.xlsx", workbook(*rows), "CALLS").press_import()

    found = desk.get("results", feed="CALLS")["results"]
    assert [(row.get("wait_seconds"), row.get("handle_seconds")) for row in found] == [("12", "108000")]


def test_a_number_cell_of_more_than_15_digits_is_refused_and_says_where(desk):
    head = ["external_id", "occurred_at", "outcome", "queue"]
    times = ["2025-06-10T09:00:00+02:00", "answered", "Billing"]

    file = desk.upload(
        "calls.xlsx", workbook(head, ["=300000000123456701", *times], ["=3.000000001234567e+17", *times]), "CALLS"
    )

    assert "line 2 external_id" in file.page
    assert file.page.count("A number of more than 15 digits has lost digits in a spreadsheet.") == 2
    assert desk.get("results", feed="CALLS")["results"] == []


def test_numbers_that_are_typed_in_are_asked_about_too(desk):
    for number in (10, 11, 12):
        desk.send(day(f"2025-06-{number}", 85, 100))
    browser, field = desk.browser("vendor"), f"{desk.get('feeds')['results'][0]['contract']}.DAYS.2025-06-13|"
    typed = {f"numerator:{field}": "8500", f"denominator:{field}": "10000", "act": "save"}

    asked = browser.post("/enter", typed)
    before = len(desk.get("results", feed="DAYS")["results"])
    browser.post("/enter", typed | {"confirm": "unusual_scale"})

    assert "100 times higher" in asked.content.decode()
    assert (before, len(desk.get("results", feed="DAYS")["results"])) == (3, 4)
