"""A contract that begins inside of a month or a week: that part is owed, taken, judged and marked."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from intake.due import due_reports
from metrics.models.results import CountResult
from metrics.models.verdicts import Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import run_night
from metrics.services.verifying import verify
from tests.support.api_clients import codes
from vendors.keys import issue_key
from vendors.models import ApiKey

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 4, 3, 9, tzinfo=UTC)
START = date(2025, 3, 19)


@pytest.fixture
def begun(cast) -> Contract:
    """A contract from Wednesday, the 19th of March on, with a monthly and a weekly feed."""
    contract = cast.contract(cast.clients["Acme"], cast.vendors["Brightline"], "A-9", starts_on=START)
    months = cast.feed(contract, "MONTHS", Feed.Kind.COUNTS, schedule=Feed.Schedule.MONTHLY)
    weeks = cast.feed(contract, "WEEKS", Feed.Kind.COUNTS, schedule=Feed.Schedule.WEEKLY)
    cast.level(months, "MONTHLY")
    cast.level(months, "QUARTERLY", period="quarter")
    cast.level(weeks, "WEEKLY", period="week")
    return contract


@pytest.fixture
def post(cast, begun):
    _key, secret = issue_key(vendor=begun.vendor, name="export", scopes=ApiKey.Scope.values, actor=None,
                             expires_at=None, now=NOW)  # fmt: skip

    def send(**row):
        row = {"contract": "A-9", "numerator": 96, "denominator": 100} | row
        return Client().post("/api/v1/results", row, "application/json", headers={"Authorization": f"Bearer {secret}"})

    return send


def verdict(cast, code, label):
    judge_all(now=NOW)
    return Verdict.objects.current().get(service_level=cast.levels[f"A-9/{code}"], period_label=label)


def owed(begun):
    reports = due_reports(Feed.objects.filter(contract=begun), now=NOW)
    return {report.span.label: str(report.state) for report in reports}


@pytest.mark.parametrize(("feed", "label"), [("MONTHS", "2025-03"), ("WEEKS", "2025-W12")])
def test_the_part_is_taken_and_dated_from_the_contracts_start(post, feed, label):
    assert post(feed=feed, period=label).status_code == 201
    assert CountResult.objects.get().starts_on == START


@pytest.mark.parametrize(("feed", "label"), [("MONTHS", "2025-02"), ("WEEKS", "2025-W11")])
def test_what_lies_wholly_before_the_contract_is_refused(post, feed, label):
    assert codes(post(feed=feed, period=label)) == ["outside_contract"]


def test_the_part_is_owed_until_it_is_reported(begun, post):
    assert (owed(begun)["2025-03"], owed(begun)["2025-W12"]) == ("due", "late")
    post(feed="MONTHS", period="2025-03")
    post(feed="WEEKS", period="2025-W12")

    assert (owed(begun)["2025-03"], owed(begun)["2025-W12"]) == ("reported_late", "reported_late")


def test_the_same_part_sent_again_is_unchanged(post):
    post(feed="MONTHS", period="2025-03")

    assert post(feed="MONTHS", period="2025-03").json()["rows"]["unchanged"] == 1


@pytest.mark.parametrize(("feed", "code", "label"), [("MONTHS", "MONTHLY", "2025-03"), ("WEEKS", "WEEKLY", "2025-W12")])
def test_the_verdict_counts_the_part_and_says_so(cast, post, feed, code, label):
    post(feed=feed, period=label)
    found = verdict(cast, code, label)

    assert (found.value, found.status) == (96, "not_in_force")
    assert found.working["facts"]["part"] == ["2025-03-19", None]
    assert "part of a period, from Wed 19 Mar 2025 on" in found.working["lines"][0]["text"]


def test_a_quarter_waits_for_the_part_of_its_first_month(cast, post):
    Feed.objects.filter(code="MONTHS").update(grace_days=0)
    run_night(zone="Europe/Berlin", local_date=date(2025, 5, 30), now=datetime(2025, 5, 30, 1, tzinfo=UTC))
    assert not verdict(cast, "QUARTERLY", "2025-Q1").working["facts"]["is_reported"]
    post(feed="MONTHS", period="2025-03", reason="forgotten")

    assert [str(found) for found in verify(Verdict.objects.all()).differences] == []


def test_the_last_part_is_marked_too(cast, post, begun):
    Contract.objects.filter(pk=begun.pk).update(ends_on=date(2025, 4, 2))
    post(feed="MONTHS", period="2025-04")
    found = verdict(cast, "MONTHLY", "2025-04")

    assert found.working["facts"]["part"] == [None, "2025-04-02"]
    assert "part of a period, until Tue 1 Apr 2025" in found.working["lines"][0]["text"]


def test_a_whole_period_is_no_part(cast, post):
    post(feed="MONTHS", period="2025-04")

    assert verdict(cast, "MONTHLY", "2025-04").working["facts"]["part"] == [None, None]


def test_the_page_marks_the_part(cast, post, client):
    post(feed="MONTHS", period="2025-03")
    found = verdict(cast, "MONTHLY", "2025-03")
    client.force_login(cast.people["acme-manager"])
    page = client.get(f"/service-levels/{found.service_level.public_id}/2025-03")

    assert "<strong>partial period</strong>" in page.content.decode()
