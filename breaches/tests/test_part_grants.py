"""A part of an excuse is granted, the rest refused; where terms say so, the limits become easier instead."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from bpo.models import AuditEntry
from breaches.services.excuses import WrongExcuse, ask_excuse, decide_excuse
from breaches.services.grants import Grant, NotGrantable, preview_excuse
from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach
from metrics.models.verdicts import Standing
from metrics.services.judging import judge_all
from metrics.services.nights import run_night
from metrics.services.verifying import verify
from metrics.tests.closed import LATER, NOW, current
from metrics.tests.worlds import count, receive

pytestmark = pytest.mark.django_db
THIRD, FOURTH, FIFTH, SIXTH = (date(2025, 3, day) for day in (3, 4, 5, 6))
ONE_DAY = Grant(FOURTH, FIFTH)


def make_days(cast, **terms):
    """March: 95, 70 and 97 of 100 on three days, so 87.3 %; expected 95, minimum 90."""
    feed = cast.feed(cast.contracts["A-1"], "DAILY", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    level = cast.level(feed, "DAYS", **terms)
    receive(feed, [count(THIRD, 95, 100), count(FOURTH, 70, 100), count(FIFTH, 97, 100)], at=NOW - timedelta(days=3))
    judge_all(now=NOW - timedelta(days=2))
    return level


def close():
    run_night(zone="Europe/Berlin", local_date=date(2025, 6, 19), now=NOW - timedelta(days=1))


@pytest.fixture
def level(cast):
    found = make_days(cast)
    close()
    return found


def ask(cast, level, first=THIRD, end=SIXTH):
    return ask_excuse(service_level=level, starts_on=first, ends_on=end, reason="portal down",
                      asked_by=cast.people["brightline-manager"], now=NOW)  # fmt: skip


def decide(cast, excuse, grant, *, reason="only that day", **more):
    return decide_excuse(excuse=excuse, granted=True, grant=grant, reason=reason, now=LATER,
                         decided_by=cast.people["acme-manager"], **more)  # fmt: skip


def test_the_preview_is_of_exactly_the_part(cast, level):
    excuse = ask(cast, level, FOURTH, SIXTH)
    [part] = preview_excuse(excuse=excuse, grant=ONE_DAY, now=NOW).moves
    [all_of_it] = preview_excuse(excuse=excuse, now=NOW).moves

    assert (part.before.value, part.after.value, all_of_it.after.value) == (Decimal("87.333333"), 96, 95)


def test_only_the_granted_days_are_taken_out(cast, level):
    decide(cast, ask(cast, level), ONE_DAY)
    verdict = current(level)

    assert (verdict.value, verdict.status, verdict.revision) == (96, "met", 2)
    assert verdict.working["facts"]["excused_days"] == ["2025-03-04"]


def test_an_open_period_is_judged_without_the_granted_days(cast):
    level = make_days(cast)
    decide(cast, ask(cast, level), ONE_DAY)
    judge_all(now=LATER)

    assert (current(level).value, current(level).is_final) == (96, False)


def test_the_rest_is_refused_with_a_reason(cast, level):
    excuse = ask(cast, level)
    with pytest.raises(WrongExcuse, match="needs a reason"):
        decide(cast, excuse, ONE_DAY, reason=" ")

    excuse.refresh_from_db()
    assert (excuse.decision, current(level).revision) == ("asked", 1)


def test_all_of_it_needs_no_reason(cast, level):
    excuse = decide(cast, ask(cast, level, FOURTH, FIFTH), ONE_DAY, reason="")

    assert (excuse.decision_words, excuse.is_partial) == ("granted", False)


def test_both_sides_read_what_was_granted_of_what(cast, level):
    excuse = decide(cast, ask(cast, level), ONE_DAY)
    [asked, decided] = Breach.objects.get().events.filter(kind="excuse")

    assert asked.text == f"{excuse.public_id} asked for Mon 3 Mar 2025 – Wed 5 Mar 2025: portal down"
    assert decided.text == f"{excuse.public_id} granted for Tue 4 Mar 2025 only: only that day"
    assert excuse.decision_words == "granted in part"


def test_the_audit_trail_keeps_what_was_asked_and_what_was_granted(cast, level):
    decide(cast, ask(cast, level), ONE_DAY)
    entry = AuditEntry.objects.get(action="decide_excuse")

    assert entry.changes["days"] == ["2025-03-03 – 2025-03-05", "2025-03-04 – 2025-03-04"]
    assert entry.changes["reason"] == ["", "only that day"]


def test_both_revisions_can_be_recomputed(cast, level):
    decide(cast, ask(cast, level), ONE_DAY)

    assert verify(level.verdicts.all()).differences == ()


@pytest.mark.any_database
@pytest.mark.parametrize(
    "grant",
    [Grant(date(2025, 3, 2), FIFTH), Grant(FOURTH, date(2025, 3, 7)), Grant(FOURTH, FOURTH),
     Grant(FOURTH, FIFTH, Decimal(2))],
    ids=["a day before", "a day after", "no day", "an amount that the terms do not know"],
)  # fmt: skip
def test_what_was_not_asked_for_cannot_be_granted(cast, level, grant):
    with pytest.raises(NotGrantable):
        decide(cast, ask(cast, level), grant)
    with pytest.raises(NotGrantable):
        preview_excuse(excuse=ask(cast, level), grant=grant, now=NOW)


@pytest.fixture
def eased(cast):
    """The same March, by terms that make the limits easier for an excuse."""
    found = make_days(cast, rules={"excuses": "reduce_level"})
    close()
    return found


EASIER = Grant(FOURTH, FIFTH, Decimal("3.5"))


def test_an_amount_makes_the_limits_easier_and_leaves_the_value(cast, eased):
    decide(cast, ask(cast, eased), EASIER)
    verdict = current(eased)

    # 87.3 against 95 expected and 90 at least becomes 87.3 against 91.5 and 86.5.
    assert (verdict.value, verdict.status) == (Decimal("87.333333"), "below_expected")
    assert (verdict.limits.expected, verdict.limits.minimum) == (Decimal("91.5"), Decimal("86.5"))
    assert Breach.objects.get().state == "withdrawn"


def test_the_terms_stay_as_they_were_signed(cast, eased):
    decide(cast, ask(cast, eased), EASIER)

    assert (current(eased).terms.expected, eased.terms.get().expected) == (95, 95)


def test_the_working_and_the_charts_say_the_easier_limits(cast, eased):
    excuse = decide(cast, ask(cast, eased), EASIER)
    lines = {line["key"]: line["text"].replace("\u00a0", " ") for line in current(eased).working["lines"]}
    [march] = [period for period in Standing.objects.get(service_level=eased).history if period["label"] == "2025-03"]

    assert lines["excused"].startswith(f"{excuse.public_id} granted")
    assert lines["excused"].endswith("makes the limits easier by 3.5 pp")
    assert "expected ≥ 91.5 %, minimum ≥ 86.5 %" in lines["compared"]
    assert (march["expected"], march["minimum"]) == ("91.5", "86.5")


def test_a_whole_period_under_easier_limits_is_not_voided(cast, eased):
    excuse = ask(cast, eased, date(2025, 3, 1), date(2025, 4, 1))
    decide(cast, excuse, Grant(excuse.starts_on, excuse.ends_on, Decimal(8)))

    assert current(eased).status == "met"


def test_amounts_of_several_excuses_add_up(cast, eased):
    decide(cast, ask(cast, eased), EASIER)
    decide(cast, ask(cast, eased), Grant(FIFTH, SIXTH, Decimal("4.5")))

    assert (current(eased).limits.expected, current(eased).status) == (87, "met")


def test_easier_limits_can_be_recomputed(cast, eased):
    decide(cast, ask(cast, eased), EASIER)

    assert verify(eased.verdicts.all()).differences == ()


@pytest.mark.parametrize("amount", [None, Decimal(0), Decimal(-1)])
def test_such_terms_need_an_amount_above_nothing(cast, eased, amount):
    with pytest.raises(NotGrantable):
        decide(cast, ask(cast, eased), Grant(FOURTH, FIFTH, amount))


def test_where_lower_is_better_the_limits_rise(cast):
    level = make_days(cast, direction="lower", expected=Decimal(80), minimum=Decimal(85),
                      rules={"excuses": "reduce_level"})  # fmt: skip
    close()
    decide(cast, ask(cast, level), Grant(FOURTH, FIFTH, Decimal(3)))

    assert (current(level).limits.minimum, current(level).status) == (88, "below_expected")
