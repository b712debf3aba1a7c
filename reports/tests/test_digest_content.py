"""What the nightly mail says."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bpo.formatting import show_limit
from bpo.models import User
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.verdicts import Verdict
from record.heads import heads_for
from record.linking import link_next
from reports.models import Edition
from reports.tests.conftest import DAY, MORNING, NIGHT_ENDED, OCTOBER, WEDNESDAY, World, mail_to

pytestmark = pytest.mark.any_database
Kind, Status = BreachEvent.Kind, Verdict.Status
SPACE = "\u00a0"


def test_the_subject_of_one_breach_names_it_with_its_value_and_limit(night: World) -> None:
    night.breach()

    assert mail_to(night, night.manager).subject == (
        "New breach: ACCURACY 88.4 % (minimum ≥ 90.0 %), Brightline – Wed 5 Nov"
    )


def test_the_subject_of_several_breaches_counts_them_and_names_two_vendors(night: World) -> None:
    night.breach()
    night.breach(night.cast.levels["A-2/ACCURACY"])

    assert mail_to(night, night.manager).subject == "2 new breaches: Brightline, Cobalt – Wed 5 Nov"


def test_a_vendor_reads_first_what_it_owes_and_by_when(night: World) -> None:
    night.breach()

    assert mail_to(night, night.vendor).subject == "You owe Acme 1 answer, first due Wed 12 Nov – Wed 5 Nov"


def test_values_and_limits_are_the_strings_of_the_pages(night: World) -> None:
    breach = night.breach()

    message = mail_to(night, night.manager)

    limit = show_limit(breach.verdict.terms.minimum, direction="higher", unit="%", decimals=1)
    for printed in (breach.verdict.display, limit):
        assert printed in message.html
        assert printed.replace(SPACE, " ") in message.text


def test_text_and_html_say_the_same_words(night: World) -> None:
    night.breach()
    night.verdict(night.cast.levels["A-2/ACCURACY"], Status.NOT_REPORTED, display="", value=None)

    message = mail_to(night, night.manager)

    words = set(re.findall(r"[\w.]{3,}", unescape(re.sub(r"<[^>]+>", " ", message.html))))
    assert len(words) > 40
    assert {word for word in words if word.lower() not in message.text.lower()} == set()


def test_the_counted_sample_comes_from_the_frozen_working(night: World) -> None:
    night.breach()

    assert "Counted: 884 of 1,000" in mail_to(night, night.manager).text


def test_the_text_part_keeps_to_76_columns_without_unbreakable_spaces(night: World) -> None:
    for level in (night.level, night.cast.levels["A-2/ACCURACY"]):
        level.name = "Claims that are keyed right and in full within one business day of their arrival " * 2
        level.name = level.name[:160]
        level.save()
        night.breach(level)

    lines = mail_to(night, night.manager).text.splitlines()

    assert [line for line in lines if len(line) > 76 and not line.strip().startswith("http")] == []
    assert SPACE not in "".join(lines)


def test_an_address_stands_on_a_line_of_its_own(night: World) -> None:
    night.breach()

    addresses = [line for line in mail_to(night, night.manager).text.splitlines() if "http" in line]

    assert all(re.fullmatch(r"\s*https?://\S+", line) for line in addresses)


def test_every_link_leads_to_the_desk(night: World) -> None:
    night.breach()

    links = re.findall(r"https?://[^\s\"<]+", (message := mail_to(night, night.manager)).text + message.html)

    assert links
    assert all(link.startswith(settings.BASE_URL) for link in links)


def test_the_html_has_no_picture_no_script_and_no_style_sheet(night: World) -> None:
    night.breach()

    assert not re.search(r"<(img|script|style|link|svg)\b|url\(|src=", mail_to(night, night.manager).html)


def test_text_of_a_vendor_is_escaped_and_kept_on_its_line(night: World) -> None:
    Contract.objects.filter(reference="A-1").update(title="x")
    night.level.name = "<script>alert(1)</script>\r\nBcc: all@example.com"
    night.level.save()
    night.breach()

    message = mail_to(night, night.manager)

    assert "<script" not in message.html
    assert "\n" not in message.subject
    assert "\nBcc:" not in message.text


def test_ten_items_are_shown_and_all_are_counted(night: World) -> None:
    feed = night.level.feed
    for number in range(14):
        night.breach(night.cast.level(feed, f"LEVEL_{number}"))

    message = mail_to(night, night.manager)

    assert message.text.count("[#] BR-") == 10
    assert "All 14:" in message.text
    assert message.subject.startswith("14 new breaches: Brightline")


def test_the_worst_breach_stands_first(night: World) -> None:
    night.breach()
    worse = night.breach(night.cast.levels["A-2/ACCURACY"], value=Decimal("40"), display="40.0\u00a0%")

    assert re.search(r"\[#\] (BR-\w+)", mail_to(night, night.manager).text)[1] == worse.public_id


def test_a_full_mail_weighs_less_than_60_kilobytes(night: World) -> None:
    feed = night.level.feed
    for number in range(12):
        breach = night.breach(night.cast.level(feed, f"A_{number}"))
        breach = night.breach(night.cast.level(feed, f"B_{number}"), at=NIGHT_ENDED - 20 * DAY)
        night.event(breach, Kind.FINAL, at=NIGHT_ENDED)
        night.verdict(night.cast.level(feed, f"C_{number}"), Status.NOT_REPORTED, value=None, display="")
        gone = night.breach(night.cast.level(feed, f"D_{number}"), at=NIGHT_ENDED - 20 * DAY)
        Breach.objects.filter(pk=gone.pk).update(state=Breach.State.WITHDRAWN)
        night.event(gone, Kind.WITHDRAWN, at=NIGHT_ENDED, text="Revision 2: 88.4 % → 96.1 %. No longer a breach.")
        level = night.cast.level(feed, f"E_{number}")
        risk = night.verdict(level, Status.AT_RISK, judged_at=NIGHT_ENDED - 5 * DAY, is_final=False)
        night.standing(level, so_far=risk)
        night.verdict(level, Status.BREACH, starts_on=OCTOBER - DAY * 30)
        night.verdict(level, Status.MET, starts_on=OCTOBER - DAY * 30, reason="Late tickets were added")

    assert 10_000 < len(mail_to(night, night.manager).html.encode()) < 60_000


def test_a_breach_that_is_not_final_yet_says_so(night: World) -> None:
    night.breach(is_final=False)

    assert "(#) BR-" in (text := mail_to(night, night.manager).text)
    assert "Breach, provisional: 88.4 %" in text


def test_a_deemed_breach_says_so(night: World) -> None:
    night.breach(is_deemed=True, value=None, display="")

    assert "Breach (deemed)" in mail_to(night, night.manager).text


def test_a_missing_report_is_named_and_no_breach_is_claimed(night: World) -> None:
    Feed.objects.filter(pk=night.level.feed_id).update(starts_on=OCTOBER)

    message = mail_to(night, night.manager)

    assert message.subject == "Report missing: Quality, October 2025, Brightline – Wed 5 Nov"
    assert "No new breaches, 1 report missing since Tue 4 Nov." in message.text
    assert "due by the end of Mon 3 Nov 2025 (Europe/Berlin)" in message.text


def test_a_vendor_reads_which_reports_it_owes(night: World) -> None:
    Feed.objects.filter(pk=night.level.feed_id).update(starts_on=OCTOBER)

    message = mail_to(night, night.vendor)

    assert message.subject == "You owe Acme 1 report, first due Mon 3 Nov – Wed 5 Nov"
    assert "No new breaches, 1 report owed since" in message.text


def test_what_is_still_missing_stands_beside_news_and_is_none_itself(night: World) -> None:
    Feed.objects.filter(pk=night.level.feed_id).update(starts_on=OCTOBER)
    mail_to(night, night.manager)
    night.ran(day=WEDNESDAY + DAY)
    night.ran(day=WEDNESDAY + 2 * DAY)

    assert night.morning(night.manager, WEDNESDAY + DAY).outcome == Edition.Outcome.EMPTY
    night.breach(night.cast.levels["A-2/ACCURACY"], at=NIGHT_ENDED + 2 * DAY)
    message = mail_to(night, night.manager, WEDNESDAY + 2 * DAY)
    assert message.subject.startswith("New breach")
    assert "1 new breach, 1 report missing since" in message.text


def test_a_period_that_closed_without_its_report_is_named(night: World) -> None:
    night.verdict(night.level, Status.NOT_REPORTED, value=None, display="")

    message = mail_to(night, night.manager)

    assert message.subject == "Not reported: ACCURACY, October 2025, Brightline – Wed 5 Nov"
    assert "No new breaches, 1 period closed without a report since Tue 4 Nov." in message.text


def test_older_open_breaches_are_counted_in_one_line(night: World) -> None:
    night.breach(at=NIGHT_ENDED - 3 * DAY)
    night.breach(night.cast.levels["A-2/ACCURACY"])

    assert "1 other breach is open." in mail_to(night, night.manager).text


def test_the_mail_says_why_it_comes_and_where_to_change_that(night: World) -> None:
    night.breach()

    text = mail_to(night, night.manager).text

    assert "You get this because you manage service levels of Acme." in text
    assert f"{settings.BASE_URL}/me" in text
    assert f"{settings.BASE_URL}/unsub/" in text
    assert "Next mail: Thu 6 Nov 2025, 06:30 (Europe/Berlin), if something changes." in text


def test_the_mail_ends_with_the_heads_of_its_readers_chains(night: World) -> None:
    night.breach()
    while link_next(MORNING):
        pass
    heads = heads_for(night.manager)
    mail = mail_to(night, night.manager)

    assert heads
    assert all(head in " ".join(mail.text.split()) and head in mail.html for head in heads)


def test_the_same_breach_is_never_repeated(night: World) -> None:
    breach = night.breach()
    first = mail_to(night, night.manager)
    night.ran(day=WEDNESDAY + DAY)

    assert breach.public_id in first.text
    assert night.morning(night.manager, WEDNESDAY + DAY).outcome == Edition.Outcome.EMPTY


def test_what_a_judge_committed_after_the_look_is_in_the_next_mail(night: World) -> None:
    night.morning(night.manager)
    night.breach(at=MORNING - timedelta(seconds=30))
    night.ran(day=WEDNESDAY + DAY)

    assert mail_to(night, night.manager, WEDNESDAY + DAY).subject.startswith("New breach")


@pytest.mark.parametrize("kind", [Kind.REVISED, Kind.COMMENT, Kind.ACKNOWLEDGED, Kind.ANSWERED, Kind.CLOSED, Kind.MAIL])
def test_what_moves_inside_an_open_breach_is_no_mail(night: World, kind: str) -> None:
    breach = night.breach(at=NIGHT_ENDED - 3 * DAY)
    night.event(breach, kind, at=NIGHT_ENDED)

    assert night.morning(night.manager).outcome == Edition.Outcome.EMPTY


def test_a_report_that_is_not_due_yet_is_not_called_missing(night: World) -> None:
    Feed.objects.filter(pk=night.level.feed_id).update(starts_on=OCTOBER, due_length=5)
    night.ran(day=WEDNESDAY + DAY)

    assert night.morning(night.manager).outcome == Edition.Outcome.EMPTY
    assert mail_to(night, night.manager, WEDNESDAY + DAY).subject.startswith("Report missing: Quality")


def test_a_mail_of_many_items_takes_no_more_queries_than_one_of_few(night: World) -> None:
    def queries_of(person: User) -> int:
        with CaptureQueriesContext(connection) as captured:
            mail_to(night, person)
        return len(captured)

    def one_of_each(number: int) -> None:
        level = night.cast.level(night.level.feed, f"L_{number}")
        night.breach(level)
        night.verdict(level, Status.BREACH, starts_on=OCTOBER - 30 * DAY)
        night.verdict(level, Status.MET, starts_on=OCTOBER - 30 * DAY, reason="Two days were late")

    one_of_each(0)
    few = queries_of(night.manager)
    for number in range(1, 12):
        one_of_each(number)

    assert queries_of(night.cast.people["acme-admin"]) == few
