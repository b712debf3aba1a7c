"""How days, times and periods of a file are read: what could be two is asked, what cannot be is one wrong row."""

from dataclasses import replace

import pytest

from intake.tests.readings import CALLS, CASES, DAILY, MONTHLY, WEEKLY, read
from intake.tests.workbooks import workbook

pytestmark = pytest.mark.any_database
ALL_YEAR = replace(DAILY, first_day=DAILY.first_day.replace(month=1))
DAYS = "date;numerator;denominator\n"
CALL = "external_id,occurred_at,outcome,wait_seconds\n"


def day_of(text: str, feed=DAILY) -> str:
    return read(f"{DAYS}{text};9;10\n", feed).cells[0]["date"]


@pytest.mark.parametrize(
    "text",
    ["2025-10-31", "31.10.2025", "10/31/2025", "31/10/25", "31-Oct-25", "Oct 31, 2025", "Fri 31 October 2025",
     "31. Oktober 2025", "2025/10/31", "20251031", "2025-10-31T00:00:00"],
)  # fmt: skip
def test_a_day_is_read_in_every_usual_form(text):
    assert day_of(text) == "2025-10-31"


def test_a_day_that_could_be_two_is_asked_about():
    assert read(f"{DAYS}04/11/2025;9;10\n", ALL_YEAR).doubts == ["form:/"]


def test_of_two_days_the_one_outside_the_time_of_the_feed_is_not_meant():
    assert day_of("05/11/2025") == "2025-11-05"


def test_one_day_after_the_twelfth_decides_for_all():
    rows = read(f"{DAYS}01/10/2025;9;10\n13/10/2025;9;10\n", ALL_YEAR)

    assert [row["date"] for row in rows.cells] == ["2025-10-01", "2025-10-13"]


def test_the_order_that_was_said_before_is_kept_for_dates_that_look_alike():
    earlier = read(f"{DAYS}13/10/2025;9;10\n", ALL_YEAR).proposal.reading

    assert read(f"{DAYS}04/11/2025;9;10\n", ALL_YEAR, earlier=earlier).cells[0]["date"] == "2025-11-04"


def test_dates_that_look_otherwise_than_before_are_asked_about():
    earlier = read(f"{DAYS}13.10.2025;9;10\n", ALL_YEAR).proposal.reading

    assert read(f"{DAYS}04/11/2025;9;10\n", ALL_YEAR, earlier=earlier).doubts == ["form:/"]


def test_an_order_that_gives_old_days_alone_is_asked_about_again():
    earlier = read(f"{DAYS}13/10/2025;9;10\n", ALL_YEAR).proposal.reading

    assert read(f"{DAYS}11/04/2025;9;10\n", ALL_YEAR, earlier=earlier).doubts == ["form:/"]


@pytest.mark.parametrize(
    ("text", "day"), [("2025-10-31T23:30:00Z", "2025-11-01"), ("2025-10-31T23:30:00-05:00", "2025-11-01")]
)
def test_a_moment_counts_on_its_day_in_the_contracts_zone(text, day):
    assert read(f"{DAYS}{text};9;10\n", DAILY, {"add_up": "yes"}).cells[0]["date"] == day


def test_days_that_begin_at_another_midnight_are_asked_about():
    text = f"{DAYS}2025-10-31T00:00:00Z;9;10\n"

    assert read(text).doubts == ["day_bounds"]
    assert read(text, DAILY, {"day_bounds": "written"}).cells[0]["date"] == "2025-10-31"


def test_times_without_an_offset_are_in_the_zone_that_is_said():
    text = f"{CALL}a,2025-10-31 09:00,answered,5\n"

    assert read(text, CALLS).doubts == ["zone"]
    assert read(text, CALLS, {"zone": "UTC"}).cells[0]["occurred_at"] == "2025-10-31T09:00:00Z"
    assert read(text, CALLS, {"zone": "Europe/Berlin"}).cells[0]["occurred_at"] == "2025-10-31T08:00:00Z"


@pytest.mark.parametrize("clock", ["2025-10-26 02:30", "2025-03-30 02:30"])
def test_a_time_that_the_clock_shows_twice_or_never_is_one_wrong_row(clock):
    text = f"{CALL}a,{clock},answered,5\nb,2025-10-31 09:00,answered,5\n"

    outcome = read(text, CALLS, {"zone": "Europe/Berlin"})

    assert (outcome.errors, len(outcome.cells)) == ([(2, "occurred_at", "not_an_instant")], 1)


def test_the_abbreviation_of_one_zone_is_an_offset():
    moments = ["2025-10-31 09:00 CET", "2025-10-25 09:00 CEST", "2025-10-25 09:00 CST"]
    text = CALL + "".join(f"{at},{moment},answered,5\n" for at, moment in enumerate(moments))

    outcome = read(text, CALLS)

    assert [row["occurred_at"] for row in outcome.cells] == ["2025-10-31T08:00:00Z", "2025-10-25T07:00:00Z"]
    assert outcome.errors == [(4, "occurred_at", "not_an_instant")]


def test_a_day_without_a_time_begins_no_case():
    outcome = read("external_id,opened_at\na,2025-10-31\n", CASES)

    assert outcome.errors == [(2, "opened_at", "not_an_instant")]


@pytest.mark.parametrize(
    "text", ["2025-10", "Oct-25", "October 2025", "10/2025", "2025-10-01", "01.10.2025", "Okt 25", "202510"]
)
def test_a_month_is_read_in_every_usual_form(text):
    assert read(f"period;numerator\n{text};9\n", MONTHLY).cells[0]["period"] == "2025-10"


@pytest.mark.parametrize("text", ["2025-W44", "2025-10-27", "KW 44/2025", "W44 2025", "27.10.2025"])
def test_a_week_is_read_in_every_usual_form(text):
    assert read(f"period;numerator\n{text};9\n", WEEKLY).cells[0]["period"] == "2025-W44"


def test_a_day_that_begins_no_week_is_added_up_only_when_somebody_says_so():
    text = "period;numerator\n2025-10-28;9\n2025-10-29;8\n"

    assert read(text, WEEKLY).doubts == ["add_up"]
    assert read(text, WEEKLY, {"add_up": "yes"}).cells == [{"period": "2025-W44", "numerator": "17"}]


def test_midnight_in_a_workbook_is_a_time_where_others_of_its_column_are():
    content = workbook([["external_id", "occurred_at", "outcome"], ["a", "@45961", "answered"],
                        ["b", "@45961.5", "answered"]])  # fmt: skip

    rows = read(content, CALLS, {"zone": "UTC"}).cells

    assert [row["occurred_at"] for row in rows] == ["2025-10-31T00:00:00Z", "2025-10-31T12:00:00Z"]


def test_the_first_interval_of_a_day_in_a_workbook_counts_in_the_zone_that_is_said():
    content = workbook([["date", "numerator", "denominator"], ["@45961", "=1", "=2"], ["@45961.5", "=3", "=4"]])
    feed = replace(DAILY, zones=("Europe/Berlin", "Asia/Manila"))

    rows = read(content, feed, {"zone": "Asia/Manila", "add_up": "yes"}).cells

    assert [(row["date"], row["numerator"]) for row in rows] == [("2025-10-30", "1"), ("2025-10-31", "3")]


def test_a_column_whose_dates_have_two_orders_is_asked_about():
    assert read(f"{DAYS}10/11/2025;9;10\n13.10.2025;9;10\n10/13/2025;9;10\n", ALL_YEAR).doubts == ["form:."]


def test_dates_of_one_order_with_two_signs_are_read_together():
    rows = read(f"{DAYS}04/11/2025;9;10\n13.10.2025;9;10\n", ALL_YEAR).cells

    assert [row["date"] for row in rows] == ["2025-11-04", "2025-10-13"]


@pytest.mark.parametrize(
    ("text", "day"),
    [("Do, 30.10.2025", "2025-10-30"), ("jeudi 30 octobre 2025", "2025-10-30"), ("mar. 28 oct. 2025", "2025-10-28"),
     ("czw., 30 października 2025", "2025-10-30"), ("30 de octubre de 2025", "2025-10-30"),
     ("1er octobre 2025", "2025-10-01"), ("Mar 5 2025", "2025-03-05")],
)  # fmt: skip
def test_days_are_read_with_their_weekdays_in_several_languages(text, day):
    assert read(f'{DAYS}"{text}";9;10\n', ALL_YEAR).cells[0]["date"] == day


@pytest.mark.parametrize("text", ["Woche 41 2025", "Semaine 41 2025", "41. KW 2025", "tydz. 41 2025"])
def test_weeks_are_read_in_several_languages(text):
    assert read(f"period;numerator;denominator\n{text};9;10\n", WEEKLY).cells[0]["period"] == "2025-W41"


@pytest.mark.parametrize("text", ["października 2025", "octubre de 2025", "Oct '25"])
def test_months_are_read_in_several_languages(text):
    assert read(f"period;numerator;denominator\n{text};9;10\n", MONTHLY).cells[0]["period"] == "2025-10"


MIXED = [["date", "numerator", "denominator"], ["@45966", "9", "10"], ["13/10/2025", "8", "10"]]


def test_typed_dates_beside_dates_as_text_are_asked_about():
    found = read(workbook(MIXED), ALL_YEAR)

    assert found.doubts == ["typed:date"]
    assert [option.effect for option in found.proposal.doubts[0].options] == [
        "“2025-11-05” is Wed 5 Nov 2025", "“2025-11-05” is Sun 11 May 2025",
    ]  # fmt: skip


@pytest.mark.parametrize(("answer", "day"), [("written", "2025-11-05"), ("swapped", "2025-05-11")])
def test_typed_dates_are_taken_as_it_was_said(answer, day):
    rows = read(workbook(MIXED), ALL_YEAR, {"typed:date": answer})

    assert [row["date"] for row in rows.cells] == [day, "2025-10-13"]


def test_typed_dates_that_cannot_be_swapped_are_right():
    rows = read(workbook([*MIXED, ["@45960", "7", "10"]]), ALL_YEAR)

    assert [row["date"] for row in rows.cells] == ["2025-11-05", "2025-10-13", "2025-10-30"]


def test_what_was_said_of_typed_dates_does_not_hold_where_all_are_typed():
    earlier = read(workbook(MIXED), ALL_YEAR, {"typed:date": "swapped"}).proposal.reading

    assert read(workbook(MIXED[:2]), ALL_YEAR, earlier=earlier).cells[0]["date"] == "2025-11-05"


WEEKS = "period,numerator,denominator\n2025-10-19,9,10\n2025-10-26,8,10\n"


def test_weeks_named_by_a_sunday_are_asked_about():
    found = read(WEEKS, WEEKLY)

    assert found.doubts == ["weeks"]
    assert [option.effect for option in found.proposal.doubts[0].options] == [
        "2025-W42, Mon 13 Oct 2025 to Sun 19 Oct 2025", "2025-W43, Mon 20 Oct 2025 to Sun 26 Oct 2025",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "weeks"),
    [("sunday holds", ["2025-W42", "2025-W43"]), ("sunday follows", ["2025-W43", "2025-W44"])],
)
def test_weeks_named_by_a_sunday_are_those_that_were_said(answer, weeks):
    assert [row["period"] for row in read(WEEKS, WEEKLY, {"weeks": answer}).cells] == weeks


def test_weeks_named_by_another_day_than_before_are_asked_about_again():
    earlier = read(WEEKS, WEEKLY, {"weeks": "sunday follows"}).proposal.reading

    assert read(WEEKS.replace("19", "18").replace("26", "25"), WEEKLY, earlier=earlier).doubts == ["weeks"]


def test_days_of_a_weekly_feed_are_added_up():
    days = WEEKS + "2025-10-27,1,2\n"

    assert read(days, WEEKLY).doubts == ["add_up"]


def test_lines_that_nothing_tells_apart_but_their_numbers_are_asked_about():
    lines = f"{DAYS}2025-10-20;9;10\n2025-10-20;5;10\n"

    assert read(lines).doubts == ["add_up"]
    assert read(lines, DAILY, {"add_up": "yes"}).cells == [
        {"date": "2025-10-20", "numerator": "14", "denominator": "20"}
    ]
