"""Periods of which contract or feed cover only a part: what lies outside is not counted."""

UPTIME = """
feeds: [{code: PORTAL, name: Portal, kind: downtime}]
service_levels:
  - code: UP
    name: Portal is up
    feed: PORTAL
    terms:
      metric: X-UP
      measure: {aggregation: availability, of: service}
      direction: higher
      expected: 99
      minimum: 98
      decimals: 2
"""


def outage(name: str, start: str, end: str) -> dict[str, str]:
    return {"feed": "PORTAL", "external_id": name, "started_at": start, "ended_at": end}


def test_availability_of_the_last_part_month_counts_minutes_of_the_contract_alone(desk):
    desk.load(UPTIME, starts_on="2025-06-10", more="ends_on: 2025-08-16")
    desk.at("2025-08-20", 10)
    desk.send(outage("o-1", "2025-08-15T00:00:00+02:00", "2025-08-20T00:00:00+02:00"))

    desk.night("2025-08-25")

    verdict = desk.verdict("UP", "2025-08")
    assert (float(verdict["numerator"]), float(verdict["denominator"])) == (14 * 1440, 15 * 1440)


def test_availability_of_the_first_part_month_counts_minutes_of_the_contract_alone(desk):
    desk.load(UPTIME, starts_on="2025-06-10")
    desk.at("2025-06-20", 10)
    desk.send(outage("o-1", "2025-06-12T00:00:00+02:00", "2025-06-13T00:00:00+02:00"))

    desk.night("2025-07-10")

    verdict = desk.verdict("UP", "2025-06")
    assert (float(verdict["numerator"]), float(verdict["denominator"])) == (28_800, 30_240)


def test_no_month_after_the_end_is_said_to_be_available(desk):
    desk.load(UPTIME, more="ends_on: 2025-03-01")
    desk.at("2025-05-20", 10)
    desk.send(outage("o-1", "2025-02-12T00:00:00+01:00", "2025-02-12T01:00:00+01:00"))

    desk.night("2025-05-21")

    assert "2025-02" in desk.verdicts("UP")
    assert not {"2025-03", "2025-04", "2025-05"} & set(desk.verdicts("UP"))


def test_a_contract_year_closes_with_the_contract(desk):
    desk.load(
        """
feeds: [{code: LOST, name: Files lost, kind: counts, schedule: monthly}]
service_levels:
  - code: LOSSES
    name: Files lost in a year
    feed: LOST
    terms:
      metric: X-LOST
      measure: {aggregation: sum, of: numerator}
      period: contract_year
      anchor: 2024-08-01
      direction: lower
      expected: 3
""",
        starts_on="2024-08-01",
        more="ends_on: 2025-02-01",
    )
    desk.at("2025-02-02")
    desk.send(
        *({"feed": "LOST", "period": label, "numerator": 0} for label in ("2024-08", "2024-09", "2024-10", "2024-11")),
        {"feed": "LOST", "period": "2024-12", "numerator": 1},
        {"feed": "LOST", "period": "2025-01", "numerator": 2},
    )

    desk.night("2025-02-20")

    (verdict,) = desk.verdicts("LOSSES").values()
    assert (verdict["status"], verdict["is_final"]) == ("met", True)
