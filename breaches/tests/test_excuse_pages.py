"""Pages of excuses: asking from a period's page, the effect before the decision, and granting all or a part."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from breaches.forms import ExcuseForm
from breaches.services.excuses import ask_excuse
from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach, Excuse
from metrics.services.nights import run_night
from metrics.tests.closed import NOW, current
from metrics.tests.worlds import count, receive

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
# What closed in June still takes corrections on the November morning on which pages are opened.
LONG = {"restatement_days": 365}


def period(level, rest=""):
    return f"/service-levels/{level.public_id}/2025-03{rest}"


def text(page):
    return page.content.decode().replace("\u00a0", " ")


@pytest.fixture
def daily(cast):
    """March with one bad day of three, closed."""
    feed = cast.feed(cast.contracts["A-1"], "DAILY", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    found = cast.level(feed, "DAYS", rules=LONG)
    days = [count(date(2025, 3, 3), 95, 100), count(date(2025, 3, 4), 70, 100), count(date(2025, 3, 5), 97, 100)]
    receive(feed, days, at=NOW - timedelta(days=2))
    run_night(zone="Europe/Berlin", local_date=date(2025, 6, 19), now=NOW - timedelta(days=1))
    return found


def test_the_vendors_manager_asks_from_the_periods_page(signed_in, daily):
    client = signed_in("brightline-manager")
    assert f'href="{period(daily)}/excuse"' in text(client.get(period(daily)))
    body = {"first_day": "2025-03-04", "last_day": "2025-03-04", "reason": "Portal down.", "clause": "§9.2"}
    page = client.post(period(daily, "/excuse"), body)
    excuse = Excuse.objects.get()

    assert page["Location"] == f"/excuses/{excuse.public_id}"
    assert (excuse.starts_on, excuse.ends_on, excuse.clause) == (date(2025, 3, 4), date(2025, 3, 5), "§9.2")


@pytest.mark.parametrize(("first", "last"), [("2025-03-05", "2025-03-04"), ("2025-02-28", "2025-03-04"), ("", "x")])
def test_days_outside_of_the_period_are_refused(signed_in, daily, first, last):
    body = {"first_day": first, "last_day": last, "reason": "Portal down."}
    page = signed_in("brightline-manager").post(period(daily, "/excuse"), body)

    assert page.status_code == 422
    assert not Excuse.objects.exists()


@pytest.fixture
def excuse(cast, daily):
    return ask_excuse(
        service_level=daily, starts_on=date(2025, 3, 4), ends_on=date(2025, 3, 5), reason="Portal down.",
        asked_by=cast.people["brightline-manager"], now=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["acme-manager", "acme-viewer", "brightline-reporter"])
def test_an_excuse_shows_before_and_after_to_both_sides(signed_in, excuse, name):
    page = text(signed_in(name).get(f"/excuses/{excuse.public_id}"))

    assert "87.3 %" in page
    assert "<strong>96.0 %</strong>" in page
    assert ("Grant</button>" in page) is (name == "acme-manager")


def decide(client, excuse, **body):
    shown = client.get(f"/excuses/{excuse.public_id}").context["shown"].restatement
    return client.post(f"/excuses/{excuse.public_id}/decide", {"digest": shown.digest} | body)


def test_a_grant_restates_what_was_closed(signed_in, daily, excuse):
    decide(signed_in("acme-manager"), excuse, decision="grant", reason="Seen in the log.")

    assert (current(daily).status, current(daily).revision) == ("met", 2)
    assert Breach.objects.get().state == "withdrawn"
    assert "granted" in text(signed_in("brightline-manager").get(f"/excuses/{excuse.public_id}"))


def test_a_refusal_needs_a_reason(signed_in, excuse):
    page = decide(signed_in("acme-manager"), excuse, decision="refuse", reason="")

    assert page.status_code == 422
    excuse.refresh_from_db()
    assert excuse.decision == "asked"


def test_excuses_are_listed_for_their_parties(signed_in, excuse):
    assert excuse.public_id in text(signed_in("acme-viewer").get("/excuses"))
    assert excuse.public_id not in text(signed_in("cobalt-manager").get("/excuses"))


@pytest.fixture
def three_days(cast, daily):
    return ask_excuse(
        service_level=daily, starts_on=date(2025, 3, 3), ends_on=date(2025, 3, 6), reason="Portal down.",
        asked_by=cast.people["brightline-manager"], now=NOW,
    )  # fmt: skip


ONE_DAY = {"first_day": "2025-03-04", "last_day": "2025-03-04"}


def test_the_effect_of_a_part_is_shown_before_it_is_granted(signed_in, three_days):
    client = signed_in("acme-manager")
    part = text(client.get(f"/excuses/{three_days.public_id}", ONE_DAY))

    assert "What changes if only Tue 4 Mar 2025 is granted" in part
    assert "<strong>96.0 %</strong>" in part
    assert "<strong>96.0 %</strong>" not in text(client.get(f"/excuses/{three_days.public_id}"))


def test_a_part_is_granted_as_it_was_shown(signed_in, daily, three_days):
    client = signed_in("acme-manager")
    digest = client.get(f"/excuses/{three_days.public_id}", ONE_DAY).context["shown"].restatement.digest
    body = {"decision": "grant", "reason": "Only that day is in the log.", "digest": digest} | ONE_DAY
    client.post(f"/excuses/{three_days.public_id}/decide", body)

    assert current(daily).display == "96.0\u00a0%"
    assert "granted in part (Tue 4 Mar 2025)" in text(
        signed_in("brightline-manager").get(f"/excuses/{three_days.public_id}")
    )


def test_a_part_without_a_reason_for_the_rest_is_refused(signed_in, daily, three_days):
    body = {"decision": "grant", "reason": ""} | ONE_DAY
    page = signed_in("acme-manager").post(f"/excuses/{three_days.public_id}/decide", body)

    assert page.status_code == 422
    assert "needs a reason for what is refused" in text(page)
    assert current(daily).revision == 1


@pytest.mark.parametrize("part", [{"first_day": "2025-03-01"}, {"last_day": "9999-12-31"}, {"lowers_by": "2"}])
def test_what_cannot_be_granted_says_why(signed_in, three_days, part):
    page = signed_in("acme-manager").get(f"/excuses/{three_days.public_id}", part)

    assert page.context["shown"].refusal
    assert ">Grant</button>" not in text(page)


def filled(choices=(), **given):
    days = {"first": date(2025, 3, 1), "last": date(2025, 3, 31)}
    return ExcuseForm({"reason": "Power cut."} | given, **days, zone=ZoneInfo("Europe/Berlin"), levels=list(choices))


def test_named_cases_need_no_days():
    form = filled(cases="T-1, T-2")

    assert form.is_valid()
    assert form.cleaned_data["cases"] == ["T-1", "T-2"]


def test_without_cases_both_days_are_needed():
    assert sorted(filled().errors) == ["first_day", "last_day"]


def test_of_very_many_service_levels_the_others_are_typed_by_their_ids():
    levels = [(f"SL-{number:05d}", "x") for number in range(60)]

    form = filled(levels, cases="T-1", levels="SL-00003 SL-00004")
    assert form.is_valid()
    assert form.cleaned_data["levels"] == ["SL-00003", "SL-00004"]
    assert list(filled(levels, cases="T-1", levels="SL-99999").errors) == ["levels"]
