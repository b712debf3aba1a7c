"""Ends that become known late: periods after a back-dated end are over, and periods that end later are open again."""

from io import StringIO

import pytest
from django.core.management import call_command

LEVEL = """
feeds: [{{code: QA, name: Checks, kind: counts, schedule: {schedule}}}]
service_levels:
  - code: ACCURACY
    name: Right at first
    feed: QA
    terms:
      metric: X-ACC
      measure: {{aggregation: ratio, of: numerator}}
      direction: higher
      expected: 90
      period: {period}
      rules: {{{rules}}}
"""


def terms(period: str = "month", rules: str = "", schedule: str = "daily") -> str:
    return LEVEL.format(period=period, rules=rules, schedule=schedule)


def day(date: str, good: int) -> dict[str, object]:
    return {"feed": "QA", "date": date, "numerator": good, "denominator": 100}


def found(desk) -> dict[str, tuple[object, ...]]:
    return {
        label: (row["status"], row["value"], row["is_final"], row["period"]["ends_on"])
        for label, row in desk.verdicts("ACCURACY").items()
    }


def verified() -> str:
    call_command("verify_verdicts", stdout=(shown := StringIO()))
    return shown.getvalue()


def close_summer(desk, period: str = "month", rules: str = "") -> None:
    """A contract without an end, whose June to August are closed; July and August are breaches."""
    desk.load(terms(period, rules), starts_on="2025-06-01")
    desk.at("2025-09-02")
    desk.send(day("2025-06-01", 95), day("2025-06-20", 85), day("2025-07-01", 80), day("2025-08-05", 70))
    desk.night("2025-10-20")


def end_in_june(desk, period: str = "month", rules: str = "", restate: str = "") -> str:
    desk.at("2025-10-21")
    return desk.load(
        terms(period, rules), starts_on="2025-06-01", effective_on="2025-06-16", more="ends_on: 2025-06-16",
        restate=restate,
    )  # fmt: skip


def test_an_end_before_closed_periods_says_first_what_it_moves(desk):
    close_summer(desk)

    with pytest.raises(AssertionError, match=r"Closed periods would be restated: .* 2025-07, .* 2025-08"):
        end_in_june(desk)

    assert found(desk)["2025-08"] == ("breach", "70", True, "2025-09-01")
    assert len(desk.get("breaches")["results"]) == 2


def test_closed_periods_after_a_back_dated_end_are_not_in_force(desk):
    close_summer(desk)

    shown = end_in_june(desk, restate="terminated in June").replace("\xa0", " ")

    assert "2025-07: 80.0 % Breach (80 of 100) → Not in force" in shown
    assert found(desk) == {
        "2025-06": ("met", "95", True, "2025-06-16"),
        "2025-07": ("not_in_force", None, True, "2025-08-01"),
        "2025-08": ("not_in_force", None, True, "2025-09-01"),
        "2025-09": ("not_in_force", None, True, "2025-10-01"),
    }
    assert {breach["state"] for breach in desk.get("breaches")["results"]} == {"withdrawn"}
    assert "0 differ" in verified()


def test_pages_say_that_the_contract_had_ended_and_keep_the_old_number(desk):
    close_summer(desk)
    end_in_june(desk, restate="terminated in June")

    address = f"/service-levels/{desk.level('ACCURACY')}/2025-07"
    page = desk.page(address)
    assert "the contract ended with Sun 15 Jun 2025" in page
    assert "final, restated: terminated in June" in page
    assert "80 of 100" in desk.page(f"{address}?rev=1")
    breach = desk.get("breaches", period="2025-07")["results"][0]["id"]
    assert "terminated in June" in desk.page(f"/breaches/{breach}")


def test_the_last_period_of_a_service_level_is_the_last_before_a_back_dated_end(desk):
    close_summer(desk)
    end_in_june(desk, restate="terminated in June")

    listed = {status: len(desk.get("service-levels", last=status)["results"]) for status in ("met", "not_in_force")}
    assert listed == {"met": 1, "not_in_force": 0}


def test_the_same_end_once_more_changes_nothing(desk):
    close_summer(desk)
    end_in_june(desk, restate="terminated in June")

    assert "nothing to change" in end_in_june(desk, restate="terminated in June")
    assert {row["revision"] for row in desk.verdicts("ACCURACY").values()} == {2}
    desk.night("2025-10-23")
    assert {row["revision"] for row in desk.verdicts("ACCURACY").values()} == {2}


@pytest.mark.parametrize(
    ("period", "rules", "labels"),
    [
        ("week", "", {"2025-W27", "2025-W32"}),
        ("quarter", "", {"2025-Q3"}),
        ("month", "repeats: [{rule: in_window, count: 2, window: 3}]", {"2025-07", "2025-08"}),
        ("month", "low_volume: {rule: rolling, min_cases: 150, periods: 3}", {"2025-07", "2025-08"}),
        ("month", "part_periods: judged", {"2025-07", "2025-08"}),
        ("month", "part_periods: joined", {"2025-07", "2025-08"}),
    ],
)
def test_periods_of_every_kind_are_over_and_follow_from_the_record(desk, period, rules, labels):
    close_summer(desk, period, rules)
    before = {label for label, row in found(desk).items() if row[1] is not None}
    assert labels <= before

    end_in_june(desk, period, rules, restate="terminated in June")

    assert {label for label, row in found(desk).items() if row[0] == "not_in_force"} >= labels
    assert {found(desk)[label][1] for label in labels} == {None}
    assert "0 differ" in verified()


def test_an_end_that_moves_back_opens_the_periods_again(desk):
    close_summer(desk)
    end_in_june(desk, restate="terminated in June")
    desk.at("2025-10-22")

    shown = desk.load(
        terms(), starts_on="2025-06-01", effective_on="2025-06-17", more="ends_on: 2025-12-16", restate="by mistake"
    )
    assert "opens" in shown
    desk.night("2025-10-23")

    assert {label: row[:3] for label, row in found(desk).items() if row[2]} == {
        "2025-06": ("met", "90", True), "2025-07": ("breach", "80", True),
        "2025-08": ("breach", "70", True), "2025-09": ("not_reported", None, True),
    }  # fmt: skip
    assert {(each["period"], each["state"]) for each in desk.get("breaches")["results"]} == {
        ("2025-07", "found"), ("2025-08", "found")
    }  # fmt: skip
    assert "0 differ" in verified()


def close_joined(desk, rules: str = "part_periods: joined") -> None:
    """A contract that ends on 15 August, closed with July and August together."""
    desk.load(terms(rules=rules), starts_on="2025-06-01", more="ends_on: 2025-08-16")
    desk.at("2025-08-16")
    desk.send(day("2025-06-01", 95), day("2025-07-01", 95), day("2025-08-05", 75))
    desk.night("2025-09-20")


def extend(desk, until: str, *, rules: str = "part_periods: joined", restate: str = "") -> str:
    desk.at("2025-09-21")
    return desk.load(
        terms(rules=rules), starts_on="2025-06-01", effective_on="2025-08-16", more=f"ends_on: {until}",
        restate=restate,
    )  # fmt: skip


def test_a_closed_joined_period_is_cut_by_the_calendar_when_the_contract_is_extended(desk):
    close_joined(desk)
    assert found(desk)["2025-07-join"] == ("breach", "85", True, "2025-08-16")

    with pytest.raises(AssertionError, match=r"Closed periods would be restated"):
        extend(desk, "2025-12-31")
    shown = extend(desk, "2025-12-31", restate="renewed in July").replace("\xa0", " ")

    assert "2025-07: 85.0 % Breach (170 of 200) → 95.0 % Met (95 of 100)" in shown
    assert found(desk)["2025-07"] == ("met", "95", True, "2025-08-01")
    assert desk.get("breaches")["results"][0]["state"] == "withdrawn"
    desk.send(day("2025-08-25", 100))
    desk.night("2025-10-22")
    assert found(desk)["2025-08"] == ("breach", "87.5", True, "2025-09-01")
    assert "0 differ" in verified()


@pytest.mark.parametrize("rules", ["part_periods: joined", "part_periods: judged", ""])
def test_a_closed_last_part_that_grows_is_open_again_and_closes_with_what_is_owed(desk, rules):
    close_joined(desk, rules)
    label = "2025-07-join" if "joined" in rules else "2025-08"
    assert found(desk)[label][2:] == (True, "2025-08-16")

    shown = extend(desk, "2025-08-26", rules=rules, restate="extended in August")
    assert f"opens {desk.level('ACCURACY')} {label} again" in shown
    desk.send(day("2025-08-20", 99))
    desk.night("2025-09-22")

    row = desk.verdict("ACCURACY", label)
    assert (row["is_final"], row["period"]["ends_on"], row["revision"] > 1) == (True, "2025-08-26", True)
    assert row["numerator"] == ("269" if "joined" in rules else "174")
    address = f"/service-levels/{desk.level('ACCURACY')}/{label}?rev=1"
    assert ("170 of 200" if "joined" in rules else "75 of 100") in desk.page(address)
    assert "0 differ" in verified()


def test_what_came_late_counts_when_its_period_is_open_again(desk):
    close_joined(desk, "")
    desk.send(day("2025-08-06", 95) | {"reason": "forgotten"})
    [late] = desk.get("late-arrivals")["results"]
    assert late["counted_by"] is None

    extend(desk, "2025-08-26", rules="", restate="extended in August")
    desk.send(day("2025-08-20", 100))
    desk.night("2025-09-22")

    row = desk.verdict("ACCURACY", "2025-08")
    assert (row["numerator"], row["is_final"]) == ("270", True)
    [late] = desk.get("late-arrivals")["results"]
    assert late["counted_by"] == row["revision"]
    assert "0 differ" in verified()


def test_a_weekly_report_of_a_longer_period_is_owed_anew(desk):
    weekly = terms(schedule="weekly", rules="straddling: by_end")
    desk.load(weekly, starts_on="2025-06-01", more="ends_on: 2025-08-18")
    desk.at("2025-08-18")
    weeks = [f"2025-W{number}" for number in range(27, 34)]
    desk.send(*({"feed": "QA", "period": week, "numerator": 95, "denominator": 100} for week in weeks))
    desk.night("2025-09-20")
    assert found(desk)["2025-08"][:3] == ("met", "95", True)

    desk.at("2025-09-21")
    desk.load(weekly, starts_on="2025-06-01", effective_on="2025-08-18", more="ends_on: 2025-12-29", restate="extended")
    desk.night("2025-09-22")

    assert found(desk)["2025-08"][:3] == ("not_reported", "95", True)
    assert "0 differ" in verified()


def test_what_came_late_for_a_split_month_is_listed_for_its_part_and_counts_only_by_restatement(desk):
    desk.load(terms(), starts_on="2025-06-01")
    desk.at("2025-07-01")
    desk.send(day("2025-06-01", 95), day("2025-06-20", 85))
    desk.night("2025-07-20")
    desk.send(day("2025-06-25", 0) | {"reason": "forgotten"})

    changed = terms(rules="changes: split").replace("expected: 90", "expected: 80")
    desk.load(changed, starts_on="2025-06-01", effective_on="2025-06-15", restate="agreed in June")

    assert [late["starts_on"] for late in desk.get("late-arrivals")["results"]] == ["2025-06-15"]
    assert {label: row[:3] for label, row in found(desk).items()} == {
        "2025-06-p1": ("met", "95", True), "2025-06-p2": ("met", "85", True)
    }  # fmt: skip
    assert "0 differ" in verified()
