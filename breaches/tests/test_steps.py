"""After the answer: asked back, agreed, accepted; by the client, with a reason, in this order."""

from datetime import UTC, datetime

import pytest

from bpo.models import AuditEntry
from breaches.services.conversations import NotYourTurn, answer_breach, close_breach
from breaches.services.steps import Step, StepReasonNeeded, open_steps, take_step
from metrics.models.breaches import Breach
from metrics.tests.closed import LATER, close, current

pytestmark = pytest.mark.django_db


@pytest.fixture
def breach(cast):
    """March in breach, closed, with a cause and an action stated."""
    level = cast.levels["A-1/ACCURACY"]
    close(level, 96, 96, 80)
    return answer(cast, Breach.objects.get(service_level=level, verdict=current(level)))


def answer(cast, breach, action="Hire six."):
    return answer_breach(breach=breach, by=cast.people["brightline-manager"], cause="Staffing.", action=action,
                         now=LATER)  # fmt: skip


def step(cast, breach, which, *, by="acme-manager", reason="seen on site"):
    return take_step(breach=breach, step=which, by=cast.people[by], reason=reason, now=LATER)


def test_the_whole_way(cast, breach):
    states = [step(cast, breach, which).state for which in (Step.AGREE, Step.ACCEPT)]
    closed = close_breach(breach=breach, by=cast.people["acme-manager"], now=LATER)

    assert [*states, closed.state] == ["action", "accepted", "closed"]


def test_the_timeline_tells_both_sides_who_and_why(cast, breach):
    step(cast, breach, Step.AGREE, reason="six are enough")
    event = breach.events.last()

    assert (event.kind, event.text, event.by, event.internal_to) == (
        "agreed", "The action is agreed: six are enough", cast.people["acme-manager"], None
    )  # fmt: skip


def test_the_audit_trail_has_it_for_both_sides(cast, breach):
    step(cast, breach, Step.AGREE, reason="six are enough")
    entry = AuditEntry.objects.get(action="breach.agree")

    assert entry.changes == {"state": ["cause", "action"], "reason": ["", "six are enough"]}
    assert (entry.client_organisation.name, entry.vendor_organisation.name) == ("Acme", "Brightline")


def test_an_answer_that_is_asked_back_is_owed_anew(cast, breach):
    before = breach.answer_due_at
    asked = step(cast, breach, Step.ASK_BACK, reason="why six?")

    # Asked on Saturday 21 June 2025; five business days later, at five o'clock in Berlin.
    assert asked.answer_due_at == datetime(2025, 6, 27, 15, tzinfo=UTC)
    assert (asked.state, asked.answer_due_at > before) == ("found", True)
    assert answer(cast, asked).state == "cause"


def test_without_an_action_there_is_nothing_to_agree_on(cast, breach):
    breach = answer(cast, breach, action="")

    assert open_steps(cast.people["acme-manager"], breach) == [Step.ASK_BACK]
    with pytest.raises(NotYourTurn):
        step(cast, breach, Step.AGREE)


def test_nothing_is_accepted_that_was_not_agreed(cast, breach):
    with pytest.raises(NotYourTurn):
        step(cast, breach, Step.ACCEPT)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_step_needs_a_reason(cast, breach, reason):
    with pytest.raises(StepReasonNeeded):
        step(cast, breach, Step.AGREE, reason=reason)

    breach.refresh_from_db()
    assert breach.state == "cause"


@pytest.mark.parametrize("who", ["acme-viewer", "brightline-manager", "cobalt-manager", "zenith-manager"])
def test_only_the_clients_managers_and_admins_step(cast, breach, who):
    with pytest.raises(NotYourTurn):
        step(cast, breach, Step.AGREE, by=who)
