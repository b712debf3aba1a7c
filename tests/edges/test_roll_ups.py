"""One figure of a client over several contracts."""

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
    text = desk.page("/roll-ups", side=side)
    return text[text.index("no vendor sees them") :]


def test_numerators_and_denominators_of_all_contracts_are_added_up(desk):
    load(desk)
    desk.send(month("N-1", 90, 100), month("N-2", 950, 1900))

    desk.night("2025-02-10")

    assert "QUALITY Nordhavn 2025-01 52.0 % 2 2 yes" in figures(desk).replace("\xa0", " ")


def test_what_was_not_reported_is_missing_and_is_said_to_be(desk):
    load(desk)
    desk.send(month("N-1", 90, 100))

    desk.night("2025-02-10")

    assert "QUALITY Nordhavn 2025-01 90.0 % 1 2 yes" in figures(desk).replace("\xa0", " ")


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
