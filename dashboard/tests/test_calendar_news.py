"""A closed period says on its page that its calendar is known otherwise by now, and can be restated there."""

import pytest

from metrics.models.verdicts import Verdict
from metrics.tests.business import close, longer_day, solved, timed_contract

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
SAID = "The calendar has changed since the period closed"


@pytest.fixture
def level(cast):
    found = solved(cast, timed_contract(cast), rules={"restatement_days": 365})
    close()
    return found


def address(level, rest=""):
    return f"/service-levels/{level.public_id}/2025-03{rest}"


def text(page):
    return page.content.decode().replace("\u00a0", " ")


def test_nothing_is_said_while_the_calendar_is_as_it_was(signed_in, level):
    assert SAID not in text(signed_in("acme-manager").get(address(level)))


def test_both_sides_read_that_the_calendar_has_changed(signed_in, level):
    longer_day(level.contract.calendar)

    for name in ("acme-manager", "brightline-manager"):
        page = text(signed_in(name).get(address(level)))
        assert SAID in page
        assert "The hours of the days below have changed since" in page


def test_the_clients_manager_restates_it_from_the_preview(signed_in, level):
    longer_day(level.contract.calendar)
    browser = signed_in("acme-manager")
    page = browser.get(address(level, "/restate"))
    assert "<strong>50.0 %</strong>" in text(page)

    form = {"reason": "opened late", "digest": page.context["restatement"].digest}
    browser.post(address(level, "/restate"), form)

    verdict = Verdict.objects.current().get(service_level=level, period_label="2025-03")
    assert (verdict.revision, verdict.value, verdict.reason) == (2, 50, "opened late")
    assert SAID not in text(browser.get(address(level)))
