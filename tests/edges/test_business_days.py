"""Feeds that are due in business days owe nothing of days on which their calendar has no hours."""

DAILY = """
calendars:
  - name: Office
    owner: client
    zone: Europe/Berlin
    week: {monday: ["09:00-17:00"], tuesday: ["09:00-17:00"], wednesday: ["09:00-17:00"], thursday: ["09:00-17:00"]}
feeds: [{code: QA, name: Evaluations, kind: counts, schedule: daily, due: {length: 1, unit: business_days}}]
service_levels:
  - code: ACCURACY
    name: Evaluations without error
    feed: QA
    terms:
      metric: X-ACC
      measure: {aggregation: ratio, of: numerator}
      period: day
      direction: higher
      expected: 95
      minimum: 90
      rules: {missing: deemed}
"""


def day(name: str) -> dict[str, object]:
    return {"feed": "QA", "date": name, "numerator": 96, "denominator": 100}


def test_days_without_hours_are_not_due(desk):
    desk.load(DAILY, more="calendar: Office")
    desk.at("2025-03-19")

    owed = {report["period"] for report in desk.get("due")["results"]}

    assert "2025-03-13" in owed  # a Thursday
    assert not {"2025-03-14", "2025-03-15", "2025-03-16"} & owed


def test_days_without_hours_are_no_breaches(desk):
    desk.load(DAILY, starts_on="2025-03-10", more="calendar: Office")
    desk.at("2025-03-17", 8)
    desk.send(*(day(f"2025-03-{number}") for number in (10, 11, 12, 13)))

    desk.night("2025-03-24")

    breaches = [label for label, verdict in desk.verdicts("ACCURACY").items() if verdict["status"] == "breach"]
    assert breaches == ["2025-03-19", "2025-03-18", "2025-03-17"]
