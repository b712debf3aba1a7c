"""Terms of the past in the operator's back room: said first what they restate, then done with a reason."""

from datetime import date

import pytest
import time_machine
from django.test import Client

from contracts.models.agreements import Amendment
from metrics.models.verdicts import Withdrawal
from metrics.services.judging import judge_all
from metrics.services.verifying import verify
from metrics.tests.closed import LATER, NOW, close, current
from metrics.tests.worlds import month, receive

pytestmark = pytest.mark.django_db
ADD = "/admin/contracts/servicelevelterms/add/"


@pytest.fixture
def level(cast):
    """Five months closed at 92 %: worse than 95 expected, better than 90 at least."""
    found = cast.levels["A-1/ACCURACY"]
    close(found, 92, 92, 92, 92, 92)
    return found


@pytest.fixture
def post(cast, level):
    """A form of new terms, sent by the operator; what it is answered."""
    operator = Client()
    operator.force_login(cast.operator)

    def send(effective_on="2025-04-01", **more):
        amendment = Amendment.objects.get_or_create(
            contract=level.contract, number=1,
            defaults={"title": "Lower", "effective_on": date.fromisoformat(effective_on)},
        )[0]  # fmt: skip
        body = {
            "service_level": level.pk, "amendment": amendment.pk, "effective_on": effective_on, "metric": "CC-FCR",
            "aggregation": "ratio", "direction": "higher", "expected": "91", "minimum": "85", "unit": "%",
            "decimals": "1", "period": "month", "level_type": "credit_bearing", "params": "{}", "narrowing": "{}",
            "bands": "[]", "rules": "{}", "reason": "",
        }  # fmt: skip
        with time_machine.travel(LATER, tick=False):
            return operator.post(ADD, body | more)

    return send


def said(page):
    return page.content.decode().replace("\u00a0", " ")


def statuses(level):
    return [current(level, f"2025-0{number}").status for number in range(1, 6)]


def test_terms_from_a_past_day_on_say_first_what_they_restate(post, level):
    page = post()

    assert page.status_code == 200
    assert f"restates {level.public_id} 2025-04: 92.0 % Below expected → 92.0 % Met" in said(page)
    assert f"restates {level.public_id} 2025-05" in said(page)
    assert (level.terms.count(), statuses(level)) == (1, ["below_expected"] * 5)


def test_what_was_written_stays_in_the_form(post):
    assert 'value="91"' in said(post())


def test_with_a_reason_they_restate(cast, post, level):
    page = post(reason="agreed in April")

    assert page.status_code == 302
    assert statuses(level) == ["below_expected"] * 3 + ["met"] * 2
    assert (current(level, "2025-04").reason, current(level, "2025-04").restated_by) == (
        "agreed in April",
        cast.operator,
    )
    assert verify(level.verdicts.all()).differences == ()


def test_terms_that_would_cut_a_closed_period_are_refused(post, level):
    page = post(period="quarter", reason="agreed in April")

    assert "is closed and would be cut differently" in said(page)
    assert level.terms.count() == 1


def test_terms_of_an_open_period_need_no_reason(post, level):
    receive(level.feed, [month(date(2025, 6, 1), 92, 100)], at=NOW)
    judge_all(now=NOW)
    page = post("2025-06-01")
    judge_all(now=LATER)

    assert page.status_code == 302
    assert current(level, "2025-06").terms.expected == 91


def test_open_periods_that_are_cut_otherwise_are_withdrawn(post, level):
    receive(level.feed, [month(date(2025, 6, 1), 92, 100)], at=NOW)
    judge_all(now=NOW)
    post("2025-06-01", period="contract_year", period_anchor="2025-06-01")

    assert Withdrawal.objects.get().verdict.period_label == "2025-06"


def end_terms(cast, level, **more):
    operator = Client()
    operator.force_login(cast.operator)
    address = f"/admin/contracts/servicelevelterms/{level.terms.get().pk}/change/"
    with time_machine.travel(LATER, tick=False):
        return operator.post(address, {"ends_on": "2025-03-01", "reason": ""} | more)


def test_an_end_of_terms_before_closed_periods_says_first_what_it_restates(cast, level):
    page = end_terms(cast, level)

    assert f"restates {level.public_id} 2025-03: 92.0 % Below expected" in said(page)
    assert level.terms.get().ends_on is None
    assert statuses(level) == ["below_expected"] * 5


def test_with_a_reason_periods_after_the_end_of_terms_are_over(cast, level):
    assert end_terms(cast, level, reason="left out since March").status_code == 302

    assert statuses(level) == ["below_expected"] * 2 + ["not_in_force"] * 3
    [line] = [line["text"] for line in current(level).working["lines"] if line["key"] == "reported"]
    assert "the service level ended with Fri 28 Feb 2025" in line
    assert verify(level.verdicts.all()).differences == ()


@pytest.fixture
def post_row(cast):
    """The form of a contract or feed, sent as it stands but for some values; what it is answered."""
    operator = Client()
    operator.force_login(cast.operator)

    def send(name, row, **changes):
        address, body = f"/admin/contracts/{name}/{row.pk}/change/", {}
        with time_machine.travel(LATER, tick=False):
            page = operator.get(address)
            formsets = [inline.formset for inline in page.context["inline_admin_formsets"]]
            managing = [formset.management_form for formset in formsets]
            rows = [form for formset in formsets for form in formset.forms]
            for form in [page.context["adminform"].form, *managing, *rows]:
                body |= {field.html_name: field.value() for field in form}
            return operator.post(
                address, {name: value for name, value in (body | changes).items() if value is not None}
            )

    return send


@pytest.mark.parametrize("name", ["contract", "feed"])
def test_a_past_end_of_a_contract_or_feed_restates_with_a_reason_alone(level, post_row, name):
    row = level.contract if name == "contract" else level.feed
    page = post_row(name, row, ends_on="2025-03-01")

    assert f"restates {level.public_id} 2025-03: 92.0 % Below expected" in said(page)
    row.refresh_from_db()
    assert (row.ends_on, statuses(level)) == (None, ["below_expected"] * 5)

    assert post_row(name, row, ends_on="2025-03-01", reason="signed in February").status_code == 302
    assert statuses(level) == ["below_expected"] * 2 + ["not_in_force"] * 3
    assert f"the {name} ended with Fri 28 Feb 2025" in str(current(level).working["lines"])
