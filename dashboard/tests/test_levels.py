"""The list of service levels, one of them, and one of its periods."""

from datetime import date
from decimal import Decimal

import pytest

from metrics.models.results import Batch
from metrics.models.verdicts import LateArrival, Verdict
from tests.builders import NOW, make_history, make_standing, make_verdict

Status = Verdict.Status


@pytest.fixture
def level(cast):
    found = cast.levels["A-1/ACCURACY"]
    make_history(found, Status.MET, Status.BELOW_EXPECTED, Status.BREACH)
    return found


def test_a_list_can_be_narrowed_by_how_the_last_period_ended(signed_in, level):
    page = signed_in("acme-manager").get("/service-levels?last=breach")

    assert [row.level for row in page.context["table"].rows] == [level]


def test_htmx_gets_the_rows_alone_and_the_same_ones(signed_in, level):
    client = signed_in("acme-manager")

    part = client.get("/service-levels?last=breach", headers={"HX-Request": "true"})

    assert part.content.lstrip().startswith(b"<section")
    assert level.public_id.encode() in part.content
    assert "HX-Request" in part["Vary"]


def test_going_back_in_history_gets_the_whole_page(signed_in, level):
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}

    assert b"<html" in signed_in("acme-manager").get("/service-levels", headers=headers).content


def test_a_filter_that_is_not_understood_is_said(signed_in, level):
    assert b"is not valid and was ignored" in signed_in("acme-manager").get("/service-levels?last=nonsense").content


def test_lists_are_paged_and_keep_their_filters(signed_in, cast):
    feed = cast.feeds["A-1/QUALITY"]
    for number in range(51):
        cast.level(feed, f"L{number:02d}")

    page = signed_in("acme-manager").get("/service-levels?q=L").content.decode()

    assert "Page 1 of 2" in page
    assert "?q=L&amp;page=2" in page


def test_the_page_of_a_level_shows_its_last_closed_period_and_links_to_the_working(signed_in, level):
    page = signed_in("acme-manager").get(f"/service-levels/{level.public_id}")

    assert page.context["shown"].shown.verdict.period_label == "2025-10"
    assert f'href="/service-levels/{level.public_id}/2025-10">Why this number' in page.content.decode()


def test_the_chart_has_every_period_that_the_table_has(signed_in, level):
    shown = signed_in("acme-manager").get(f"/service-levels/{level.public_id}").context["shown"]

    assert len(shown.chart.spots) == len(shown.periods) == 3


def test_a_level_that_was_never_judged_says_from_when_it_holds(signed_in, cast):
    level = cast.levels["A-2/ACCURACY"]

    page = signed_in("acme-manager").get(f"/service-levels/{level.public_id}").content.decode()

    assert "No verdict yet. Terms are in force from Wed 1 Jan 2025" in page


def test_both_sides_read_the_same_working(signed_in, level):
    address = f"/service-levels/{level.public_id}/2025-10"
    lines = [signed_in(name).get(address).context["shown"].lines for name in ("acme-manager", "brightline-reporter")]

    assert len(lines[0]) == 6
    assert lines[0] == lines[1]


def test_a_period_says_by_how_much_the_limit_was_missed(signed_in, cast):
    level = cast.levels["A-1/ACCURACY"]
    make_verdict(level, date(2025, 9, 1), Status.BREACH, value=Decimal("88.2"), display="88.2 %")

    page = signed_in("acme-manager").get(f"/service-levels/{level.public_id}/2025-09").content.decode()

    assert "1.8\xa0pp under the limit" in page


@pytest.fixture
def revised(level):
    """October, first 93.2 %, then 95.1 % and met."""
    old = level.verdicts.get(period_label="2025-10")
    Verdict.objects.filter(pk=old.pk).update(is_current=False)
    make_verdict(level, date(2025, 10, 1), Status.MET, revision=2, display="95.1 %", value=Decimal("95.1"))
    make_standing(level)
    return level


def test_an_old_revision_can_still_be_read_and_says_that_it_no_longer_counts(signed_in, revised):
    client = signed_in("acme-manager")

    old = client.get(f"/service-levels/{revised.public_id}/2025-10?rev=1")
    new = client.get(f"/service-levels/{revised.public_id}/2025-10")

    assert old.context["shown"].row.verdict.display == "93.2 %"
    assert "This is revision 1, which is not current." in old.content.decode()
    assert new.context["shown"].row.verdict.display == "95.1 %"


@pytest.mark.parametrize("revision", ["3", "0", "x", "²", "-1", "99999999999999999999"])
def test_a_revision_that_never_was_is_not_found(signed_in, revised, revision):
    page = signed_in("acme-manager").get(f"/service-levels/{revised.public_id}/2025-10", {"rev": revision})

    assert page.status_code == 404


def test_what_came_late_is_listed_and_not_counted(signed_in, level, cast):
    batch = Batch.objects.create(
        vendor=cast.vendors["Brightline"],
        channel=Batch.Channel.API,
        media_type="application/json",
        received_at=NOW,
        rows_received=1,
        rows_new=1,
        rows_superseded=0,
        rows_unchanged=0,
        sha256="0" * 64,
    )
    LateArrival.objects.create(
        service_level=level,
        starts_on=date(2025, 10, 1),
        key="2025-10-14|",
        batch=batch,
        arrived_at=NOW,
        reason="late tickets added",
    )

    page = signed_in("acme-manager").get(f"/service-levels/{level.public_id}/2025-10").content.decode()

    assert "1 result</a> arrived after this period had closed" in page
    assert "late tickets added" in page


def test_days_are_shown_with_the_value_that_their_counts_make(signed_in, level):
    days = signed_in("acme-manager").get(f"/service-levels/{level.public_id}/2025-10").context["shown"].days

    first = days[0]
    assert (first.on, first.numerator, first.denominator) == (date(2025, 10, 1), "90", "100")
    assert first.shown == "90.0\xa0%"


def test_a_vendors_text_stays_text(signed_in, level):
    level.name = "<script>alert(1)</script>"
    level.save()

    page = signed_in("acme-manager").get(f"/service-levels/{level.public_id}").content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
