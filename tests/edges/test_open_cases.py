"""Cases that are open when their period ends: it closes when it is decided whether each was in time."""

import pytest

TICKETS = """
feeds: [{{code: HIRES, name: Hires, kind: cases}}]
service_levels:
  - code: IN_TIME
    name: Hires within ten days
    feed: HIRES
    terms:
      metric: X-HIRE
      measure: {{aggregation: share_within, of: resolved_within, threshold_seconds: 864000{more}}}
      direction: higher
      expected: 90
      minimum: 80
"""


def case(name: str, opened: str, resolved: str | None = None, **more: object) -> dict[str, object]:
    return {"feed": "HIRES", "external_id": name, "opened_at": opened, "resolved_at": resolved, **more}


EARLY = case("h-1", "2025-06-02T09:00:00+02:00", "2025-06-05T09:00:00+02:00")
OPEN = case("h-2", "2025-06-30T09:00:00+02:00")


@pytest.mark.parametrize("more", ["", ", clock: business", ", pause_reasons: client"])
def test_a_period_does_not_close_while_an_open_case_may_be_in_time(desk, more):
    desk.load(TICKETS.format(more=more))
    desk.at("2025-07-02")
    desk.send(EARLY, OPEN)

    desk.night("2025-07-08")

    assert desk.verdict("IN_TIME", "2025-06")["is_final"] is False


def test_a_case_that_is_late_after_the_end_counts_in_its_period(desk):
    desk.load(TICKETS.format(more=""))
    desk.at("2025-07-02")
    desk.send(EARLY, OPEN)
    desk.night("2025-07-08")
    desk.at("2025-07-18")
    desk.send(OPEN | {"resolved_at": "2025-07-18T08:00:00+02:00", "reason": "hired"})

    desk.night("2025-07-20")

    verdict = desk.verdict("IN_TIME", "2025-06")
    assert (verdict["numerator"], verdict["denominator"], verdict["is_final"]) == ("1", "2", True)


def test_a_case_that_stays_open_is_a_miss_once_its_time_has_run_out(desk):
    desk.load(TICKETS.format(more=""))
    desk.at("2025-07-02")
    desk.send(EARLY, OPEN)
    desk.night("2025-07-08")

    desk.night("2025-07-12")

    verdict = desk.verdict("IN_TIME", "2025-06")
    assert (verdict["denominator"], verdict["status"], verdict["is_final"]) == ("2", "breach", True)


def test_terms_may_count_every_open_case_as_a_miss(desk):
    desk.load(TICKETS.format(more=", unfinished: miss_when_open"))
    desk.at("2025-07-02")
    desk.send(EARLY, OPEN)

    desk.night("2025-07-08")

    verdict = desk.verdict("IN_TIME", "2025-06")
    assert (verdict["numerator"], verdict["denominator"], verdict["is_final"]) == ("1", "2", True)


BACKLOG = """
feeds: [{code: HIRES, name: Hires, kind: cases}]
service_levels:
  - code: BACKLOG
    name: Hires that wait
    feed: HIRES
    terms:
      metric: X-BACKLOG
      measure: {aggregation: count, of: backlog}
      direction: lower
      expected: 5
"""


def test_a_backlog_has_no_figure_in_a_month_that_has_not_begun(desk):
    desk.load(BACKLOG)
    desk.at("2025-06-30", 12)
    desk.send(OPEN | {"due_at": "2025-08-11T09:00:00+02:00"})

    desk.night("2025-07-02")

    found = desk.verdicts("BACKLOG")
    assert (found["2025-06"]["numerator"], found["2025-07"]["numerator"]) == ("1", "1")
    assert "2025-08" not in found


def test_a_case_that_had_ended_long_before_is_late_for_the_backlogs_that_counted_it(desk):
    desk.load(BACKLOG)
    opened = case("h-9", "2025-03-10T09:00:00+01:00")
    desk.at("2025-05-31")
    desk.send(opened)
    desk.night("2025-06-01")
    desk.at("2025-06-20")

    receipt = desk.send(opened | {"resolved_at": "2025-03-20T09:00:00+01:00", "reason": "forgotten"})

    assert receipt["rows"]["late"] == 1
    assert [row["starts_on"] for row in late(desk)] == ["2025-03-01", "2025-04-01"]


def test_a_correction_of_the_day_in_a_closed_period_is_late_for_it(desk):
    desk.load(TICKETS.format(more=""))
    desk.at("2025-07-02")
    desk.send(EARLY)
    desk.night("2025-07-20")

    receipt = desk.send(EARLY | {"opened_at": "2025-06-03T09:00:00+02:00", "reason": "typing error"})

    assert receipt["rows"]["late"] == 1
    assert len(late(desk)) == 1


def late(desk):
    return sorted(desk.get("late-arrivals")["results"], key=lambda row: row["starts_on"])
