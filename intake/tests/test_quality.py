"""Who has not reported: feeds by span, refusals, delays, silent keys, reminders."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from bpo.models import AuditEntry
from contracts.models.service_levels import Feed
from intake.models.delays import AnnouncedDelay
from reports.models import Message
from tests.builders import NOW
from vendors.keys import issue_key


@pytest.fixture
def started(cast):
    """Feeds that are owed from October on, so that one report of each is due or late."""
    Feed.objects.update(starts_on=date(2025, 10, 1))
    return cast


def send(client: Client, **row: str):
    body = {"feed": "QUALITY", "period": "2025-10", "numerator": "95", "denominator": "100"} | row
    return client.post("/api/v1/results", body, content_type="application/json")


def cells(page, code: str = "A-1") -> dict[str, str]:
    rows = [row for grid in page.context["shown"].grids for row in grid.rows if row.feed.contract.reference == code]
    return {cell.report.span.label: cell.kind for cell in rows[0].cells if cell}


def test_a_report_that_nobody_sent_is_late_after_its_due_day(signed_in, started):
    page = signed_in("acme-manager").get("/data")

    assert cells(page) == {"2025-10": "late", "2025-11": "running"}
    assert (page.context["shown"].late, page.context["shown"].late_vendors) == (2, 2)
    assert page.context["shown"].oldest_days == 2


def test_until_its_due_day_it_is_due(signed_in, started):
    Feed.objects.update(due_length=10)

    assert cells(signed_in("acme-manager").get("/data"))["2025-10"] == "due"


def test_business_days_count_by_the_contracts_calendar(signed_in, started):
    Feed.objects.update(due_length=3, due_unit=Feed.DueUnit.BUSINESS_DAYS)

    assert cells(signed_in("acme-manager").get("/data"))["2025-10"] == "due"


def test_an_accepted_report_is_reported_and_one_after_its_day_late(signed_in, started):
    vendor = signed_in("brightline-reporter")
    send(vendor)
    late = cells(vendor.get("/data"))
    Feed.objects.update(due_length=10)

    assert late["2025-10"] == "reported_late"
    assert cells(vendor.get("/data"))["2025-10"] == "reported"


def test_a_correction_does_not_make_a_punctual_report_late(signed_in, started):
    vendor = signed_in("brightline-reporter")
    with time_machine.travel(NOW - timedelta(days=3), tick=False):
        send(vendor)
    send(vendor, numerator="94", reason="recounted")

    assert cells(vendor.get("/data"))["2025-10"] == "reported"


def test_what_was_tried_and_refused_is_told_from_silence(signed_in, started):
    vendor = signed_in("brightline-reporter")
    send(vendor, numerator="101")

    table = vendor.get("/data").context["table"]

    assert cells(vendor.get("/data"))["2025-10"] == "rejected"
    assert table.rows[0].refusal.detail == "Numerator 101 is larger than denominator 100."
    assert cells(signed_in("acme-manager").get("/data"), "A-2")["2025-10"] == "late"


def test_an_announced_delay_is_shown_and_moves_no_deadline(signed_in, started):
    vendor = signed_in("brightline-manager")
    address = f"/data/{started.contracts['A-1'].public_id}.QUALITY.2025-10/delay"

    vendor.post(address, {"until": "2025-11-07", "reason": "payroll system down"})

    page = signed_in("acme-manager").get("/data")
    assert AnnouncedDelay.objects.get().until == date(2025, 11, 7)
    assert cells(page)["2025-10"] == "delayed"
    assert page.context["shown"].late == 2
    assert "payroll system down" in page.content.decode()


@pytest.mark.parametrize("until", ["2025-11-04", "2026-03-01", "soon"])
def test_a_delay_into_the_past_or_for_ever_is_refused(signed_in, started, until):
    address = f"/data/{started.contracts['A-1'].public_id}.QUALITY.2025-10/delay"

    page = signed_in("brightline-manager").post(address, {"until": until, "reason": "r"})

    assert page.status_code == 422
    assert not AnnouncedDelay.objects.exists()


def test_a_rival_announces_nothing(signed_in, started):
    address = f"/data/{started.contracts['A-1'].public_id}.QUALITY.2025-10/delay"

    assert signed_in("cobalt-manager").post(address, {"until": "2025-11-07", "reason": "r"}).status_code == 404


def test_reminding_queues_one_mail_a_person_and_day(signed_in, started):
    client = signed_in("acme-manager")

    client.post("/data/remind")
    client.post("/data/remind")

    people = sorted(Message.objects.values_list("recipient__email", flat=True))
    assert people == sorted(
        f"{vendor}-{role}@example.com" for vendor in ("brightline", "cobalt") for role in ("manager", "reporter")
    )
    assert AuditEntry.objects.filter(action="remind_vendor").count() == 2


def test_a_reminder_keeps_the_id_of_the_request_that_queued_it(signed_in, started):
    signed_in("acme-manager").post("/data/remind", headers={"X-Request-Id": "proxy-4711-ab"})

    assert {*Message.objects.values_list("request_id", flat=True)} == {"proxy-4711-ab"}


def test_a_reminder_names_the_reports_of_its_reader_alone(signed_in, started):
    signed_in("acme-manager").post("/data/remind")

    message = Message.objects.get(recipient=started.people["brightline-manager"])
    assert message.subject == "1 report is late for Acme"
    assert ("A-1" in message.text, "A-2" in message.text) == (True, False)
    assert "A-1" in message.html


@pytest.mark.parametrize("name", ["brightline-manager", "acme-viewer"])
def test_only_managers_of_the_client_remind(signed_in, started, name):
    assert signed_in(name).post("/data/remind").status_code == 403
    assert not Message.objects.exists()


def test_a_key_that_wrote_daily_and_stopped_is_silent(signed_in, started):
    feed = started.feed(started.contracts["A-1"], "DAILY", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    started.level(feed, "DAILY_SHARE")
    key, text = issue_key(
        vendor=started.vendors["Brightline"], name="n", scopes=["results:write"], actor=None, expires_at=None,
        now=NOW - timedelta(days=30),
    )  # fmt: skip
    for days in range(14, 7, -1):
        with time_machine.travel(NOW - timedelta(days=days), tick=False):
            row = {
                "feed": "DAILY",
                "date": str((NOW - timedelta(days=days + 1)).date()),
                "numerator": 1,
                "denominator": 1,
            }
            answer = Client().post(
                "/api/v1/results", row, content_type="application/json", headers={"Authorization": f"Bearer {text}"}
            )
            assert answer.status_code == 201

    silent = signed_in("brightline-manager").get("/data").context["shown"].silent

    assert [(one.key, one.rhythm, one.last_on) for one in silent] == [(key, "normally daily", date(2025, 10, 28))]
    assert signed_in("acme-manager").get("/data").context["shown"].silent == []


def test_the_page_asks_no_more_for_more_feeds(signed_in, started, django_assert_max_num_queries):
    client = signed_in("acme-manager")
    for number in range(30):
        kind = list(Feed.Kind)[number % 5]
        started.feed(started.contracts["A-1"], f"F{number}", kind, schedule=Feed.Schedule.EVENT)

    with django_assert_max_num_queries(48):
        client.get("/data")
