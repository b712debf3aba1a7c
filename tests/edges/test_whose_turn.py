"""Whose turn a breach is: tabs, overview, badge and mail give one answer."""

from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from bpo.models import Membership, Organisation, Role, User

MONTHLY = """
feeds: [{code: QA, name: Evaluations, kind: counts, schedule: monthly}]
service_levels:
  - code: ACCURACY
    name: Evaluations without error
    feed: QA
    terms:
      metric: X-ACC
      measure: {aggregation: ratio, of: numerator}
      direction: higher
      expected: 95
      minimum: 90
"""
ANSWER = {"cause": "Half of the team was ill.", "action": "Two more are trained.", "cause_kind": "staffing"}


class Work:
    """A breach of April, provisional, and a manager of each side; `read` is the text of a page."""

    def __init__(self, desk):
        self.desk = desk
        desk.load(MONTHLY)
        self.client, self.vendor = sign_in("Nordhavn", Role.CLIENT_MANAGER), sign_in("Kestrel", Role.VENDOR_MANAGER)
        desk.at("2025-05-02")
        self.report(61)

    def report(self, good, **more):
        self.desk.send({"feed": "QA", "period": "2025-04", "numerator": good, "denominator": 80, **more})
        call_command("judge", stdout=StringIO())

    @property
    def breach(self):
        """The breach as the API has it."""
        return self.desk.get("breaches")["results"][0]

    def act(self, who, what, **given):
        answer = browser(who).post(f"/breaches/{self.breach['id']}/{what}", given)
        assert answer.status_code == 302, answer.content.decode()

    def answered(self):
        self.act(self.client, "acknowledge")
        self.act(self.vendor, "answer", **ANSWER)

    def accepted(self):
        self.act(self.vendor, "answer", **ANSWER)
        self.act(self.client, "step", step="agree", reason="Two are enough.")
        self.act(self.client, "step", step="accept", reason="Both are trained.")

    def tabs(self, who):
        """The tabs in which the breach stands."""
        page = read(who, "/breaches")
        names = [name for name in ("mine", "theirs", "final", "closed") if f"tab={name}" in page]
        return [name for name in names if self.breach["id"] in read(who, f"/breaches?tab={name}")]


def sign_in(party, role):
    organisation = Organisation.objects.get(name=party)
    user = User.objects.create(email=f"{role}@example.com", name=f"{party} manager", zone="Europe/Berlin")
    Membership.objects.create(user=user, organisation=organisation, role=role)
    return user


def browser(user):
    """A browser in which somebody has just signed in; sessions end with the clock."""
    signed_in = Client()
    signed_in.force_login(user)
    return signed_in


def read(who, address):
    answer = browser(who).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def work(desk):
    return Work(desk)


def test_an_answer_waits_for_the_client_before_the_verdict_is_final(work):
    work.answered()

    assert (work.tabs(work.client), work.tabs(work.vendor)) == (["mine"], ["theirs"])
    assert work.breach["id"] in read(work.client, "/")


def test_the_badge_counts_an_answer_to_a_provisional_verdict(work):
    before = read(work.client, "/help").count("waiting for you")
    work.answered()

    assert (before, read(work.client, "/help").count("waiting for you")) == (1, 1)


def test_what_is_accepted_is_acknowledged(work):
    work.accepted()

    assert work.breach["acknowledged_at"] is not None
    assert "not acknowledged" not in read(work.client, "/breaches?tab=all")


def test_what_is_accepted_waits_for_the_verdict_and_then_for_the_client(work):
    work.accepted()
    before = work.tabs(work.client)
    work.desk.night("2025-05-20")

    assert (before, work.tabs(work.client)) == (["final"], ["mine"])


def test_a_cause_that_is_overdue_comes_back_to_the_client(work):
    work.act(work.client, "acknowledge")
    before = work.tabs(work.client)
    work.desk.at("2025-05-16")

    assert (before, work.tabs(work.client)) == (["theirs"], ["mine"])
    assert work.breach["id"] in read(work.client, "/")


def test_a_breach_that_opens_again_gives_the_whole_time_for_its_cause(work):
    first = work.breach["answer_due_at"]
    work.desk.at("2025-05-06")
    work.report(79, reason="Counted twice")
    work.desk.at("2025-05-08")
    work.report(62, reason="Counted right at first")

    breach = work.breach
    assert (breach["state"], first[:10], breach["answer_due_at"][:10]) == ("found", "2025-05-09", "2025-05-15")


def test_the_client_reads_in_its_mail_that_the_vendor_has_answered(work):
    work.answered()
    work.desk.night("2025-05-05")
    call_command("send_digests", "--for", "2025-05-05", stdout=StringIO())

    texts = [message.body for message in mail.outbox if message.to == [f"{Role.CLIENT_MANAGER}@example.com"]]
    assert [ANSWER["cause"] in text for text in texts] == [True]


def test_the_overview_names_an_excuse_that_waits_for_the_client(work):
    browser(work.vendor).post(
        f"/service-levels/{work.desk.level('ACCURACY')}/2025-04/excuse",
        {"first_day": "2025-04-01", "last_day": "2025-04-30", "reason": "The client's system was down."},
    )
    (excuse,) = work.desk.get("excuses")["results"]

    assert excuse["id"] in read(work.client, "/")
    assert excuse["id"] not in read(work.vendor, "/")
