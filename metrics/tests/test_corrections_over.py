"""Closed periods take corrections as long as their terms say; after that only fraud or an audit opens them."""

from datetime import date, datetime, timedelta

import pytest

from breaches.services.excuses import ask_excuse, decide_excuse
from metrics.models.breaches import Excuse
from metrics.services.closed_periods import CorrectionsOver, corrections_over, last_correction_days
from metrics.services.restatements import MayNotRestate, ReasonNeeded, closed_cell, preview_late, restate_late
from metrics.tests.closed import LATER, MARCH, NOW, close, correct, current

pytestmark = pytest.mark.django_db
# The night of 19 June closed the months; noon in Berlin on the tenth day after it, and on the eleventh.
LAST_DAY = datetime.fromisoformat("2025-06-29T12:00:00+02:00")
TOO_LATE = LAST_DAY + timedelta(days=1)


@pytest.fixture
def level(cast):
    """March closed in breach and corrected; the terms take corrections for ten days."""
    found = cast.levels["A-1/ACCURACY"]
    found.terms.update(rules={"restatement_days": 10})
    close(found, 96, 96, 80)
    correct(found, MARCH, 96)
    return found


def restate(cast, level, *, now, by="acme-manager", **more):
    cells = [closed_cell(current(level))]
    digest = preview_late(cells=cells, now=now).digest
    reason = more.pop("reason", "late tickets")
    return restate_late(cells=cells, by=cast.people[by], reason=reason, digest=digest, now=now, **more)


def test_the_last_day_counts_from_closing(level):
    cell = closed_cell(current(level))

    assert last_correction_days([cell]) == {cell.key: date(2025, 6, 29)}


def test_sixty_days_hold_where_the_terms_say_nothing(level):
    level.terms.update(rules={})
    cell = closed_cell(current(level))

    assert last_correction_days([cell]) == {cell.key: date(2025, 8, 18)}


def test_on_the_last_day_a_correction_is_taken(cast, level):
    restate(cast, level, now=LAST_DAY)

    assert current(level).revision == 2


def test_the_day_ends_in_the_contracts_zone(level):
    cell = closed_cell(current(level))

    assert not corrections_over([cell], now=datetime.fromisoformat("2025-06-29T21:59:00+00:00"))
    assert corrections_over([cell], now=datetime.fromisoformat("2025-06-29T22:00:00+00:00"))


def test_a_day_later_it_is_refused_by_name(cast, level):
    with pytest.raises(CorrectionsOver, match=r"2025-03 were taken until Sun 29 Jun 2025"):
        restate(cast, level, now=TOO_LATE)

    assert current(level).revision == 1


def test_a_restatement_does_not_begin_the_time_anew(cast, level):
    restate(cast, level, now=LATER)
    correct(level, MARCH, 70, at=LATER + timedelta(hours=1))

    with pytest.raises(CorrectionsOver):
        restate(cast, level, now=TOO_LATE)


def test_the_clients_admin_opens_it_because_of_an_audit(cast, level):
    restate(cast, level, now=TOO_LATE, by="acme-admin", ground="audit", reason="finding 7")

    assert (current(level).revision, current(level).reason) == (2, "Audit: finding 7")


def test_a_manager_does_not_open_it(cast, level):
    with pytest.raises(CorrectionsOver):
        restate(cast, level, now=TOO_LATE, ground="fraud")


def test_a_ground_alone_is_no_reason(cast, level):
    with pytest.raises(ReasonNeeded):
        restate(cast, level, now=TOO_LATE, by="acme-admin", ground="audit", reason=" ")


def test_the_vendors_people_do_not_open_it(cast, level):
    with pytest.raises(MayNotRestate):
        restate(cast, level, now=TOO_LATE, by="brightline-manager", ground="audit")


def ask(cast, level, now):
    return ask_excuse(service_level=level, starts_on=MARCH, ends_on=date(2025, 3, 5), reason="portal down",
                      asked_by=cast.people["brightline-manager"], now=now)  # fmt: skip


def test_an_excuse_for_what_is_over_cannot_be_asked(cast, level):
    with pytest.raises(CorrectionsOver):
        ask(cast, level, TOO_LATE)

    assert not Excuse.objects.exists()


def test_an_excuse_that_was_asked_in_time_may_be_granted_later(cast, level):
    excuse = ask(cast, level, NOW)
    decide_excuse(excuse=excuse, granted=True, decided_by=cast.people["acme-manager"], now=TOO_LATE)

    assert current(level).revision == 2
