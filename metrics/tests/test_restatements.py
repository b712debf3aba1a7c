"""Restatements: previewed wholly, done by a person with a reason, and the old number stays readable."""

from datetime import date, timedelta

import pytest

from bpo.errors import Refused
from bpo.models import AuditEntry
from metrics.models.breaches import Breach
from metrics.models.verdicts import DirtyCell, LateArrival, Standing, Verdict
from metrics.services.judging import judge_all
from metrics.services.nights import run_night
from metrics.services.restatement_plans import RestatementMoved, repeat_flag
from metrics.services.restatements import MayNotRestate, NothingToRestate, closed_cell, preview_late, restate_late
from metrics.tests.closed import LATER, MARCH, NOW, close, correct, current
from metrics.tests.worlds import month, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def level(cast):
    return cast.levels["A-1/ACCURACY"]


def cell_of(level, label="2025-03"):
    return closed_cell(current(level, label))


def restate(cast, level, label="2025-03", *, by="acme-manager", reason="late tickets", digest=None, now=LATER):
    cells = [cell_of(level, label)]
    shown = digest if digest is not None else preview_late(cells=cells, now=now).digest
    return restate_late(cells=cells, by=cast.people[by], reason=reason, digest=shown, now=now)


def world():
    """Everything that a restatement may write."""
    tables = (Verdict, Breach, LateArrival, DirtyCell, Standing, AuditEntry)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.fixture
def late(level):
    """March closed in breach at 80 %, and corrected to 96 % afterwards."""
    close(level, 96, 96, 80, 96, 96)
    correct(level, MARCH, 96)


def test_what_comes_after_closing_moves_nothing(level, late):
    judge_all(now=LATER)
    run_night(zone="Europe/Berlin", local_date=date(2025, 6, 20), now=LATER)

    assert (current(level).display, current(level).revision) == ("80.0\u00a0%", 1)


def test_a_preview_shows_before_and_after(level, late):
    [move] = preview_late(cells=[cell_of(level)], now=LATER).moves

    assert (move.before.status, move.after.status) == ("breach", "met")
    assert (move.before.value, move.after.value) == (80, 96)
    assert (move.breach_before, move.breach_after) == ("found", "withdrawn")


def test_a_preview_stores_nothing(level, late):
    before = world()
    preview_late(cells=[cell_of(level)], now=LATER)

    assert world() == before


def test_a_restatement_is_a_new_final_revision_with_a_name_and_a_reason(cast, level, late):
    restate(cast, level)
    verdict = current(level)

    assert (verdict.revision, verdict.is_final, verdict.closed_at, verdict.status) == (2, True, LATER, "met")
    assert (verdict.restated_by, verdict.reason) == (cast.people["acme-manager"], "late tickets")


def test_the_old_revision_stays_as_it_was(cast, level, late):
    before = Verdict.objects.filter(pk=current(level).pk).values().get()
    restate(cast, level)
    old = Verdict.objects.filter(pk=before["id"]).values().get()

    assert old == before | {"is_current": False}


def test_what_came_late_is_counted_by_the_restatement(cast, level, late):
    restate(cast, level)

    assert LateArrival.objects.get().counted_by == current(level)


def test_the_breach_says_from_what_to_what_and_by_whom(cast, level, late):
    restate(cast, level)
    breach = Breach.objects.get()
    event = breach.events.last()

    assert breach.state == "withdrawn"
    assert event.by == cast.people["acme-manager"]
    assert event.text.replace("\u00a0", " ") == (
        "Revision 2: 80.0 → 96.0 %. No longer a breach. Restated: late tickets"
    )


def test_the_audit_trail_has_it_for_both_sides(cast, level, late):
    restate(cast, level)
    entry = AuditEntry.objects.get(action="restate")

    assert entry.actor == cast.people["acme-manager"]
    assert entry.changes["status"] == ["breach", "met"]
    assert (entry.client_organisation.name, entry.vendor_organisation.name) == ("Acme", "Brightline")


def test_the_standing_follows(cast, level, late):
    restate(cast, level)
    history = {period["label"]: period["status"] for period in Standing.objects.get(service_level=level).history}

    assert history["2025-03"] == "met"


def test_the_list_of_work_is_as_it_was(cast, level, late):
    before = set(DirtyCell.objects.values_list("service_level", "starts_on"))
    restate(cast, level)

    assert set(DirtyCell.objects.values_list("service_level", "starts_on")) == before


@pytest.mark.parametrize("who", ["acme-viewer", "brightline-manager", "brightline-reporter", "zenith-manager"])
def test_only_the_clients_managers_and_admins_restate(cast, level, late, who):
    before = world()
    with pytest.raises(MayNotRestate):
        restate(cast, level, by=who)

    assert world() == before


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_a_restatement_needs_a_reason(cast, level, late, reason):
    with pytest.raises(Refused):
        restate(cast, level, reason=reason)

    assert current(level).revision == 1


def test_a_restatement_that_is_not_what_was_shown_is_refused(cast, level, late):
    shown = preview_late(cells=[cell_of(level)], now=NOW).digest
    correct(level, MARCH, 70, at=NOW + timedelta(hours=1))

    with pytest.raises(RestatementMoved):
        restate(cast, level, digest=shown)
    assert current(level).revision == 1


def test_what_is_counted_cannot_be_counted_again(cast, level, late):
    restate(cast, level)

    with pytest.raises(NothingToRestate):
        preview_late(cells=[cell_of(level)], now=LATER)


def test_a_second_restatement_is_a_third_revision(cast, level, late):
    restate(cast, level)
    correct(level, MARCH, 70, at=LATER + timedelta(hours=1))
    restate(cast, level, now=LATER + timedelta(days=1))

    assert (current(level).revision, current(level).value) == (3, 70)
    assert Breach.objects.get().state == "found"


def test_an_open_period_is_not_restated(cast, level):
    receive(level.feed, [month(date(2025, 6, 1), 90, 100)], at=NOW)
    judge_all(now=NOW)

    with pytest.raises(NothingToRestate):
        preview_late(cells=[cell_of(level, "2025-06")], now=LATER)


@pytest.fixture
def rolling(cast):
    """Two small months closed, judged together with the months before."""
    rules = {"low_volume": {"rule": "rolling", "min_cases": 50, "periods": 3}}
    level = cast.level(cast.feeds["A-1/QUALITY"], "ROLLING", rules=rules)
    close(level, 10, 10, 10, 10, 10, of=10)
    return level


def test_closed_periods_that_look_back_are_restated_too(cast, rolling):
    correct(rolling, MARCH, 1)
    moves = restate(cast, rolling).moves

    assert [(move.cell.period.label, move.was_asked) for move in moves] == [
        ("2025-03", True),
        ("2025-04", False),
        ("2025-05", False),
    ]
    assert [current(rolling, f"2025-0{number}").value for number in (3, 4, 5)] == [70, 70, 70]


def test_an_open_period_that_looks_back_is_shown_and_put_onto_the_list(cast, rolling):
    receive(rolling.feed, [month(date(2025, 6, 1), 10, 10)], at=NOW)
    judge_all(now=NOW)
    correct(rolling, date(2025, 5, 1), 1)
    done = restate(cast, rolling, "2025-05")

    assert [preview.cell.period.label for preview in done.provisional] == ["2025-06"]
    judge_all(now=LATER)
    assert current(rolling, "2025-06").value == 70


def test_late_rows_of_other_closed_periods_stay_uncounted(cast, rolling):
    correct(rolling, MARCH, 1)
    correct(rolling, date(2025, 4, 1), 1)
    restate(cast, rolling, "2025-03")

    assert current(rolling, "2025-04").value == 70
    assert LateArrival.objects.filter(counted_by__isnull=True, service_level=rolling).count() == 1


def test_a_repeat_that_a_restatement_undoes_is_shown(cast):
    rules = {"repeats": [{"rule": "running", "count": 2, "clause": "§14.2"}]}
    level = cast.level(cast.feeds["A-1/QUALITY"], "REPEATED", rules=rules)
    close(level, 80, 80)
    correct(level, date(2025, 1, 1), 96)
    moves = restate(cast, level, "2025-01").moves

    repeats = [(repeat_flag(move.before), repeat_flag(move.after)) for move in moves]
    assert repeats == [("", ""), ("§14.2", "")]
    assert current(level, "2025-02").revision == 2
