"""A contract that is loaded after the night of the day is judged and closed the same day."""

from io import StringIO

from django.core.management import call_command

from metrics.tasks import run_due_nights

MONTHLY = """
feeds: [{{code: {feed}, name: Evaluations, kind: counts, schedule: monthly}}]
service_levels:
  - code: {level}
    name: Evaluations without error
    feed: {feed}
    terms:
      metric: X-ACC
      measure: {{aggregation: ratio, of: numerator}}
      direction: higher
      expected: 95
      rules: {{missing: deemed}}
"""


def load_another(desk, reference: str) -> None:
    """Load a second contract of the same parties, with a feed and a level of its own."""
    text = (desk.folder / "terms.yaml").read_text(encoding="utf-8")
    file = desk.folder / "another.yaml"
    text = text.replace("reference: N-1", f"reference: {reference}")
    file.write_text(text.replace("code: QA", "code: QB").replace("feed: QA", "feed: QB").replace("FIRST", "SECOND"))
    call_command("load_terms", str(file), stdout=StringIO())


def begin(desk) -> None:
    desk.load(MONTHLY.format(feed="QA", level="FIRST"))
    desk.night("2025-03-20")
    desk.at("2025-03-20", 11)
    load_another(desk, "N-2")


def test_the_command_takes_in_what_was_loaded_after_the_night(desk):
    begin(desk)

    call_command("night", "Europe/Berlin", stdout=StringIO())

    found = {label: (row["status"], row["is_final"]) for label, row in desk.verdicts("SECOND").items()}
    assert found == {"2025-01": ("breach", True), "2025-02": ("breach", True)}


def test_the_night_goes_on_by_itself(desk):
    begin(desk)

    run_due_nights("Europe/Berlin")

    assert sorted(desk.verdicts("SECOND")) == ["2025-01", "2025-02"]


def test_a_load_that_began_before_the_night_and_ended_after_it_is_judged_the_same_day(desk):
    desk.load(MONTHLY.format(feed="QA", level="FIRST"))
    desk.night("2025-03-20")
    # The command read its clock before the night, and the night did not see what it had not written yet.
    desk.at("2025-03-20", 5)
    load_another(desk, "N-2")
    desk.at("2025-03-20", 7)

    call_command("night", "Europe/Berlin", stdout=StringIO())

    found = {label: row["is_final"] for label, row in desk.verdicts("SECOND").items()}
    assert found == {"2025-01": True, "2025-02": True}


def test_a_level_that_an_amendment_brings_is_judged_the_same_day(desk):
    desk.load(MONTHLY.format(feed="QA", level="FIRST"))
    desk.night("2025-03-20")
    desk.at("2025-03-20", 11)
    file = desk.folder / "more.yaml"
    text = (
        (desk.folder / "terms.yaml")
        .read_text(encoding="utf-8")
        .replace("effective_on: 2025-01-01", "effective_on: 2025-02-01")
    )
    file.write_text(text.replace("code: FIRST", "code: SECOND"), encoding="utf-8")
    call_command("load_terms", str(file), stdout=StringIO())

    call_command("night", "Europe/Berlin", stdout=StringIO())

    assert sorted(desk.verdicts("SECOND")) == ["2025-02"]


def test_what_the_night_had_closed_stays_as_it_was(desk):
    desk.load(MONTHLY.format(feed="QA", level="FIRST"))
    desk.night("2025-03-20")
    before = desk.verdicts("FIRST")
    desk.at("2025-03-20", 11)
    load_another(desk, "N-2")

    call_command("night", "Europe/Berlin", stdout=StringIO())

    assert desk.verdicts("FIRST") == before
    desk.levels.clear()
    assert desk.verdicts("SECOND")
