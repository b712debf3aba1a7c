"""New terms cut open time into other periods: what was said of the old ones holds no longer, and stays readable."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from contracts.models.agreements import Amendment
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from metrics.as_of import is_current_at
from metrics.models.breaches import Breach
from metrics.models.verdicts import DirtyCell, Standing, Verdict, Withdrawal
from metrics.services import amending
from metrics.services.amending import preview_change
from metrics.services.judging import judge_all
from metrics.services.nights import run_night
from metrics.services.restatement_plans import CannotRestate
from metrics.tests.closed import set_terms
from metrics.tests.worlds import month, receive
from metrics.timelines import timelines_of

pytestmark = pytest.mark.django_db
APRIL = date(2025, 4, 1)
# The quarter is over and nothing has been closed: all three months are provisional.
NOW = datetime(2025, 7, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def level(cast):
    """April to June at 80, 96 and 97 %, provisional; April is a breach."""
    found = cast.levels["A-1/ACCURACY"]
    rows = [month(date(2025, number, 1), value, 100) for number, value in ((4, 80), (5, 96), (6, 97))]
    receive(found.feed, rows, at=NOW)
    judge_all(now=NOW)
    return found


def amend(cast, level, period="quarter", effective_on=APRIL, number=1, at=LATER):
    amendment = Amendment.objects.create(
        contract=level.contract, number=number, title="Periods", effective_on=effective_on
    )
    terms = {"metric": "CC-FCR", "aggregation": "ratio", "direction": "higher", "expected": Decimal(95),
             "minimum": Decimal(90), "unit": "%", "effective_on": effective_on, "period": period}  # fmt: skip
    set_terms(service_level=level, amendment=amendment, by=cast.people["acme-admin"], now=at, **terms)


def labels(verdicts):
    return sorted(verdict.period_label for verdict in verdicts)


def test_the_months_do_not_stay_current(cast, level):
    amend(cast, level)
    judge_all(now=LATER)

    assert labels(level.verdicts.current()) == ["2025-Q2"]
    assert level.verdicts.current().get().value == 91


def test_what_was_withdrawn_says_why(cast, level):
    amend(cast, level)

    assert labels(one.verdict for one in Withdrawal.objects.all()) == ["2025-04", "2025-05", "2025-06"]
    assert {(one.reason, one.by.email, one.at) for one in Withdrawal.objects.all()} == {
        ("New terms cut this time into other periods.", "acme-admin@example.com", LATER)
    }


def test_the_breach_of_a_month_that_is_no_more_is_none(cast, level):
    assert Breach.objects.get().state == "found"
    amend(cast, level)
    breach = Breach.objects.get()

    assert breach.state == "withdrawn"
    assert "New terms cut this time into other periods. No longer a breach." in breach.events.last().text


def test_the_standing_knows_the_new_period_alone(cast, level):
    amend(cast, level)
    judge_all(now=LATER)

    assert [period["label"] for period in Standing.objects.get(service_level=level).history] == ["2025-Q2"]


def test_the_list_of_work_holds_the_new_period_alone(cast, level):
    amend(cast, level)

    assert [(one.starts_on, one.ends_on) for one in DirtyCell.objects.filter(service_level=level)] == [
        (APRIL, date(2025, 7, 1))
    ]


def test_the_old_months_are_read_as_of_then(cast, level):
    amend(cast, level)
    judge_all(now=LATER)

    assert labels(level.verdicts.filter(is_current_at(NOW))) == ["2025-04", "2025-05", "2025-06"]
    assert labels(level.verdicts.filter(is_current_at(LATER))) == ["2025-Q2"]


def test_the_night_closes_the_new_period(cast, level):
    amend(cast, level)
    judge_all(now=LATER)
    run_night(zone="Europe/Berlin", local_date=date(2025, 7, 20), now=datetime(2025, 7, 20, 0, 30, tzinfo=UTC))

    assert labels(level.verdicts.filter(is_final=True, starts_on__gte=APRIL)) == ["2025-Q2"]


def test_terms_that_cut_months_again_go_on_counting_revisions(cast, level):
    amend(cast, level)
    judge_all(now=LATER)
    again = LATER + timedelta(hours=1)
    amend(cast, level, "month", date(2025, 5, 1), number=2, at=again)
    receive(level.feed, [month(date(2025, 5, 1), 100, 100, split="other site")], at=again)
    judge_all(now=again)

    may = level.verdicts.current().get(period_label="2025-05")
    assert (may.revision, may.value) == (2, 98)


def test_a_preview_withdraws_nothing(cast, level):
    def act():
        amend(cast, level)
        return level.contract, None

    preview_change(act=act, by=cast.people["acme-admin"], now=LATER)

    assert labels(level.verdicts.current()) == ["2025-04", "2025-05", "2025-06"]
    assert not Withdrawal.objects.exists()


def test_a_closed_month_is_not_cut_otherwise_and_nothing_is_withdrawn(cast, level):
    Verdict.objects.filter(service_level=level, period_label="2025-04").update(is_final=True, closed_at=NOW)
    with pytest.raises(CannotRestate):
        amend(cast, level)

    assert labels(level.verdicts.current()) == ["2025-04", "2025-05", "2025-06"]


def test_what_a_worker_wrote_while_the_change_waited_for_it_is_withdrawn_too(cast, level, monkeypatch):
    locked = amending.lock_recut_periods

    def lock_after_a_worker(timelines, *, now):
        april = level.verdicts.current().get(starts_on=APRIL)
        Verdict.objects.filter(pk=april.pk).update(is_current=False)
        april.pk, april.revision, april._state.adding = None, 2, True
        april.save()
        locked(timelines, now=now)

    monkeypatch.setattr(amending, "lock_recut_periods", lock_after_a_worker)
    amend(cast, level)

    assert not level.verdicts.current().exists()
    assert Withdrawal.objects.get(verdict__starts_on=APRIL).verdict.revision == 2


def test_a_period_that_is_cut_otherwise_is_locked_before_its_verdict_is_read(cast, level):
    timelines = timelines_of(ServiceLevel.objects.filter(pk=level.pk))
    ServiceLevelTerms.objects.filter(service_level=level).update(period="quarter")
    recut = timelines_of(ServiceLevel.objects.filter(pk=level.pk))
    amending.lock_recut_periods(timelines, now=LATER)
    assert not DirtyCell.objects.exists()
    amending.lock_recut_periods(recut, now=LATER)

    assert sorted(one.starts_on.month for one in DirtyCell.objects.all()) == [4, 5, 6]


def test_feeds_are_locked_before_cells_as_intake_locks_them(cast, level, monkeypatch):
    locked = []
    monkeypatch.setattr(amending, "lock_feeds", lambda feeds: locked.append((set(feeds), DirtyCell.objects.count())))
    amend(cast, level)

    [(feeds, cells_before)] = locked
    assert level.feed_id in feeds
    assert cells_before == 0
