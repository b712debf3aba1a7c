"""The terms say what the first and last part period are worth, and which terms judge a period in which they change."""

from io import StringIO

import pytest
from django.core.management import call_command

ACCURACY = """
feeds: [{{code: QA, name: Checks, kind: counts, schedule: daily}}]
service_levels:
  - code: ACCURACY
    name: Right at first
    feed: QA
    terms:
      metric: X-ACC
      measure: {{aggregation: ratio, of: numerator}}
      direction: higher
      expected: {expected}
      rules: {{{rules}}}
"""


def day(date: str, good: int) -> dict[str, object]:
    return {"feed": "QA", "date": date, "numerator": good, "denominator": 100}


@pytest.mark.parametrize(
    ("rule", "first", "last"),
    [("judged", "breach", "breach"), ("reported", "not_in_force", "not_in_force")],
)
def test_part_periods_are_judged_or_only_reported_as_the_terms_say(desk, rule, first, last):
    desk.load(
        ACCURACY.format(expected=90, rules=f"part_periods: {rule}"), starts_on="2025-06-10", more="ends_on: 2025-08-16"
    )
    desk.at("2025-08-20")
    desk.send(day("2025-06-12", 50), day("2025-07-01", 95), day("2025-08-01", 60))

    desk.night("2025-09-10")

    found = desk.verdicts("ACCURACY")
    assert {label: verdict["status"] for label, verdict in found.items()} == {
        "2025-06": first, "2025-07": "met", "2025-08": last
    }  # fmt: skip
    assert [float(found[label]["value"]) for label in ("2025-06", "2025-08")] == [50, 60]
    assert bool(desk.get("breaches")["results"]) == (rule == "judged")


def test_what_is_only_reported_says_so(desk):
    desk.load(
        ACCURACY.format(expected=90, rules="part_periods: reported"), starts_on="2025-06-01", more="ends_on: 2025-07-16"
    )
    desk.at("2025-07-17")
    desk.send(day("2025-07-01", 50))
    desk.night("2025-08-10")

    page = desk.page(f"/service-levels/{desk.level('ACCURACY')}/2025-07")

    assert "a part of a period, which is only reported" in page


def test_part_periods_are_judged_together_with_the_whole_ones_beside_them(desk):
    desk.load(
        ACCURACY.format(expected=90, rules="part_periods: joined"), starts_on="2025-06-10", more="ends_on: 2025-09-16"
    )
    desk.at("2025-09-20")
    desk.send(day("2025-06-12", 80), day("2025-07-01", 100), day("2025-08-01", 100), day("2025-09-10", 60))

    desk.night("2025-10-10")

    found = desk.verdicts("ACCURACY")
    assert {label: (verdict["status"], verdict["is_final"]) for label, verdict in found.items()} == {
        "2025-06-join": ("met", True), "2025-08-join": ("breach", True)
    }  # fmt: skip
    assert [(float(each["numerator"]), float(each["denominator"])) for _, each in sorted(found.items())] == [
        (180, 200), (160, 200)
    ]  # fmt: skip
    page = desk.page(f"/service-levels/{desk.level('ACCURACY')}/2025-08-join")
    assert "August 2025 to September 2025, joined" in page
    assert "judged together with the period beside it" in page


def test_the_month_before_a_joined_part_stays_open_until_the_part_is_due(desk):
    desk.load(
        ACCURACY.format(expected=90, rules="part_periods: joined"), starts_on="2025-06-01", more="ends_on: 2025-08-16"
    )
    desk.at("2025-08-01")
    desk.send(day("2025-07-01", 95))

    desk.night("2025-08-14")

    assert not desk.verdict("ACCURACY", "2025-07-join")["is_final"]
    desk.at("2025-08-16")
    desk.send(day("2025-08-12", 20))
    desk.night("2025-09-10")
    verdict = desk.verdict("ACCURACY", "2025-07-join")
    assert (verdict["status"], verdict["is_final"]) == ("breach", True)


def test_joined_verdicts_are_recomputed_as_they_were(desk):
    desk.load(
        ACCURACY.format(expected=90, rules="part_periods: joined"), starts_on="2025-06-10", more="ends_on: 2025-09-16"
    )
    desk.at("2025-09-20")
    desk.send(day("2025-06-12", 80), day("2025-07-01", 100), day("2025-08-01", 100), day("2025-09-10", 60))
    desk.night("2025-10-10")
    assert len(desk.verdicts("ACCURACY")) == 2

    shown = StringIO()
    call_command("verify_verdicts", stdout=shown)
    assert "2 final verdicts recomputed, 0 differ" in shown.getvalue()


@pytest.mark.parametrize(
    ("rule", "status", "reason"),
    [
        ("at_start", "met", "terms that take effect on Sun 15 Jun 2025 judge from the next period on"),
        ("at_end", "breach", "they judge all of the period inside of which they take effect"),
    ],
)
def test_terms_that_change_inside_a_period_say_whether_they_judge_it(desk, rule, status, reason):
    desk.load(ACCURACY.format(expected=80, rules=""), starts_on="2025-01-01")
    desk.at("2025-06-14")
    desk.load(ACCURACY.format(expected=90, rules=f"changes: {rule}"), effective_on="2025-06-15")
    desk.at("2025-07-01")
    desk.send(day("2025-05-01", 85), day("2025-06-01", 85), day("2025-06-20", 85))

    desk.night("2025-07-20")

    found = desk.verdicts("ACCURACY")
    assert (found["2025-05"]["status"], found["2025-06"]["status"]) == ("met", status)
    assert reason in desk.page(f"/service-levels/{desk.level('ACCURACY')}/2025-06")


def split_june(desk, *, first: int = 85, then: int = 85) -> None:
    """Terms of 80 % give way to terms of 90 % on 15 June, and the period is split there."""
    desk.load(ACCURACY.format(expected=80, rules=""), starts_on="2025-05-01")
    desk.at("2025-06-14")
    desk.load(ACCURACY.format(expected=90, rules="changes: split"), starts_on="2025-05-01", effective_on="2025-06-15")
    desk.at("2025-07-01")
    desk.send(day("2025-05-01", 85), day("2025-06-14", first), day("2025-06-15", then))
    desk.night("2025-07-20")


def test_each_part_of_a_split_period_is_judged_by_the_terms_in_force_in_it(desk):
    split_june(desk)

    found = {label: (row["status"], row["value"], row["is_final"]) for label, row in desk.verdicts("ACCURACY").items()}
    assert found == {
        "2025-05": ("met", "85", True), "2025-06-p1": ("met", "85", True), "2025-06-p2": ("breach", "85", True)
    }  # fmt: skip
    assert [breach["period"] for breach in desk.get("breaches")["results"]] == ["2025-06-p2"]


def test_pages_and_files_name_the_days_of_a_part_and_its_own_terms(desk):
    split_june(desk)

    address = f"/service-levels/{desk.level('ACCURACY')}"
    first, second = desk.page(f"{address}/2025-06-p1"), desk.page(f"{address}/2025-06-p2")

    assert all(text in first for text in ("June 2025, 1 Jun – 14 Jun 2025", "expected ≥ 80.0 %"))
    assert all(text in second for text in ("June 2025, 15 Jun – 30 Jun 2025", "expected ≥ 90.0 %"))
    assert all("a part of a period that is split where terms take effect" in page for page in (first, second))
    assert "2025-06-p2" in desk.page(f"{address}?format=csv")
    call_command("verify_verdicts", stdout=(shown := StringIO()))
    assert "3 final verdicts recomputed, 0 differ" in shown.getvalue()


def test_a_period_that_stood_whole_is_withdrawn_when_terms_split_it(desk):
    desk.load(ACCURACY.format(expected=80, rules=""), starts_on="2025-05-01")
    desk.at("2025-06-10")
    desk.send(day("2025-06-01", 70))
    desk.night("2025-06-11")
    assert "2025-06" in desk.verdicts("ACCURACY")

    shown = desk.load(
        ACCURACY.format(expected=90, rules="changes: split"), starts_on="2025-05-01", effective_on="2025-06-15"
    )
    desk.night("2025-07-20")

    assert "withdraws" in shown
    assert {label: row["value"] for label, row in desk.verdicts("ACCURACY").items()} == {
        "2025-05": None, "2025-06-p1": "70", "2025-06-p2": None
    }  # fmt: skip


def test_a_level_of_a_roll_up_is_not_split(desk):
    level = ACCURACY.replace("    feed: QA", "    feed: QA\n    roll_up: ALL")
    desk.load(level.format(expected=80, rules=""))
    desk.at("2025-06-14")

    with pytest.raises(AssertionError, match="keeps the periods of the others"):
        desk.load(level.format(expected=90, rules="changes: split"), effective_on="2025-06-15")


def test_parts_without_a_target_say_that_they_are_parts(desk):
    level = ACCURACY.replace("expected: {expected}", "type: reported_only")
    desk.load(level.format(rules=""), starts_on="2025-06-01")
    desk.at("2025-06-14")
    desk.load(level.format(rules="changes: split"), starts_on="2025-06-01", effective_on="2025-06-15")
    desk.send(day("2025-06-12", 50))
    desk.night("2025-06-16")

    assert "no target" in (page := desk.page(f"/service-levels/{desk.level('ACCURACY')}/2025-06-p1"))
    assert "a part of a period that is split" in page


def test_terms_that_split_a_monthly_total_are_refused_unless_it_is_shared_by_day(desk):
    monthly = ACCURACY.replace("daily", "monthly")
    desk.load(monthly.format(expected=80, rules="straddling: by_day"), starts_on="2025-05-01")
    desk.at("2025-06-14")
    with pytest.raises(AssertionError, match="splits the report 2025-06 of the feed QA"):
        desk.load(
            monthly.format(expected=90, rules="changes: split"), starts_on="2025-05-01", effective_on="2025-06-15"
        )

    desk.load(
        monthly.format(expected=90, rules="changes: split, straddling: by_day"),
        starts_on="2025-05-01",
        effective_on="2025-06-16",
    )
    desk.at("2025-07-02")
    desk.send({"feed": "QA", "period": "2025-06", "numerator": 85, "denominator": 100})
    desk.night("2025-07-20")

    found = desk.verdicts("ACCURACY")
    assert {label: (row["status"], row["numerator"]) for label, row in found.items() if "06" in label} == {
        "2025-06-p1": ("met", "42.5"), "2025-06-p2": ("breach", "42.5")
    }  # fmt: skip


def test_a_last_part_is_judged_alone_where_the_month_before_closed_before_the_end_was_known(desk):
    terms = ACCURACY.format(expected=90, rules="part_periods: joined")
    desk.load(terms, starts_on="2025-06-01")
    desk.at("2025-08-10")
    desk.send(day("2025-06-01", 95), day("2025-07-01", 95), day("2025-08-05", 60))
    desk.night("2025-08-20")
    assert desk.verdict("ACCURACY", "2025-07")["is_final"]

    desk.load(terms, starts_on="2025-06-01", effective_on="2025-08-20", more="ends_on: 2025-08-26")
    desk.at("2025-08-27")
    desk.send(day("2025-08-25", 80))
    desk.night("2025-09-20")

    found = desk.verdicts("ACCURACY")
    assert {label: (row["status"], row["value"], row["is_final"]) for label, row in found.items()} == {
        "2025-06": ("met", "95", True), "2025-07": ("met", "95", True), "2025-08": ("breach", "70", True)
    }  # fmt: skip
    page = desk.page(f"/service-levels/{desk.level('ACCURACY')}/2025-08")
    assert "judged alone: the period beside it had closed before it was known to be joined" in page
    assert "judged alone" in str(found["2025-08"]["working"]["lines"])
    call_command("verify_verdicts", stdout=(shown := StringIO()))
    assert "3 final verdicts recomputed, 0 differ" in shown.getvalue()


def test_a_closed_month_that_ends_earlier_is_restated_with_a_reason(desk):
    terms = ACCURACY.format(expected=90, rules="part_periods: joined")
    desk.load(terms, starts_on="2025-06-01")
    desk.at("2025-09-02")
    desk.send(day("2025-06-01", 95), day("2025-07-01", 95), day("2025-08-05", 80), day("2025-08-20", 100))
    desk.night("2025-09-20")
    assert desk.verdict("ACCURACY", "2025-08")["status"] == "met"
    ended = {"starts_on": "2025-06-01", "effective_on": "2025-08-16", "more": "ends_on: 2025-08-16"}
    desk.at("2025-09-21")

    with pytest.raises(AssertionError, match=r"Closed periods would be restated: SL-\w+ 2025-08"):
        desk.load(terms, **ended)
    shown = desk.load(terms, **ended, restate="terminated")

    assert "2025-08: 90.0 % Met (180 of 200) → 80.0 % Breach (80 of 100)" in shown.replace("\xa0", " ")
    verdict = desk.verdict("ACCURACY", "2025-08")
    assert (verdict["status"], verdict["is_final"], verdict["period"]["ends_on"]) == ("breach", True, "2025-08-16")
    assert [breach["period"] for breach in desk.get("breaches")["results"]] == ["2025-08"]


def test_a_closed_month_that_back_dated_terms_split_is_restated_in_parts(desk):
    desk.load(ACCURACY.format(expected=80, rules=""), starts_on="2025-06-01")
    desk.at("2025-07-01")
    desk.send(day("2025-06-14", 85), day("2025-06-15", 85))
    desk.night("2025-07-20")
    assert desk.verdict("ACCURACY", "2025-06")["is_final"]

    terms = ACCURACY.format(expected=90, rules="changes: split")
    shown = desk.load(terms, starts_on="2025-06-01", effective_on="2025-06-15", restate="agreed in June")

    assert "2025-06-p2, which is over, for the first time" in shown
    found = {label: (row["status"], row["value"], row["is_final"]) for label, row in desk.verdicts("ACCURACY").items()}
    assert found == {"2025-06-p1": ("met", "85", True), "2025-06-p2": ("breach", "85", True)}
    address = f"/service-levels/{desk.level('ACCURACY')}"
    assert "June 2025, 1 Jun – 14 Jun 2025" in desk.page(f"{address}/2025-06")
    assert "170" in desk.page(f"{address}/2025-06-p1?rev=1")
    call_command("verify_verdicts", stdout=(shown := StringIO()))
    assert "3 final verdicts recomputed, 0 differ" in shown.getvalue()
