"""What an open period can still bear, at the pace of the days that are reported."""

HOURS = ", ".join(f'{day}: ["09:00-17:00"]' for day in ("monday", "tuesday", "wednesday", "thursday", "friday"))
DAILY = """
calendars: [{name: Office, zone: Europe/Berlin, owner: client, week: {HOURS}}]
feeds: [{code: QA, name: Evaluations, kind: counts, schedule: daily}]
service_levels:
  - code: ACCURACY
    name: Evaluations without error
    feed: QA
    terms:
      metric: X-ACC
      measure: {aggregation: %s, of: numerator}
      direction: %s
      expected: %s
""".replace("HOURS", HOURS)
OUTAGES = """
feeds: [{code: PORTAL, name: Portal, kind: downtime}]
service_levels:
  - code: UP
    name: Portal
    feed: PORTAL
    terms:
      metric: X-UP
      measure: {aggregation: %s}
"""


def day(number: int, good: int, all_: int, month: str = "2025-05") -> dict[str, object]:
    return {"feed": "QA", "date": f"{month}-{number:02d}", "numerator": good, "denominator": all_}


def outage(name: str, start: str, end: str) -> dict[str, str]:
    return {"feed": "PORTAL", "external_id": name, "started_at": f"{start}:00+02:00", "ended_at": f"{end}:00+02:00"}


def left(desk, code: str) -> str:
    """What the page of the service level says after "Misses left"."""
    page = desk.page(f"/service-levels/{desk.level(code)}")
    return page.partition("Misses left: ")[2].partition(",")[0].strip()


def test_an_office_that_has_reported_its_last_business_day_has_no_volume_to_come(desk):
    desk.load(DAILY % ("ratio", "higher", 90), more="calendar: Office")
    desk.at("2025-05-31")
    # 22 business days of 45, of which 891 of 990 are good.
    desk.send(*(day(number, 41 if number % 2 else 40, 45) for number in range(1, 31) if (number + 3) % 7 not in (6, 0)))
    desk.night("2025-05-31")

    assert left(desk, "ACCURACY") == "0 of 99"


def test_days_that_are_not_reported_yet_are_still_to_come(desk):
    desk.load(DAILY % ("ratio", "higher", 90))
    desk.at("2025-06-21")
    desk.send(*(day(number, 89, 100, "2025-06") for number in range(1, 11)))
    desk.night("2025-06-21")

    assert left(desk, "ACCURACY") == "190 of 300"


def test_the_pace_and_its_basis_stand_in_the_working(desk):
    desk.load(DAILY % ("ratio", "higher", 90))
    desk.at("2025-06-13")
    desk.send(*(day(number, 89, 100, "2025-06") for number in range(1, 13)))
    desk.night("2025-06-13")

    page = desk.page(f"/service-levels/{desk.level('ACCURACY')}/2025-06")

    assert "12 of 30 days, until Thu 12 Jun 2025; at this pace 3,000 in all" in page


def test_a_mean_says_what_the_rest_must_reach(desk):
    desk.load(DAILY % ("mean", "lower", 5))
    desk.at("2025-06-16")
    desk.send(*(day(number, 600, 100, "2025-06") for number in range(1, 16)))
    desk.night("2025-06-16")

    assert left(desk, "ACCURACY") == "the rest ≤ 4.0"


def test_a_sum_says_how_much_it_may_still_grow(desk):
    desk.load(DAILY % ("sum", "lower", 40))
    desk.at("2025-06-16")
    desk.send(*(day(number, 2, 10, "2025-06") for number in range(1, 16)))
    desk.night("2025-06-16")

    assert left(desk, "ACCURACY") == "10 of 40"


def test_availability_that_no_uptime_can_bring_back_is_already_lost(desk):
    desk.load(OUTAGES % "availability, of: service" + "      direction: higher\n      expected: 99\n")
    desk.at("2025-06-05")
    # 432 of the 43,200 minutes of June may be down.
    desk.send(outage("o-1", "2025-06-02T08:00", "2025-06-02T16:00"))
    desk.night("2025-06-05")

    assert desk.verdict("UP", "2025-06")["status"] == "already_lost"


def test_availability_has_the_minutes_left_of_the_whole_period(desk):
    desk.load(OUTAGES % "availability, of: service" + "      direction: higher\n      expected: 99\n")
    desk.at("2025-06-05")
    desk.send(outage("o-1", "2025-06-02T08:00", "2025-06-02T12:00"))
    desk.night("2025-06-05")

    assert left(desk, "UP") == "192 of 432 min"


def test_a_contract_year_is_drawn_to_the_end_of_the_contract(desk):
    terms = "      period: contract_year\n      anchor: 2024-08-01\n      direction: lower\n      expected: 6\n"
    desk.load(OUTAGES % "count, of: outages" + terms, starts_on="2024-08-01", more="ends_on: 2025-02-01")
    desk.at("2025-01-12")
    days = ("2024-08-20", "2024-09-11", "2024-10-09", "2024-11-20", "2024-12-02")
    desk.send(*(outage(f"o-{day}", f"{day}T08:00", f"{day}T09:00") for day in days))
    desk.night("2025-01-13")

    (verdict,) = desk.verdicts("UP").values()
    assert verdict["status"] == "on_track"
