"""Why service levels were missed: kinds of causes on the first page, each with the way to exactly its breaches."""

from datetime import date

import pytest

from breaches.selectors.causes import causes_of
from metrics.models.breaches import Breach
from metrics.models.verdicts import Verdict
from tests.builders import make_breach, make_verdict

pytestmark = pytest.mark.django_db
TODAY = date(2025, 11, 5)


@pytest.fixture
def breaches(cast):
    """Five breaches from August on, one of July, and one that holds no longer."""
    level = cast.levels["A-1/ACCURACY"]
    found = [
        (7, "staffing", "found"), (8, "staffing", "cause"), (9, "", "found"), (10, "staffing", "closed"),
        (11, "volume", "cause"), (12, "", "withdrawn"),
    ]  # fmt: skip
    for month, kind, state in found:
        verdict = make_verdict(level, date(2025, month, 1), Verdict.Status.BREACH)
        make_breach(verdict, cause_kind=kind, state=state)
    return Breach.objects.all()


def test_the_most_frequent_comes_first_and_what_nobody_said_last(breaches):
    lines = causes_of(breaches, today=TODAY)

    assert [(line.word, line.number, line.running) for line in lines] == [
        ("Staffing below plan", 2, 50), ("Volume above forecast", 1, 75), ("Not yet stated", 1, 100),
    ]  # fmt: skip
    assert [line.length for line in lines] == [120, 60, 60]


def test_each_line_leads_to_exactly_its_breaches(signed_in, breaches):
    browser = signed_in("acme-manager")
    for line in causes_of(breaches, today=TODAY):
        assert browser.get(line.url).context["page"].paginator.count == line.number


def test_without_breaches_nothing_is_said(cast):
    assert causes_of(Breach.objects.all(), today=TODAY) == []


def test_the_first_page_shows_them_to_those_whose_breaches_they_are(signed_in, breaches):
    assert "Causes of breaches" in signed_in("brightline-manager").get("/").content.decode()
    assert "Causes of breaches" not in signed_in("cobalt-manager").get("/").content.decode()


def test_the_vendor_names_the_kind_with_the_cause(signed_in, breaches):
    breach = breaches.get(starts_on=date(2025, 9, 1))
    form = {"cause_kind": "third_party", "cause": "The carrier was down.", "action": ""}
    signed_in("brightline-manager").post(f"/breaches/{breach.public_id}/answer", form)
    page = signed_in("acme-manager").get(f"/breaches/{breach.public_id}").content.decode()

    assert "<strong>Third party</strong><br>The carrier was down." in page
