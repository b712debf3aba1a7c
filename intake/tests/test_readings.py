"""How a file becomes rows: what its data decide is read, what they do not decide is asked, nothing is guessed."""

from decimal import Decimal

import pytest

from intake.files.readings.doubts import word_key
from intake.files.readings.reading import NOTHING, BadReading, Reading, reading_from
from intake.tests.readings import CALLS, DAILY, SAMPLES, read, target
from intake.tests.workbooks import workbook

pytestmark = pytest.mark.any_database
DAYS = "date;numerator;denominator\n"
CALL = "external_id,occurred_at,outcome,wait_seconds\n"
WEIGHTED = {"decimal": ",", "columns": [{"name": name, "is": name} for name in ("date", "numerator", "denominator")]}


@pytest.mark.parametrize(
    ("numbers", "meant"),
    [
        ("1.234,5;2.000", ["1234.5", "2000"]), ("1,234.5;2,000", ["1234.5", "2000"]),
        ("1.234.567;2.000.000", ["1234567", "2000000"]),
        ("1 234;2 000", ["1234", "2000"]), ("1\u00a0234;2\u202f000", ["1234", "2000"]),
        ("1'234;2’000", ["1234", "2000"]),
        ("93,25;100", ["93.25", "100"]), ("007;010", ["7", "10"]), ("12,34,567;20,00,000", ["1234567", "2000000"]),
    ],
)  # fmt: skip
def test_thousands_are_set_apart_by_any_sign_but_the_decimal_one(numbers, meant):
    row = read(f"{DAYS}2025-10-31;{numbers}\n").cells[0]

    assert [row["numerator"], row["denominator"]] == meant


@pytest.mark.parametrize("numbers", ["93,2;93.2", "1.234;2.500", "1,234;12,500"])
def test_numbers_that_could_mean_two_things_are_asked_about(numbers):
    assert read(f"{DAYS}2025-10-31;{numbers}\n").doubts == ["decimals"]


@pytest.mark.parametrize(("said", "number"), [("comma", "1203"), ("point three", "1.203")])
def test_the_decimal_sign_that_is_said_counts_this_time_and_the_next(said, number):
    text = f"{DAYS}2025-10-31;1.203;5.000\n"
    first = read(text, DAILY, {"decimals": said})

    assert first.cells[0]["numerator"] == number
    assert read(text, earlier=first.proposal.reading).cells[0]["numerator"] == number


def test_a_file_that_proves_another_decimal_sign_than_before_is_asked_about():
    earlier = read(f"{DAYS}2025-10-31;1.5;1,000\n").proposal.reading

    assert earlier.decimal == "."
    assert read(f"{DAYS}2025-10-31;1,5;1.000\n", earlier=earlier).doubts == ["decimals"]


def test_thousands_of_another_sign_than_before_are_asked_about():
    earlier = read(f"{DAYS}2025-10-31;1.5;1,000\n").proposal.reading

    assert read(f"{DAYS}2025-10-31;1.500;1.600\n", earlier=earlier).doubts == ["decimals"]


def test_a_number_that_does_not_fit_its_column_is_one_wrong_row():
    outcome = read(f"{DAYS}2025-10-30;1,5;10\n2025-10-31;1.5;10\n", DAILY, {"decimals": "comma"})

    assert (outcome.errors, len(outcome.cells)) == ([(3, "numerator", "not_a_number")], 1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0:05:41", "341"), ("00:00:14", "14"), ("5m 41s", "341"), ("PT5M41S", "341"), ("P1DT1S", "86401"),
     ("4h 32m", "16320"), ("2 hours 5 minutes", "7500"),
     ("12 sec", "12"), ("341", "341"), ("26:00:00", "93600")],
)  # fmt: skip
def test_a_length_of_time_is_read_as_seconds(text, seconds):
    assert read(f"{CALL}a,2025-10-31T09:00:00Z,answered,{text}\n", CALLS).cells[0]["wait_seconds"] == seconds


@pytest.mark.parametrize(
    ("text", "key", "answers"),
    [("05:41", "clock:wait_seconds", {"m:ss": "341", "h:mm": "20460"}),
     ("1d 2h", "day_hours:wait_seconds", {"24": "93600", "8": "36000"}),
     ("0.25", "unit:wait_seconds", {"days": "21600", "minutes": "15", "seconds": "0.25"})],
)  # fmt: skip
def test_a_length_that_could_be_two_is_asked_about(text, key, answers):
    content = f"{CALL}a,2025-10-31T09:00:00Z,answered,{text}\n"

    assert read(content, CALLS).doubts == [key]
    for value, seconds in answers.items():
        assert read(content, CALLS, {key: value}).cells[0]["wait_seconds"] == seconds


def test_a_head_that_names_a_unit_asks_for_it():
    content = "external_id,occurred_at,outcome,Handle time (min)\na,2025-10-31T09:00:00Z,answered,5\n"
    columns = {"Handle time (min)": "handle_seconds"}

    asked = read(content, CALLS, columns=columns)

    assert [(doubt.key, doubt.proposed) for doubt in asked.proposal.doubts] == [("unit:Handle time (min)", "minutes")]


def test_a_share_of_one_is_asked_about_where_the_feed_goes_up_to_100():
    content = "external_id,occurred_at,value\na,2025-10-31T09:00:00Z,0.853\n"

    assert read(content, SAMPLES).doubts == ["unit:value"]
    assert read(content, SAMPLES, {"unit:value": "part"}).cells[0]["value"] == "85.3"


def test_words_are_read_in_any_case_and_unknown_ones_are_asked_about():
    content = f"{CALL}a,2025-10-31T09:00:00Z,Answered ,5\nb,2025-10-31T09:00:00Z,Abandon,5\n"
    key = 'word:["outcome", "abandon"]'

    assert read(content, CALLS).doubts == [key]
    assert [row["outcome"] for row in read(content, CALLS, {key: "abandoned"}).cells] == ["answered", "abandoned"]


def test_rows_of_a_word_can_be_left_out():
    content = f"{CALL}a,2025-10-31T09:00:00Z,answered,5\nb,2025-10-31T09:00:00Z,IVR test,5\n"

    outcome = read(content, CALLS, {'word:["outcome", "ivr test"]': "(leave out the row)"})

    assert ([row["external_id"] for row in outcome.cells], [each.line for each in outcome.rows.left_out]) == (
        ["a"],
        [3],
    )


def test_names_take_the_spelling_that_service_levels_read():
    feed = target("contacts", names={"queue": ["Billing"]})
    content = f"{CALL[:-1]},queue\na,2025-10-31T09:00:00Z,answered,5, billing \n"

    assert read(content, feed).cells[0]["queue"] == "Billing"


def test_half_hours_are_added_up_by_day_and_split_and_a_line_twice_is_wrong():
    content = (
        "date,split,numerator,denominator\n2025-10-31T08:00:00+01:00,A,1,2\n2025-10-31T08:30:00+01:00,A,3,4\n"
        "2025-10-31T08:30:00+01:00,A,3,4\n2025-10-31T08:30:00+01:00,B,5,6\n"
    )

    outcome = read(content, DAILY, {"add_up": "yes"})

    assert outcome.cells == [
        {"date": "2025-10-31", "split": "A", "numerator": "4", "denominator": "6"},
        {"date": "2025-10-31", "split": "B", "numerator": "5", "denominator": "6"},
    ]
    assert outcome.errors == [(4, "", "duplicate_in_batch")]


def test_a_mean_is_added_up_with_its_weight_alone():
    reading = reading_from({
        "format": 1, "add_up": True, "zone": "Europe/Berlin", "leave_out_others": True,
        "columns": [{"name": "Start", "is": "date"}, {"name": "ASA", "is": "numerator", "times": "Answered"},
                    {"name": "Answered", "is": "denominator"}],
    })  # fmt: skip
    content = "Start,ASA,Answered\n2025-10-31 08:00,10,2\n2025-10-31 08:30,20,8\n"

    assert read(content, earlier=reading).cells == [{"date": "2025-10-31", "numerator": "180", "denominator": "10"}]


def test_a_share_is_never_added_up():
    reading = reading_from({
        "format": 1, "add_up": True, "leave_out_others": True,
        "columns": [{"name": "date"}, {"name": "Day", "is": "date"}, {"name": "SL", "is": "numerator"}],
    })  # fmt: skip

    assert read("Day,SL\n2025-10-31,85%\n", earlier=reading).errors == [(2, "numerator", "not_a_number")]


@pytest.mark.parametrize("line", ["2025-10-31;9\n", ";;\n", "Source: ACD;;\n", "2025-10-31;9;10;11\n"])
def test_one_odd_line_never_refuses_the_others(line):
    outcome = read(f"{DAYS}2025-10-30;9;10\n{line}")

    assert outcome.cells[0] == {"date": "2025-10-30", "numerator": "9", "denominator": "10"}


def test_heads_of_two_lines_are_joined_and_repeated_ones_numbered():
    content = ";Voice;;Chat;\nDay;Offered;Answered;Offered;Answered\n2025-10-31;10;9;8;7\n"

    assert read(content).proposal.heads.names == (
        "Day",
        "Voice Offered",
        "Voice Answered",
        "Chat Offered",
        "Chat Answered",
    )
    assert read("Day;Count;Count;\n2025-10-31;10;9;8\n").proposal.heads.names == ("Day", "Count", "Count (2)")


def test_conditions_leave_rows_out():
    reading = reading_from({
        "columns": [{"name": "date", "is": "date"}, {"name": "numerator", "is": "numerator"}, {"name": "Complete"}],
        "leave_out": [{"name": "Complete", "values": ["FALSE"]}],
    })  # fmt: skip
    outcome = read("date,numerator,Complete\n2025-10-30,9,TRUE\n2025-10-31,1,false\n", earlier=reading)

    assert ([row["date"] for row in outcome.cells], outcome.rows.left_out[0].code) == (["2025-10-30"], "condition")


def test_moments_of_a_workbook_take_the_zone_that_is_said():
    content = workbook([["external_id", "occurred_at", "outcome"], ["a", "@45961.375", "answered"]])

    assert read(content, CALLS, {"zone": "Europe/Berlin"}).cells[0]["occurred_at"] == "2025-10-31T08:00:00Z"


def test_a_reading_is_the_same_after_it_is_exported():
    reading = read(f"{DAYS}13/10/2025;1,5;2\n").proposal.reading

    assert reading_from(reading.as_json()) == reading


@pytest.mark.parametrize(
    ("value", "where"),
    [([], "/"), ({"format": 2}, "format"), ({"colums": []}, "colums"), ({"zone": "Mars"}, "zone"),
     ({"columns": [{"is": "date"}]}, "columns/0"), ({"columns": [{"name": "a", "is": "dat"}]}, "columns/a/is"),
     ({"columns": [{"name": "a", "is": "date"}, {"name": "b", "is": "date"}]}, "columns/b"), ({"id": ["x"]}, "“x”")],
)  # fmt: skip
def test_a_wrong_reading_is_refused_and_says_where(value, where):
    with pytest.raises(BadReading) as refused:
        reading_from(value)

    assert where in refused.value.sentence


def test_an_empty_reading_is_one():
    assert reading_from({}) == Reading()


def test_a_queue_called_general_is_no_total():
    content = "split;date;numerator;denominator\nGeneral;2025-10-31;x;10\nOrders;2025-10-31;9;10\n"

    assert read(content).errors == [(2, "numerator", "not_a_number")]


def test_a_total_of_months_is_left_out():
    outcome = read("period;numerator;denominator\nOct-25;9;10\nTotal;9;10\n", target(schedule="monthly"))

    assert ([row["period"] for row in outcome.cells], outcome.rows.left_out[0].code) == (["2025-10"], "total")


def test_a_total_above_the_rows_is_compared_with_those_below_it():
    outcome = read(f"{DAYS}Summe;10;20\n2025-10-30;4;10\n2025-10-31;5;10\n")

    assert outcome.application.total.disagreements == [(2, "numerator", Decimal(10), Decimal(9))]


@pytest.mark.parametrize("word", ["-", "N/A", "none"])
def test_a_word_for_nothing_is_asked_about_once_and_leaves_its_cell_empty(word):
    text = f"external_id,occurred_at,outcome,wait_seconds\na,2025-10-31T09:00:00Z,abandoned,{word}\n"
    key = word_key("wait_seconds", word.casefold())

    assert read(text, CALLS).doubts == [key]
    assert "wait_seconds" not in read(text, CALLS, {key: NOTHING}).cells[0]


CHECKED = "date;Offered;In time;SL\n2025-10-30;10;9;90 %\n2025-10-31;1203;902;74,9 %\n"
COLUMNS = {"Offered": "denominator", "In time": "numerator", "SL": "check"}


def test_a_share_that_is_only_checked_agrees_where_it_is_rounded_or_cut_off():
    share = read(CHECKED, DAILY, columns=COLUMNS).application.shares[0]

    assert (share.agreed, share.compared, share.first_other) == (2, 2, None)


def test_a_share_that_is_only_checked_tells_counts_of_the_wrong_column():
    swapped = COLUMNS | {"Offered": "numerator", "In time": "denominator"}

    share = read(CHECKED, DAILY, columns=swapped).application.shares[0]

    assert (share.agreed, share.compared, share.first_other[:2]) == (0, 2, (2, "90 %"))


def test_a_mean_that_is_missing_is_not_nought_times_its_weight():
    weighted = {**WEIGHTED, "columns": [{**each, "times": "denominator"} if each["name"] == "numerator" else each
                                        for each in WEIGHTED["columns"]]}  # fmt: skip
    text = f"{DAYS}2025-10-30;;10\n2025-10-31;1,5;10\n"

    rows = read(text, DAILY, earlier=reading_from(weighted))

    assert [row.get("numerator") for row in rows.cells] == [None, "15"]


@pytest.mark.parametrize("member", [{"name": "numerator", "is": "numerator", "clock": "date"},
                                    {"name": "date", "is": "date", "times": "numerator"}])  # fmt: skip
def test_what_a_column_cannot_have_is_refused(member):
    columns = [each for each in WEIGHTED["columns"] if each["name"] != member["name"]]
    with pytest.raises(BadReading):
        reading_from({**WEIGHTED, "columns": [*columns, member]})


def test_a_head_of_any_length_can_be_read():
    text = f"date;numerator;denominator;{'long ' * 90};{'long ' * 90}\n2025-10-31;9;10;1;2\n"

    columns = dict.fromkeys(read(text).proposal.heads.names[3:], "")

    assert len(columns) == 2
    assert read(text, DAILY, columns=columns).cells[0]["numerator"] == "9"
