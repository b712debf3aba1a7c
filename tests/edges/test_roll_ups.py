"""One figure of a client over several contracts."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.edges.conftest import HEAD

TERMS = """
feeds: [{{code: QA, name: Checks, kind: counts, schedule: monthly}}]
service_levels:
  - code: {code}
    name: Checks passed
    roll_up: QUALITY
    feed: QA
    terms: {{metric: X-QA, measure: {{aggregation: ratio}}, direction: higher, expected: {expected}{more}}}
"""
FIRST = TERMS.format(code="CHECKS", expected=90, more="")
SECOND = TERMS.format(code="TESTS", expected=95, more="")
TARGET = """
roll_ups: [{code: QUALITY, direction: higher, expected: 80, minimum: 50}]
"""


def load(desk, second=SECOND):
    """Two contracts of the client with the same vendor."""
    desk.load(FIRST)
    load_second(desk, second)
    desk.at("2025-02-02")


def load_second(desk, text):
    head = HEAD.format(starts_on="2025-01-01", effective_on="2025-01-01", more="").replace("N-1", "N-2")
    file = desk.folder / "second.yaml"
    file.write_text(head + text, encoding="utf-8")
    try:
        call_command("load_terms", str(file), stdout=StringIO())
    except CommandError as refusal:
        raise AssertionError(str(refusal)) from refusal


def month(contract: str, good: int, all_: int, label: str = "2025-01") -> dict[str, object]:
    return {"contract": contract, "feed": "QA", "period": label, "numerator": good, "denominator": all_}


def figures(desk, side="client"):
    """The cells of the page of roll-ups, without what surrounds them."""
    text = desk.page("/roll-ups", side=side).replace("\xa0", " ")
    text = re.sub(r"(\d+) reported (\d+) service levels?", r"\1 \2", text)
    return text[text.index("no vendor sees them") :]


def test_numerators_and_denominators_of_all_contracts_are_added_up(desk):
    load(desk)
    desk.send(month("N-1", 90, 100), month("N-2", 950, 1900))

    desk.night("2025-02-10")

    assert "QUALITY Nordhavn January 2025 No target 52.0 % no target – 2 2" in figures(desk)


def test_what_was_not_reported_is_missing_and_is_said_to_be(desk):
    load(desk)
    desk.send(month("N-1", 90, 100))

    desk.night("2025-02-10")

    assert "QUALITY Nordhavn January 2025 Not reported 90.0 % no target – 1 2" in figures(desk)


def test_a_roll_up_is_the_clients_alone(desk):
    load(desk)
    desk.send(month("N-1", 90, 100), month("N-2", 950, 1900))
    desk.night("2025-02-10")

    assert desk.get("roll-ups")["results"] == []
    assert "52.0" not in figures(desk, side="vendor")


def test_the_file_has_the_sums(desk):
    load(desk)
    desk.send(month("N-1", 90, 100), month("N-2", 950, 1900))
    desk.night("2025-02-10")

    line = desk.page("/roll-ups?format=csv", raw=True).splitlines()[1]

    assert "1040" in line
    assert "2000" in line


def test_levels_that_are_measured_otherwise_are_not_added_up(desk):
    desk.load(FIRST)

    with pytest.raises(AssertionError, match="QUALITY adds up CHECKS of N-1 too, which is measured or dated otherwise"):
        load_second(desk, TERMS.format(code="TESTS", expected=95, more=", period: quarter"))


def api(desk, path=""):
    answer = desk.browser("client").get(f"/api/v1/roll-ups{path}")
    assert answer.status_code == 200, answer.content.decode()
    return answer.json()


def load_judged(desk):
    """A roll-up with a target, of which January is 1,040 of 2,000 and February lacks the second contract."""
    load(desk, SECOND + TARGET)
    desk.send(month("N-1", 90, 100), month("N-2", 950, 1900))
    desk.night("2025-02-10")
    desk.send(month("N-1", 95, 100, "2025-02"))
    desk.night("2025-03-10")


def test_a_target_judges_the_sum_of_all_contracts(desk):
    load_judged(desk)
    january, february = (row for row in api(desk)["results"][::-1] if row["period"] in ("2025-01", "2025-02"))

    assert (january["status"], january["is_final"], january["expected"]) == ("below_expected", True, "80")
    assert (february["status"], february["value"], february["missing"]) == ("not_reported", "95", ["TESTS of N-2"])
    assert "January 2025 Below expected 52.0 % ≥ 80.0 % ≥ 50.0 % 2 2" in figures(desk)


def test_a_page_explains_each_period(desk):
    load_judged(desk)
    ids = {row["period"]: row["id"] for row in api(desk)["results"]}

    january = desk.page(f"/roll-ups/{ids['2025-01']}").replace("\xa0", " ")
    february = desk.page(f"/roll-ups/{ids['2025-02']}")

    assert "1,040 ÷ 2,000 × 100" in january
    assert "opens no breach and carries no credit" in january
    assert "counted 950 1,900 50.0 % Breach" in january
    assert "1 of 2 service levels Missing TESTS of N-2:" in february
    desk.page(f"/roll-ups/{ids['2025-01']}", side="vendor", expect=404)


def test_the_page_of_a_period_leads_to_each_level_and_its_file_and_the_api_say_the_same(desk):
    load_judged(desk)
    id = api(desk)["results"][-1]["id"]
    page, file = (desk.page(f"/roll-ups/{id}{query}", raw=True) for query in ("", "?format=csv"))

    members = api(desk, f"/{id}")["members"]

    assert [(row["code"], row["numerator"], row["status"]) for row in members] == [
        ("CHECKS", "90", "met"),
        ("TESTS", "950", "breach"),
    ]
    assert all(f"/service-levels/{row['service_level']}/2025-01" in page for row in members)
    assert all(f"/service-levels/{row['service_level']}/2025-01" in file for row in members)


def test_a_roll_up_opens_no_breach(desk):
    load_judged(desk)
    assert {row["code"] for row in desk.get("breaches")["results"]} == {"TESTS"}


@pytest.mark.parametrize(
    ("query", "periods"),
    [
        ("status=not_reported&from_day=2025-02-01&to_day=2025-03-01", ["2025-02"]),
        ("is_final=true&code=QUALITY", ["2025-02", "2025-01"]),
        ("period=2025-01", ["2025-01"]),
        ("code=OTHER", []),
        ("client=CL-00000", []),
    ],
)
def test_a_filter_chooses_the_same_periods_for_page_file_and_api(desk, query, periods):
    load_judged(desk)
    page = desk.page(f"/roll-ups?{query}", raw=True)
    lines = desk.page(f"/roll-ups?{query}&format=csv", raw=True).splitlines()[1:]

    assert [row["period"] for row in api(desk, f"?{query}")["results"]] == periods
    assert [line.split(",")[2] for line in lines] == periods
    assert len(set(re.findall(r"/roll-ups/CL-[^\"?]+", page))) == len(periods)


def test_a_new_target_holds_from_its_day_on(desk):
    later = "  - {code: QUALITY, direction: higher, expected: 60, effective_on: 2025-02-01}\n"
    load(desk, SECOND + TARGET.replace("[{", "\n  - {").replace("}]", "}") + later)
    desk.send(*(month(contract, 70, 100, label) for contract in ("N-1", "N-2") for label in ("2025-01", "2025-02")))
    desk.night("2025-03-10")

    found = {row["period"]: row["status"] for row in api(desk)["results"]}

    assert (found["2025-01"], found["2025-02"]) == ("below_expected", "met")


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (TARGET.replace("80", "75"), r"The target of roll-up QUALITY is known otherwise \(expected 80 → 75\)"),
        (TARGET.replace("higher", "lower").replace("minimum: 50", "effective_on: 2025-02-01"), "has the direction “h"),
        (TARGET.replace("50", "85").replace("QUALITY", "Q"), "The minimum 85 is better than the expected 80"),
        (TARGET.replace("QUALITY", "QUALTY"), "No service level of Nordhavn has the roll_up QUALTY"),
        ("\nroll_ups: [{code: QUALITY, direction: higher}]", "expected"),
    ],
)
def test_a_target_that_contradicts_what_is_known_is_refused(desk, target, sentence):
    desk.load(FIRST + TARGET)

    with pytest.raises(AssertionError, match=sentence):
        load_second(desk, SECOND + target)


def test_a_level_of_another_direction_does_not_join_a_roll_up_with_a_target(desk):
    desk.load(FIRST + TARGET)

    with pytest.raises(AssertionError, match="The roll-up QUALITY has a target of direction “higher”"):
        load_second(desk, SECOND.replace("higher", "lower"))


@pytest.mark.parametrize(
    ("rules", "display", "status", "text"),
    [
        ("", "79.96 %", "Breach", "values are compared unrounded, and equality meets"),
        ("rounding: {decimals: 1}", "80.0 %", "Met", "compared rounded half up to 1 decimals, and equality meets"),
        ("rounding: {decimals: 1, mode: down}", "79.9 %", "Breach", "compared rounded down to 1 decimals"),
        ("rounding: {decimals: 1}, equality_meets: false", "80.0 %", "Breach", "and equality does not meet"),
    ],
)
def test_a_target_says_how_its_sum_is_rounded_and_what_equality_means(desk, rules, display, status, text):
    target = f"\nroll_ups: [{{code: QUALITY, direction: higher, expected: 80, minimum: 80, rules: {{{rules}}}}}]\n"
    load(desk, SECOND + target)
    desk.send(month("N-1", 1999, 2500), month("N-2", 0, 0))
    desk.night("2025-02-10")

    assert f"{status} {display}" in figures(desk)
    address = re.search(r'href="(/roll-ups/[^"?]*2025-01)"', desk.page("/roll-ups", raw=True)).group(1)
    assert text in desk.page(address)


def test_a_target_has_no_other_rules(desk):
    target = "\nroll_ups: [{code: QUALITY, direction: higher, expected: 80, rules: {missing: deemed}}]\n"
    with pytest.raises(AssertionError, match="There is no “missing” here in roll_ups"):
        load(desk, SECOND + target)
