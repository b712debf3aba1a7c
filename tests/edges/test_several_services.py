"""The availability of several services in one level: as one service, or minute by minute of each."""

import pytest

TERMS = """
feeds: [{{code: UP, name: Outages, kind: downtime}}]
service_levels:
  - code: AVAILABLE
    name: Systems available
    feed: UP
    terms:
      metric: X-UP
      measure: {{aggregation: availability, of: service{more}}}
      direction: higher
      expected: 99
"""
JUNE = 30 * 24 * 60


def outage(name: str, service: str, begins: str, ends: str, **more: object) -> dict[str, object]:
    times = {"started_at": f"2025-06-{begins}:00+02:00", "ended_at": f"2025-06-{ends}:00+02:00"}
    return {"feed": "UP", "external_id": name, "service": service, **times, **more}


OUTAGES = [
    outage("a", "Mail", "10T08:00", "10T12:00"),
    outage("b", "Payroll", "10T10:00", "10T14:00"),
    outage("c", "Website", "20T08:00", "20T09:00"),
]


@pytest.mark.parametrize(
    ("more", "down", "whole"),
    [
        (', services: "Mail, Payroll"', 480, 2 * JUNE),
        (', services: "Mail, Payroll, Website, Intranet"', 540, 4 * JUNE),
        (", services: Intranet", 0, JUNE),
    ],
)
def test_minutes_of_named_services_are_added_up(desk, more, down, whole):
    desk.load(TERMS.format(more=more))
    desk.at("2025-07-01")
    desk.send(*OUTAGES)

    desk.night("2025-07-08")

    verdict = desk.verdict("AVAILABLE", "2025-06")
    assert (verdict["numerator"], verdict["denominator"]) == (str(whole - down), str(whole))


def test_planned_downtime_leaves_the_minutes_of_its_own_service(desk):
    desk.load(TERMS.format(more=', services: "Mail, Payroll"'))
    desk.at("2025-07-01")
    desk.send(OUTAGES[0], outage("d", "Payroll", "10T08:00", "10T10:00", planned=True))

    desk.night("2025-07-08")

    verdict = desk.verdict("AVAILABLE", "2025-06")
    assert (verdict["numerator"], verdict["denominator"]) == (str(2 * JUNE - 120 - 240), str(2 * JUNE - 120))


def test_the_working_names_the_services(desk):
    desk.load(TERMS.format(more=', services: "Mail, Payroll"'))
    desk.at("2025-07-01")
    desk.send(*OUTAGES)
    desk.night("2025-07-08")

    lines = desk.get(f"verdicts/{desk.level('AVAILABLE')}/2025-06")["working"]["lines"]

    assert "the minutes of Mail, Payroll, added up" in lines[0]["text"]
