"""Acts on a breach: which are possible in which state, who may do them, and what they leave."""

import re
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from bpo.models import AuditEntry, Membership, User
from breaches.services.transitions import (
    TRANSITIONS,
    BreachAct,
    NotInvolved,
    NotYourTurn,
    ReasonMissing,
    act_on_breach,
    possible_acts,
)
from metrics.models.breaches import Breach
from metrics.tests.closed import LATER, close, current
from tests.support.cast import build_cast
from tests.support.tampering import as_owner

pytestmark = pytest.mark.any_database
# The state to which each act leads from each state; "-" where it is refused.
EXPECTED = """
             found     cause     action    accepted  closed    withdrawn
acknowledge  found     cause     action    accepted  closed    withdrawn
answer       cause     cause     -         -         -         -
ask_back     -         found     found     -         -         -
agree        -         action    -         -         -         -
accept       -         -         accepted  -         -         -
close        -         closed    closed    closed    -         -
comment      found     cause     action    accepted  closed    withdrawn
"""
STATES, *ROWS = (line.split() for line in EXPECTED.strip().splitlines())
LEADS_TO = {(act, state): target for act, *targets in ROWS for state, target in zip(STATES, targets, strict=True)}
CLIENT, VENDOR = {"acme-admin", "acme-manager"}, {"brightline-manager"}
ACTORS = dict.fromkeys(["acknowledge", "ask_back", "agree", "accept", "close"], CLIENT)
ACTORS |= {"answer": VENDOR, "comment": CLIENT | VENDOR}
PEOPLE = (
    "acme-admin", "acme-manager", "acme-viewer", "brightline-manager", "brightline-reporter", "cobalt-manager",
    "zenith-manager", "operator",
)  # fmt: skip
INPUTS = {
    "answer": {"cause": "Staffing.", "action": "Hire six."},
    "comment": {"text": "Please call."},
    **{name: {"reason": "seen on site"} for name in ("ask_back", "agree", "accept")},
}


@pytest.fixture(scope="module")
def built(module_database):
    """The cast, and March in breach, closed, with a cause and an action stated."""
    cast = build_cast()
    level = cast.levels["A-1/ACCURACY"]
    close(level, 96, 96, 80)
    breach = Breach.objects.get(service_level=level, verdict=current(level))
    answer(cast, breach)
    return cast, breach


@pytest.fixture
def db(put_back):
    """The module's world, as it was."""


@pytest.fixture
def world(built, db):
    return deepcopy(built)


@pytest.fixture
def cast(world):
    return world[0]


@pytest.fixture
def breach(world):
    return world[1]


def person(cast, name):
    return cast.operator if name == "operator" else cast.people[name]


def act(cast, breach, name, *, by="acme-manager", **inputs):
    inputs = inputs or INPUTS.get(name, {})
    return act_on_breach(breach=breach, act=BreachAct(name), by=person(cast, by), now=LATER, **inputs)


def answer(cast, breach, action="Hire six."):
    act(cast, breach, "answer", by="brightline-manager", cause="Staffing.", action=action)
    return breach.state


def test_the_table_of_transitions_is_complete():
    assert {act for act, _state in LEADS_TO} == set(BreachAct) == set(TRANSITIONS)
    assert {state for _act, state in LEADS_TO} == set(Breach.State)


@pytest.mark.parametrize("name", list(BreachAct))
def test_the_manual_for_managers_has_the_row_of_each_act(name):
    transition = TRANSITIONS[name]
    is_always = len(transition.sources) == len(Breach.State)
    states = "always" if is_always else ", ".join(str(state.label) for state in transition.sources)
    target = transition.target.label if transition.target else "unchanged"
    row = rf"\| {name.label} \| {states} \| [^|]+ \| {target} \| {transition.kind.label} \|"

    assert re.search(row, Path(settings.BASE_DIR, "docs/managers.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "state"), LEADS_TO)
def test_each_act_in_each_state_by_each_person_is_done_or_refused_with_a_sentence(cast, breach, name, state):
    for who in PEOPLE:
        Breach.objects.filter(pk=breach.pk).update(state=state, acknowledged_at=None)
        lines = breach.events.count()
        if who in ACTORS[name] and LEADS_TO[name, state] != "-":
            event = act(cast, breach, name, by=who)
            assert (breach.state, event.kind) == (LEADS_TO[name, state], TRANSITIONS[BreachAct(name)].kind)
            continue
        with pytest.raises(NotYourTurn if who in ACTORS[name] else NotInvolved, match=r"^[A-Z].*\.$"):
            act(cast, breach, name, by=who)
        breach.refresh_from_db()
        assert (breach.state, breach.events.count()) == (state, lines), who


@pytest.mark.parametrize(("name", "state"), [pair for pair, target in LEADS_TO.items() if target == "-"])
def test_the_page_refuses_what_is_not_possible_with_the_same_sentence(signed_in, breach, name, state):
    Breach.objects.filter(pk=breach.pk).update(state=state)
    page = post(signed_in, breach, name, by=sorted(ACTORS[name])[0])

    assert str(TRANSITIONS[BreachAct(name)].refusal) in page.content.decode().replace("&#x27;", "'")
    assert Breach.objects.get(pk=breach.pk).state == state


@pytest.mark.parametrize("name", list(BreachAct))
@pytest.mark.parametrize("who", ["acme-viewer", "brightline-reporter"])
def test_the_page_refuses_what_is_not_for_ones_role_with_the_same_sentence(signed_in, breach, name, who):
    page = post(signed_in, breach, name, by=who)

    assert page.status_code == 403
    assert str(TRANSITIONS[name].forbidden) in page.content.decode()


def post(signed_in, breach, name, *, by):
    """Do an act through its page, and follow to what the person then sees."""
    steps = {"ask_back", "agree", "accept"}
    form = INPUTS.get(name, {}) | ({"step": name} if name in steps else {"audience": "both"})
    path = "step" if name in steps else name
    return signed_in(by).post(f"/breaches/{breach.public_id}/{path}", form, follow=True)


def test_the_timeline_shows_both_sides_who_and_why(cast, breach):
    event = act(cast, breach, "agree", reason="six are enough")

    assert (event.kind, event.text, event.by, event.internal_to) == (
        "agreed", "The action is agreed: six are enough", cast.people["acme-manager"], None
    )  # fmt: skip


def test_an_answer_is_on_the_timeline_with_cause_and_action(breach):
    event = breach.events.last()

    assert (event.kind, event.text) == ("answered", "Cause: Staffing.\nAction: Hire six.")


def test_the_audit_trail_has_it_for_both_sides(cast, breach):
    act(cast, breach, "agree", reason="six are enough")
    entry = AuditEntry.objects.get(action="breach.agree")

    assert entry.changes == {"state": ["cause", "action"], "reason": ["", "six are enough"]}
    assert (entry.client_organisation.name, entry.vendor_organisation.name) == ("Acme", "Brightline")


def test_an_answer_that_is_sent_back_is_due_again(cast, breach):
    before = breach.answer_due_at
    act(cast, breach, "ask_back", reason="why six?")

    # Sent back on Saturday 21 June 2025; five business days later, at five o'clock in Berlin.
    assert breach.answer_due_at == datetime(2025, 6, 27, 15, tzinfo=UTC)
    assert (breach.state, breach.answer_due_at > before) == ("found", True)
    assert answer(cast, breach) == "cause"


def test_without_an_action_there_is_nothing_to_agree_on(cast, breach):
    answer(cast, breach, action="")

    assert "agree" not in possible_acts(cast.people["acme-manager"], breach)
    with pytest.raises(NotYourTurn):
        act(cast, breach, "agree")


def test_a_breach_whose_verdict_is_provisional_is_not_closed(cast, breach):
    with as_owner():
        type(breach.verdict).objects.filter(pk=breach.verdict_id).update(is_final=False)

    with pytest.raises(NotYourTurn):
        act(cast, breach, "close")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_step_needs_a_reason(cast, breach, reason):
    with pytest.raises(ReasonMissing):
        act(cast, breach, "agree", reason=reason)

    breach.refresh_from_db()
    assert breach.state == "cause"


def test_nobody_decides_on_an_answer_of_their_own(cast, breach):
    person = cast.people["brightline-manager"]
    person.memberships.all().delete()
    Membership.objects.create(user=person, organisation=cast.clients["Acme"].organisation, role="client_manager")
    cast.people["changed-sides"] = User.objects.get(pk=person.pk)

    assert set(possible_acts(cast.people["changed-sides"], breach)) == {"acknowledge", "comment"}
    for name in ("ask_back", "agree", "close"):
        with pytest.raises(NotInvolved, match="You stated cause and action yourself"):
            act(cast, breach, name, by="changed-sides")
    assert act(cast, breach, "close").by == cast.people["acme-manager"]
