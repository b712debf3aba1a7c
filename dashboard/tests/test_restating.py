"""Pages that restate and excuse, and the past as it was."""

from datetime import UTC, date, datetime, timedelta

import pytest

from breaches.services.excuses import ask_excuse
from contracts.models.agreements import Amendment
from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach, Excuse
from metrics.models.verdicts import LateArrival, Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import run_night
from metrics.services.restatements import closed_cell, preview_late, restate_late
from metrics.tests.closed import LATER, MARCH, NOW, close, correct, current, set_terms
from metrics.tests.worlds import count, month, receive

pytestmark = pytest.mark.django_db
# What closed in June still takes corrections on the November morning on which pages are opened.
LONG = {"restatement_days": 365}


@pytest.fixture
def level(cast):
    """March closed in breach at 80 %, and corrected to 96 % afterwards."""
    found = cast.levels["A-1/ACCURACY"]
    found.terms.update(rules=LONG)
    close(found, 96, 96, 80)
    correct(found, MARCH, 96)
    return found


@pytest.fixture
def restated(cast, level):
    cells = [closed_cell(current(level))]
    digest = preview_late(cells=cells, now=LATER).digest
    restate_late(cells=cells, by=cast.people["acme-manager"], reason="late tickets", digest=digest, now=LATER)
    return level


def period(level, rest=""):
    return f"/service-levels/{level.public_id}/2025-03{rest}"


def text(page):
    return page.content.decode().replace("\u00a0", " ")


def test_a_period_with_late_results_offers_a_restatement_to_the_clients_manager_alone(signed_in, level):
    assert f'href="{period(level)}/restate"' in text(signed_in("acme-manager").get(period(level)))
    for name in ("acme-viewer", "brightline-manager", "operator"):
        assert "/restate" not in text(signed_in(name).get(period(level)))


def test_the_preview_shows_before_and_after_and_stores_nothing(signed_in, level):
    page = text(signed_in("acme-manager").get(period(level, "/restate")))

    assert "80.0 %" in page
    assert "<strong>96.0 %</strong>" in page
    assert "1 result that arrived after closing would be counted." in page
    assert "Found → No longer a breach" in page
    assert (current(level).revision, LateArrival.objects.get().counted_by) == (1, None)


def act(client, level, **changes):
    shown = client.get(period(level, "/restate")).context["restatement"]
    body = {"reason": "late tickets", "digest": shown.digest} | changes
    return client.post(period(level, "/restate"), body)


def test_posted_with_a_reason_it_is_done(signed_in, level):
    page = act(signed_in("acme-manager"), level)

    assert (page.status_code, page["Location"]) == (302, period(level))
    assert (current(level).display, current(level).reason) == ("96.0\u00a0%", "late tickets")


def test_without_a_reason_nothing_is_done_and_the_page_says_why(signed_in, level):
    page = act(signed_in("acme-manager"), level, reason=" ")

    assert page.status_code == 422
    assert "There is a problem" in text(page)
    assert current(level).revision == 1


def test_what_is_not_what_was_shown_is_shown_again(signed_in, level):
    page = act(signed_in("acme-manager"), level, digest="0" * 64)

    assert page.status_code == 409
    assert "look at it again" in text(page)
    assert current(level).revision == 1


def test_where_nothing_came_late_the_page_says_so(signed_in, restated):
    assert "Nothing came after closing" in text(signed_in("acme-manager").get(period(restated, "/restate")))


def test_the_old_revision_can_be_read_by_both_sides(signed_in, restated):
    for name in ("acme-viewer", "brightline-reporter"):
        assert '<span class="big">80.0 %</span>' in text(signed_in(name).get(period(restated, "?rev=1")))
        assert '<span class="big">96.0 %</span>' in text(signed_in(name).get(period(restated)))


@pytest.mark.parametrize(
    ("day", "shown"), [("2025-06-20", "80.0 %"), ("2025-06-21", "80.0 %"), ("2025-06-22", "96.0 %")]
)
def test_a_period_can_be_seen_as_it_was_after_a_night(signed_in, restated, day, shown):
    # Restated on 21 June at 9 UTC, after that day's night.
    page = text(signed_in("acme-viewer").get(period(restated, f"?as_of={day}")))

    assert f'<span class="big">{shown}</span>' in page
    assert "Shown as of the night of" in page


def test_what_was_provisional_then_is_shown_as_provisional(signed_in, cast):
    level = cast.levels["A-1/ACCURACY"]
    close(level, 96, 96, 80)
    Verdict.objects.filter(service_level=level).update(judged_at=datetime(2025, 4, 2, tzinfo=UTC))
    page = signed_in("acme-viewer").get(period(level, "?as_of=2025-04-03"))

    assert not page.context["shown"].row.verdict.is_final
    assert signed_in("acme-viewer").get(period(level)).context["shown"].row.verdict.is_final


@pytest.mark.parametrize("day", ["2025-06-18", "1999-01-01", "soon", "2025-13-01"])
def test_before_there_was_a_verdict_there_is_no_page(signed_in, restated, day):
    assert signed_in("acme-viewer").get(period(restated, f"?as_of={day}")).status_code == 404


def test_a_service_level_can_be_seen_as_it_was(signed_in, restated):
    address = f"/service-levels/{restated.public_id}"
    then = signed_in("acme-viewer").get(f"{address}?as_of=2025-06-20").context["shown"]
    now = signed_in("acme-viewer").get(address).context["shown"]

    assert [row.verdict.status for row in then.periods if row.verdict.period_label == "2025-03"] == ["breach"]
    assert [row.verdict.status for row in now.periods if row.verdict.period_label == "2025-03"] == ["met"]


@pytest.mark.parametrize(("day", "revision", "status"), [("2025-06-20", 1, "breach"), ("2025-06-22", 2, "met")])
def test_the_api_reads_the_past(signed_in, restated, day, revision, status):
    answer = signed_in("acme-viewer").get(
        f"/api/v1/verdicts?as_of={day}&service_level={restated.public_id}&period=2025-03&is_final=true"
    )

    [verdict] = answer.json()["results"]
    assert (verdict["revision"], verdict["status"], verdict["is_current"]) == (revision, status, True)


def test_the_api_refuses_a_day_that_is_none(signed_in, restated):
    assert signed_in("acme-viewer").get("/api/v1/verdicts?as_of=soon").status_code == 400


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


@pytest.fixture
def locked(level):
    """March, whose corrections were over long before November."""
    level.terms.update(rules={"restatement_days": 30})
    return level


def test_after_the_time_for_corrections_only_the_clients_admin_gets_the_form(signed_in, locked):
    for name, has_form in (("acme-manager", False), ("acme-admin", True)):
        page = text(signed_in(name).get(period(locked, "/restate")))
        assert "were accepted until Sat 19 Jul 2025" in page
        assert ('name="ground"' in page) is has_form


@pytest.mark.parametrize(
    ("name", "ground", "status", "revision"),
    [("acme-manager", "", 409, 1), ("acme-manager", "audit", 409, 1), ("acme-admin", "", 409, 1),
     ("acme-admin", "audit", 302, 2)],
)  # fmt: skip
def test_what_is_over_is_restated_by_the_clients_admin_on_a_ground(signed_in, locked, name, ground, status, revision):
    page = act(signed_in(name), locked, ground=ground)

    assert (page.status_code, current(locked).revision) == (status, revision)
    assert current(locked).reason == ("Audit: late tickets" if revision == 2 else "")


@pytest.fixture
def recut(cast):
    """April and May, provisional at 80 and 96 %, and cut into a quarter on 20 June."""
    found = cast.levels["A-2/ACCURACY"]
    receive(found.feed, [month(date(2025, 4, 1), 80, 100), month(date(2025, 5, 1), 96, 100)], at=NOW)
    judge_all(now=NOW)
    amendment = Amendment.objects.create(
        contract=found.contract, number=1, title="Quarters", effective_on=date(2025, 4, 1)
    )
    terms = {"metric": "CC-FCR", "aggregation": "ratio", "direction": "higher", "expected": 95, "unit": "%"}
    by = cast.people["acme-admin"]
    set_terms(service_level=found, amendment=amendment, by=by, now=LATER, period="quarter", **terms)
    judge_all(now=LATER)
    return f"/service-levels/{found.public_id}"


def test_a_month_that_was_cut_into_a_quarter_says_so(signed_in, recut):
    page = text(signed_in("acme-viewer").get(f"{recut}/2025-05"))

    assert "This verdict was withdrawn: New terms cut this time into other periods." in page
    assert '<span class="big">96.0 %</span>' in page


def test_as_of_the_day_before_the_month_holds(signed_in, recut):
    assert "This verdict was withdrawn" not in text(signed_in("acme-viewer").get(f"{recut}/2025-05?as_of=2025-06-21"))
    assert "This verdict was withdrawn" in text(signed_in("acme-viewer").get(f"{recut}/2025-05?as_of=2025-06-22"))


def test_a_service_level_shows_the_quarter_alone(signed_in, recut):
    client = signed_in("acme-viewer")
    now, then = client.get(recut), client.get(f"{recut}?as_of=2025-06-21")

    assert [row.verdict.period_label for row in now.context["shown"].periods] == ["2025-Q2"]
    assert sorted(row.verdict.period_label for row in then.context["shown"].periods) == ["2025-04", "2025-05"]
