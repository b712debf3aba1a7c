"""What is missing has one answer: counters, badge, headlines, data page, API and mails count the same reports."""

import re
from html import unescape
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from bpo.models import Membership, Organisation, Role, User

# The operator first: once a client has named an admin, an operator needs its grant.
READER_ROLES = {
    "the desk": ("operator",),
    "Kestrel": (Role.VENDOR_MANAGER, Role.VENDOR_REPORTER),
    "Nordhavn": (Role.CLIENT_MANAGER, Role.CLIENT_VIEWER, Role.CLIENT_ADMIN),
}
LEVEL = """
  - code: {code}
    name: Measured by {code}
    feed: {code}
    terms:
      metric: X-ACC
      measure: {{aggregation: ratio, of: numerator}}
      period: {period}
      direction: higher
      expected: 95
      minimum: 90
"""


def terms(**feeds):
    """Feeds of totals with one service level each, by code: schedule, days until due, days of grace, period."""
    lines = [
        f"  - {{code: {code}, name: Totals {code}, kind: counts, schedule: {schedule}, "
        f"due: {{length: {length}}}, grace_days: {grace}}}"
        for code, (schedule, length, grace, _period) in feeds.items()
    ]
    levels = "".join(LEVEL.format(code=code, period=feed[3]) for code, feed in feeds.items())
    return "\nfeeds:\n" + "\n".join(lines) + "\nservice_levels:" + levels


MONTHLY = {"QA": ("monthly", 4, 20, "month")}


def sign_in(party, role):
    if role == "operator":
        return User.objects.create_superuser("operator@example.com", name="Operator")
    user = User.objects.create(email=f"{role}@example.com", name=f"{party} {role}", zone="Europe/Berlin")
    Membership.objects.create(user=user, organisation=Organisation.objects.get(name=party), role=role)
    return user


def read(user, address):
    signed_in = Client()
    signed_in.force_login(user)
    answer = signed_in.get(address)
    assert answer.status_code == 200, address
    return unescape(answer.content.decode())


def rows_behind(user, address):
    """How many rows the list has to which a link leads: those of all its pages."""
    total, number = 0, 1
    while True:
        page = read(user, f"{address}{'&' if '?' in address else '?'}page={number}")
        table = re.search(r'id="list".*?</section>', page, re.DOTALL)
        rows = table and re.search(r"<tbody>(.*?)</tbody>", table.group(0), re.DOTALL)
        total += len(re.findall(r'<tr(?! class="group")', rows.group(1))) if rows else 0
        if not table or f"page={number + 1}" not in table.group(0):
            return total
        number += 1


def counters(page):
    """Number and link of each counter of missing reports, badge of the bar included."""
    plain = r'<a href="(/data(?:\?[^"]*)?)"[^>]*>(?:(?!</a>).)*?</a>'
    found = [(match.group(1), re.sub(r"<[^>]+>", " ", match.group(0))) for match in re.finditer(plain, page, re.DOTALL)]
    return [(int(number.group()), url) for url, text in found if (number := re.search(r"\d+", text))]


def mail_of(user, day):
    call_command("send_digests", "--for", day, stdout=StringIO(), stderr=StringIO())
    return next((message for message in reversed(mail.outbox) if message.to == [user.email]), None)


def missing_on(page):
    """The number of missing reports in a headline or title."""
    found = re.search(r"(\d+) reports? missing", page)
    return int(found.group(1)) if found else 0


def test_the_overview_counts_a_report_for_as_long_as_it_is_missing(desk):
    desk.load(terms(**MONTHLY), starts_on="2025-03-01")
    manager = sign_in("Nordhavn", Role.CLIENT_MANAGER)
    for day in ("2025-04-09", "2025-04-10", "2025-04-11"):
        desk.night(day)

    assert len([report for report in desk.get("due")["results"] if report["state"] == "late"]) == 1
    assert missing_on(read(manager, "/")) == 1


def test_the_badge_names_what_is_missing(desk):
    desk.load(terms(**MONTHLY), starts_on="2025-03-01")
    manager = sign_in("Nordhavn", Role.CLIENT_MANAGER)
    desk.at("2025-04-09")

    assert (1, "/data?state=late") in counters(read(manager, "/help"))


def test_a_report_whose_row_was_voided_is_missing_again(desk):
    desk.load(terms(**MONTHLY), starts_on="2025-03-01")
    manager = sign_in("Nordhavn", Role.CLIENT_MANAGER)
    desk.at("2025-04-09")
    row = {"feed": "QA", "period": "2025-03"}
    desk.send(row | {"numerator": 95, "denominator": 100})
    assert desk.get("due")["results"] == []

    desk.send(row | {"void": True, "reason": "Sent for another client."})

    assert [report["state"] for report in desk.get("due")["results"]] == ["late"]
    assert (1, "/data?state=late") in counters(read(manager, "/help"))


def test_a_settled_period_is_missing_no_more(desk):
    desk.load(terms(QA=("monthly", 4, 3, "month")), starts_on="2025-03-01")
    desk.night("2025-04-20")

    assert desk.verdict("QA", "2025-03")["is_final"]
    assert desk.get("due")["results"] == []
    desk.night("2025-05-06")
    assert [report["period"] for report in desk.get("due")["results"]] == ["2025-04"]


def test_a_report_is_missing_until_the_last_level_that_reads_it_has_closed(desk):
    quarterly = terms(QA=("monthly", 4, 3, "month")) + LEVEL.format(code="WHOLE", period="quarter").replace(
        "feed: WHOLE", "feed: QA"
    )
    desk.load(quarterly, starts_on="2025-04-01")
    desk.night("2025-06-20")

    assert desk.verdict("QA", "2025-04")["is_final"]
    assert [report["period"] for report in desk.get("due")["results"]] == ["2025-04", "2025-05"]
    desk.night("2025-07-20")
    assert not desk.get("due")["results"]


@pytest.mark.parametrize("role", [Role.CLIENT_MANAGER, Role.VENDOR_MANAGER])
def test_the_mail_names_a_late_report(desk, role):
    desk.load(terms(**MONTHLY), starts_on="2025-03-01")
    reader = sign_in("Nordhavn" if role == Role.CLIENT_MANAGER else "Kestrel", role)
    desk.night("2025-04-08")
    desk.night("2025-04-09")
    desk.at("2025-04-09", 8)

    message = mail_of(reader, "2025-04-09")

    assert message is not None, "no mail"
    assert "Totals QA, March 2025" in message.body
    assert "/data" in message.body


WORLD = {
    "DAY": ("daily", 1, 2, "day"),
    "WEEK": ("weekly", 2, 9, "week"),
    "MONTH": ("monthly", 3, 20, "month"),
    "SLOW": ("monthly", 30, 20, "month"),
    "QUICK": ("daily", 1, 20, "month"),
    **{f"MORE{number}": ("daily", 1, 40, "month") for number in range(4)},
}


@pytest.fixture
def generated(desk):
    """A contract that reports daily, weekly and monthly, some in time, some late, some never."""
    desk.load(terms(**WORLD), starts_on="2025-03-31")
    desk.at("2025-05-09", 8)
    sent = [("DAY", "date", f"2025-05-{day:02d}") for day in (1, 2, 3, 6)]
    sent += [("WEEK", "period", "2025-W17"), ("MONTH", "period", "2025-04"), ("QUICK", "date", "2025-05-05")]
    desk.send(*({"feed": feed, column: value, "numerator": 96, "denominator": 100} for feed, column, value in sent))
    desk.night("2025-05-14")
    return desk


def test_every_count_of_missing_reports_equals_the_rows_behind_its_link_for_each_role(generated):
    readers = (sign_in(party, role) for party, roles in READER_ROLES.items() for role in roles)
    generated.at("2025-05-14", 8)
    late = [report for report in generated.get("due")["results"] if report["state"] == "late"]

    assert len(late) > 50
    for reader in readers:
        behind = {}
        for address in ("/", "/data", "/service-levels", "/breaches", "/contracts"):
            page = read(reader, address)
            found = counters(page)
            assert (len(late), "/data?state=late") in found, (reader.name, address)
            behind |= {url: rows_behind(reader, url) for _number, url in found if url not in behind}
            assert found == [(behind[url], url) for _number, url in found], (reader.name, address)
            assert address not in ("/", "/data") or missing_on(page) == len(late), (reader.name, address)


def test_the_count_of_a_mail_equals_the_rows_behind_its_link_on_both_sides(generated):
    readers = [sign_in("Nordhavn", Role.CLIENT_MANAGER), sign_in("Kestrel", Role.VENDOR_REPORTER)]
    generated.at("2025-05-14", 8)

    for reader in readers:
        message = mail_of(reader, "2025-05-14")
        assert message is not None, f"no mail to {reader.name}"
        count = re.search(r"(\d+) reports (?:missing|owed)", message.body)
        assert count, message.body
        link = re.search(r"(?:All \d+|and \d+ more):\s+https?://[^/\s]+(/data\S*)\s", message.body)
        assert link, message.body
        assert int(count.group(1)) == rows_behind(reader, link.group(1))
