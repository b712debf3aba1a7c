"""One level whose cases have targets of their own, by priority or group, with pauses and business hours."""

import pytest

TERMS = """
calendars:
  - name: Office
    zone: Europe/Berlin
    week: {{monday: [09:00-17:00], tuesday: [09:00-17:00], wednesday: [09:00-17:00], thursday: [09:00-17:00],
      friday: [09:00-17:00]}}
feeds: [{{code: DESK, name: Incidents, kind: cases}}]
service_levels:
  - code: IN_TIME
    name: Incidents resolved in time
    feed: DESK
    terms:
      metric: X-SOLVED
      measure:
        aggregation: share_within
        of: resolved_within
        pause_reasons: customer
        targets: {{priority: {{P1: {{hours: 4}}, P2: {{business_hours: 8}}, P3: {{business_days: 3}}}}}}{more}
      direction: higher
      expected: 90
      minimum: 60
"""


def case(name: str, priority: str | None, opened: str, resolved: str, *pauses: list[str]) -> dict[str, object]:
    return {
        "feed": "DESK",
        "external_id": name,
        "priority": priority,
        "opened_at": f"2025-06-{opened}:00+02:00",
        "resolved_at": f"2025-06-{resolved}:00+02:00",
        "pauses": [[f"2025-06-{begin}:00+02:00", f"2025-06-{end}:00+02:00", why] for begin, end, why in pauses],
    }


CASES = [
    case("a", "P1", "07T22:00", "08T01:59"),  # Saturday night
    case("b", "P1", "07T22:00", "08T02:01"),
    case("c", "P2", "06T15:00", "09T14:59"),  # over the weekend
    case("d", "P2", "06T15:00", "10T14:59", ["09T10:00", "10T10:00", "customer"]),
    case("e", "P2", "06T15:00", "10T14:59", ["09T10:00", "10T10:00", "supplier"]),
    case("f", "P3", "06T15:00", "11T16:59"),
    case("g", "P3", "06T15:00", "12T09:01"),
]


def load(desk, more=""):
    desk.load(TERMS.format(more=more), more="calendar: Office")
    desk.at("2025-06-20")


def numbers(verdict):
    return verdict["numerator"], verdict["denominator"]


def working(verdict, key):
    return next(line["text"] for line in verdict["working"]["lines"] if line["key"] == key)


def judged(desk):
    desk.night("2025-07-08")
    return desk.get(f"verdicts/{desk.level('IN_TIME')}/2025-06")


def test_each_case_is_held_to_the_target_of_its_priority(desk):
    load(desk)
    desk.send(*CASES)

    verdict = judged(desk)

    assert numbers(verdict) == ("4", "7")
    assert "P1 1 of 2, P2 2 of 3, P3 1 of 2" in working(verdict, "reported")


def test_cases_without_a_target_do_not_count_and_the_verdict_names_them(desk):
    load(desk)
    desk.send(*CASES, case("h", "P9", "10T10:00", "10T11:00"), case("i", None, "10T10:00", "10T11:00"))

    verdict = judged(desk)

    assert numbers(verdict) == ("4", "7")
    assert "2 rows have no target and do not count: without priority 1, P9 1" in working(verdict, "reported")


def test_the_terms_may_give_other_cases_a_default_target(desk):
    load(desk, "\n        without_target: default\n        threshold_seconds: 3600")
    desk.send(*CASES, case("h", "P9", "10T10:00", "10T11:00"), case("i", None, "10T10:00", "10T11:01"))

    verdict = judged(desk)

    assert numbers(verdict) == ("5", "9")
    assert "others 1 of 2" in working(verdict, "reported")


def test_the_terms_may_refuse_cases_without_a_target(desk):
    load(desk, "\n        without_target: refused")

    problem = desk.send(CASES[0], case("h", "P9", "10T10:00", "10T11:00"), expect=(422,))

    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [("#/1/priority", "no_target")]
    assert "IN_TIME has no target for this priority; it has one for P1, P2, P3." in problem["errors"][0]["detail"]


def test_an_open_case_without_a_target_does_not_keep_the_period_open(desk):
    load(desk)
    desk.send(CASES[0], case("h", "P9", "19T10:00", "19T11:00") | {"resolved_at": None})

    verdict = judged(desk)

    assert (numbers(verdict), verdict["is_final"]) == (("1", "1"), True)


def test_the_page_of_the_level_states_the_targets(desk):
    load(desk)

    text = desk.page(f"/service-levels/{desk.level('IN_TIME')}")

    assert "targets by priority: P1 4 hours, P2 8 business hours, P3 3 business days" in text


def test_targets_are_exported_as_they_were_loaded(desk):
    load(desk)
    loaded = desk.load(TERMS.format(more=""), more="calendar: Office")

    assert "Nothing" in loaded or "nothing" in loaded


@pytest.mark.parametrize(
    ("targets", "sentence"),
    [
        ("{queue: {A: {hours: 4}}}", "a table under one of priority, group"),
        ("{priority: {P1: {weeks: 1}}}", "is one length in seconds, minutes"),
        ("{priority: {P1: {hours: 0}}}", "a number above zero"),
    ],
)
def test_senseless_targets_are_refused_with_their_line(desk, targets, sentence):
    text = TERMS.format(more="").replace(
        "{priority: {P1: {hours: 4}, P2: {business_hours: 8}, P3: {business_days: 3}}}", targets
    )

    with pytest.raises(AssertionError, match=sentence):
        desk.load(text, more="calendar: Office")


NO_GROUP = """
feeds: [{code: DESK, name: Incidents, kind: cases}]
service_levels:
  - code: UNASSIGNED
    name: Incidents without a group
    feed: DESK
    terms:
      metric: X-SOLVED
      measure: {aggregation: count, of: cases}
      only: {group: [GROUPS]}
      direction: lower
      expected: 2
"""


@pytest.mark.parametrize(("groups", "count"), [('""', "2"), ('Payments, ""', "3")])
def test_a_level_can_read_rows_without_a_group(desk, groups, count):
    desk.load(NO_GROUP.replace("GROUPS", groups))
    desk.at("2025-06-20")
    for row, group in zip(CASES, ("Payments", "", None, "Cards"), strict=False):
        desk.send(row | {"group": group})

    desk.night("2025-07-08")

    assert desk.verdict("UNASSIGNED", "2025-06")["numerator"] == count


def test_the_page_says_that_rows_without_a_group_count(desk):
    desk.load(NO_GROUP.replace("GROUPS", 'Payments, ""'))

    assert "only group Payments or none" in desk.page(f"/service-levels/{desk.level('UNASSIGNED')}")


CALLS = """
feeds: [{code: VOICE, name: Calls, kind: contacts}]
service_levels:
  - code: ANSWERED
    name: Calls answered in time
    feed: VOICE
    terms:
      metric: X-ANSWERED
      measure:
        aggregation: share_within
        of: answered_in_time
        variant: strict
        targets: {queue: {Sales: {seconds: 20}, Support: {minutes: 1}}}
      direction: higher
      expected: 80
"""


def test_calls_are_held_to_the_target_of_their_queue(desk):
    desk.load(CALLS)
    desk.at("2025-06-20")
    for number, (queue, wait) in enumerate((("Sales", 19), ("Sales", 21), ("Support", 21), ("Chat", 1))):
        moment = f"2025-06-10T09:0{number}:00+02:00"
        call = {"outcome": "answered", "wait_seconds": wait, "handle_seconds": 60, "queue": queue}
        desk.send({"feed": "VOICE", "external_id": f"v-{number}", "occurred_at": moment, **call})

    desk.night("2025-07-08")

    verdict = desk.get(f"verdicts/{desk.level('ANSWERED')}/2025-06")
    assert numbers(verdict) == ("2", "3")
    assert "Sales 1 of 2, Support 1 of 1" in working(verdict, "reported")
    assert "1 row has no target and does not count: Chat 1" in working(verdict, "reported")


@pytest.mark.parametrize(("resolved", "numerator"), [("11T05:59", "1"), ("11T06:01", "0")])
def test_a_business_day_that_is_a_night_ends_in_the_morning(desk, resolved, numerator):
    days = ", ".join(f"{day}: [22:00-06:00]" for day in ("monday", "tuesday", "wednesday", "thursday", "friday"))
    nights = f"  - {{name: Nights, zone: Europe/Berlin, week: {{{days}}}}}"
    text = (
        TERMS.format(more="")
        .replace("calendars:", f"calendars:\n{nights}")
        .replace("business_days: 3", "business_days: 1")
    )
    desk.load(text, more="calendar: Nights")
    desk.at("2025-06-20")
    desk.send(case("n", "P3", "09T23:00", resolved))

    assert judged(desk)["numerator"] == numerator
