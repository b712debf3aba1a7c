"""Pages that restate and excuse, and the past as it was."""

from datetime import UTC, date, datetime

import pytest

from contracts.models.agreements import Amendment
from metrics.models.verdicts import LateArrival, Verdict
from metrics.services.judging import judge_all
from metrics.services.restatements import closed_cell, preview_late, restate_late
from metrics.tests.closed import LATER, MARCH, NOW, close, correct, current, set_terms
from metrics.tests.worlds import month, receive
from tests.support.tampering import as_owner

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
    assert "1 late result</a> would be counted." in page
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


@pytest.mark.any_database
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


@pytest.mark.any_database
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
    with as_owner():
        Verdict.objects.filter(service_level=level).update(judged_at=datetime(2025, 4, 2, tzinfo=UTC))
    page = signed_in("acme-viewer").get(period(level, "?as_of=2025-04-03"))

    assert not page.context["shown"].row.verdict.is_final
    assert signed_in("acme-viewer").get(period(level)).context["shown"].row.verdict.is_final


@pytest.mark.any_database
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
def locked(level):
    """March, whose corrections were over long before November."""
    level.terms.update(rules={"restatement_days": 30})
    return level


def test_after_the_time_for_corrections_only_the_clients_admin_gets_the_form(signed_in, locked):
    for name, has_form in (("acme-manager", False), ("acme-admin", True)):
        page = text(signed_in(name).get(period(locked, "/restate")))
        assert "were accepted until Sat 19 Jul 2025" in page
        assert ('name="ground"' in page) is has_form


@pytest.mark.any_database
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
