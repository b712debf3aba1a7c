"""Volumes far from their weekday's before, and days that are only partly there: warnings, and questions of files."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.models.service_levels import Feed
from intake.files.importing import set_reading
from intake.files.part_days import part_day_question
from intake.models.imports import Import
from intake.tests.readings import DAILY, read
from intake.unlikely_volumes import is_skipped
from metrics.models.results import Batch, CountResult
from tests.builders import NOW
from tests.support.api_clients import Door

MONDAY = date(2025, 9, 1)
HALF_HOURS = [f"{hour:02}:{minute}" for hour in range(8, 18) for minute in ("00", "30")]


def mondays(*volumes, split=""):
    """Rows of as many Mondays as there are volumes."""
    return [
        {"feed": "DAYS", "date": f"{MONDAY + timedelta(weeks=at)}", "numerator": 9, "denominator": volume}
        | ({"split": split} if split else {})
        for at, volume in enumerate(volumes)
    ]


def details(receipt, code):
    return [warning["detail"] for warning in receipt.json()["warnings"] if warning["code"] == code]


def halves(days, *, without=()):
    """An export of half hours with 20 contacts each; `without` are pairs of a day and a time."""
    lines = [f"{day}T{clock}:00+02:00,15,20" for day in days for clock in HALF_HOURS if (day, clock) not in without]
    return "\n".join(["date,numerator,denominator", *lines, ""])


def added_up(content):
    return read(content, DAILY, {"add_up": "yes"})


def working_week(start=MONDAY):
    return [start + timedelta(days=at) for at in range(5)]


@pytest.fixture
def reporter(door: Door) -> Client:
    client = Client()
    client.force_login(door.cast.people["brightline-reporter"])
    return client


def upload(browser, content, code):
    """The file on its page, for one feed."""
    feed = Feed.objects.get(code=code, contract__reference="A-1")
    file = SimpleUploadedFile("calls.csv", content.encode())
    answer = browser.post("/imports/new", {"file": file, "feed": f"{feed.contract.public_id}.{code}"})
    return Import.objects.get(public_id=answer["Location"].rsplit("/", 1)[1])


def questions(browser, imported):
    preview = browser.get(f"/imports/{imported.public_id}").context["shown"].preview
    return [(question.code, question.detail) for question in preview.questions]


def test_a_day_far_from_its_weekday_before_is_named_with_the_usual_volume(door: Door) -> None:
    door.post(mondays(400, 410, 390, 400))

    receipt = door.post(mondays(0, 0, 0, 0, 120)[4:])

    (detail,) = details(receipt, "unusual_volume")
    assert detail.endswith("had on the same weekday: 120 on Mon 29 Sep 2025, usually about 400.")


def test_days_of_one_batch_are_history_of_each_other(door: Door) -> None:
    receipt = door.post(mondays(400, 410, 390, 400, 120))

    assert [warning["rows"] for warning in receipt.json()["warnings"]] == [[5]]


def test_each_split_is_compared_with_its_own(door: Door) -> None:
    door.post(mondays(400, 410, 390, 400, split="North"))
    door.post(mondays(50, 60, 50, 60, split="South"))

    assert details(door.post(mondays(0, 0, 0, 0, 55, split="South")[4:]), "unusual_volume") == []


def test_three_weeks_are_too_little_history(door: Door) -> None:
    assert details(door.post(mondays(400, 410, 390, 120)), "unusual_volume") == []


def test_a_week_is_compared_with_the_weeks_before(door: Door) -> None:
    weeks = [
        {"feed": "WEEKS", "period": f"2025-W{week}", "numerator": 9, "denominator": volume}
        for week, volume in zip(range(30, 35), [400, 410, 390, 400, 2000], strict=True)
    ]

    assert "2,000 on Mon 18 Aug 2025" in details(door.post(weeks), "unusual_volume")[0]


def test_the_history_of_nine_weeks_is_read_in_as_many_queries_as_that_of_one(door: Door) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        door.post(mondays(400))
    with CaptureQueriesContext(connection) as many:
        door.post(mondays(*[400] * 10)[1:])

    assert len(many) <= len(few)


def test_contacts_that_come_one_by_one_have_no_volume_of_a_day(door: Door) -> None:
    call = {"feed": "VOICE", "outcome": "answered", "wait_seconds": "10"}
    earlier = [MONDAY + timedelta(weeks=at) for at in range(4)]
    calls = [
        call | {"external_id": f"{day}-{at}", "occurred_at": f"{day}T10:00:00Z"} for day in earlier for at in range(40)
    ]
    door.post(calls)

    assert (
        details(door.post(call | {"external_id": "x", "occurred_at": "2025-09-29T10:00:00Z"}), "unusual_volume") == []
    )


def calls_of(days, hours=range(8, 18)):
    rows = [
        f"{day}-{hour}-{at},{day}T{hour:02}:{at:02}:00Z,answered,10"
        for day in days
        for hour in hours
        for at in range(20)
    ]
    return "\n".join(["external_id,occurred_at,outcome,wait_seconds", *rows, ""])


def test_a_file_of_calls_that_ends_in_the_middle_of_a_day_is_asked_about(reporter) -> None:
    days = [MONDAY + timedelta(weeks=at) for at in range(3)]
    content = calls_of(days) + calls_of([MONDAY + timedelta(weeks=3)], range(8, 12)).partition("\n")[2]

    assert questions(reporter, upload(reporter, content, "VOICE")) == [
        ("part_day", "VOICE: Mon 22 Sep 2025 has nothing from 14:00 to 20:00.")
    ]


def test_a_whole_file_of_calls_is_asked_nothing(reporter) -> None:
    assert questions(reporter, upload(reporter, calls_of(working_week()), "VOICE")) == []


def test_a_file_of_calls_is_compared_with_its_weekday_before(reporter, door: Door) -> None:
    earlier = [MONDAY + timedelta(weeks=at) for at in range(4)]
    door.post(
        calls_of(earlier).replace("external_id,", "feed,external_id,", 1).replace("\n2025", "\nVOICE,2025"),
        type_="text/csv",
    )

    imported = upload(reporter, calls_of([MONDAY + timedelta(weeks=4)], range(8, 10)), "VOICE")

    assert questions(reporter, imported) == [
        (
            "unusual_volume",
            "VOICE is far from what it had on the same weekday: 40 on Mon 29 Sep 2025, usually about 200.",
        )
    ]


def test_half_hours_that_are_missing_inside_a_day_are_asked_about_and_answered_once(reporter) -> None:
    wednesday = MONDAY + timedelta(days=2)
    content = halves(working_week(), without={(wednesday, "10:00"), (wednesday, "10:30")})
    imported = upload(reporter, content, "DAYS")
    set_reading(imported=imported, reading=added_up(content).proposal.reading, now=NOW)
    asked = questions(reporter, imported)

    reporter.post(f"/imports/{imported.public_id}/decide", {"act": "confirm"})
    stored = CountResult.objects.count()
    reporter.post(f"/imports/{imported.public_id}/decide", {"act": "confirm", "confirm": "part_day"})

    assert asked == [("part_day", "DAYS: Wed 3 Sep 2025 has nothing from 10:00 to 11:00.")]
    assert (stored, CountResult.objects.count()) == (0, 5)
    assert [each["detail"] for each in Batch.objects.get().warnings] == [asked[0][1]]


def test_a_friday_that_ends_early_is_not_asked_about_without_history() -> None:
    friday = MONDAY + timedelta(days=4)
    content = halves(working_week(), without={(friday, clock) for clock in HALF_HOURS if clock >= "14:00"})

    assert part_day_question(None, added_up(content).application.hours) == []


def test_a_gap_in_the_only_day_is_asked_about_where_its_weekday_had_more(door: Door) -> None:
    monday = MONDAY + timedelta(weeks=4)
    hours = added_up(halves([monday], without={(monday, clock) for clock in HALF_HOURS[4:9]})).application.hours
    feed = door.feeds["DAYS"]
    before = part_day_question(feed, hours)

    door.post(mondays(400, 400, 400, 400))

    assert (before, [each.detail for each in part_day_question(feed, hours)]) == (
        [], ["DAYS: Mon 29 Sep 2025 has nothing from 10:00 to 12:30."]
    )  # fmt: skip


def test_the_times_of_another_zone_are_hours_of_the_contracts() -> None:
    content = halves([MONDAY]).replace("+02:00", "Z")

    assert min(added_up(content).application.hours.days[MONDAY]) == 10 * 60


def test_the_hour_that_the_clock_skips_is_not_missing() -> None:
    zone = added_up(halves([MONDAY])).application.target.zone

    assert [is_skipped(date(2025, 3, 30), minute, zone) for minute in (90, 120, 150, 180)] == [False, True, True, False]
