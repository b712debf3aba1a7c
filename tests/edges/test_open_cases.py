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
