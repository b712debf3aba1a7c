"""Acts on a breach: one table of transitions, and the service that applies it.

Opening, revising and withdrawing a breach follow from verdicts and stand in `metrics.services.breaches`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bpo import audit
from bpo.changes import Changes
from bpo.errors import Refused
from bpo.models import Organisation, Role, User
from contracts.clocks import calendar_of
from metrics.models.breaches import Breach, BreachEvent
from metrics.querysets import PARTIES
from metrics.services.breaches import answer_due_at
from sla.periods import local_day

LONGEST_REASON = 500
State, Kind = Breach.State, BreachEvent.Kind
CLIENT_ROLES = frozenset({Role.CLIENT_ADMIN, Role.CLIENT_MANAGER})
VENDOR_ROLES = frozenset({Role.VENDOR_MANAGER})
ANSWERED = (State.CAUSE, State.ACTION, State.ACCEPTED)


class BreachAct(TextChoices):
    """What a person can do about a breach; the label is the text of its button."""

    ACKNOWLEDGE = "acknowledge", gettext_lazy("Acknowledge")
    ANSWER = "answer", gettext_lazy("State cause and action")
    ASK_BACK = "ask_back", gettext_lazy("Send back")
    AGREE = "agree", gettext_lazy("Agree on the action")
    ACCEPT = "accept", gettext_lazy("Accept what was done")
    CLOSE = "close", gettext_lazy("Accept cause and action, and close")
    COMMENT = "comment", gettext_lazy("Comment")


class NotInvolved(Refused):
    """The act belongs to other roles, or to the other side."""

    code = "not_involved"
    status = 403


class NotYourTurn(Refused):
    """The breach is not in a state in which the act is possible."""

    code = "not_your_turn"


class ReasonMissing(Refused):
    """The act needs a reason, which the other side reads."""

    code = "reason_needed"
    status = 422


@dataclass(frozen=True, slots=True)
class Transition:
    """One act: in which states it is possible, who may do it, what it sets, and what it leaves on the timeline.

    `lines` are the timeline's text, each with the input that it prints; a line whose input is empty is left out.
    An act with `once` changes nothing where that field is set.
    """

    sources: tuple[Breach.State, ...]
    target: Breach.State | None
    roles: frozenset[Role]
    forbidden: Promise
    refusal: Promise | str
    kind: BreachEvent.Kind
    lines: Mapping[str, Promise | str]
    fields: tuple[str, ...] = ()
    condition: Callable[[Breach], bool] = field(default=lambda breach: True)
    once: str = ""

    def text(self, inputs: Mapping[str, str]) -> str:
        given = [(str(line), inputs.get(name, "")) for name, line in self.lines.items() if not name or inputs.get(name)]
        return "\n".join(line % text if text else line for line, text in given)


# What the client decides on the vendor's answer; nobody decides on their own.
DECIDES_ANSWER = frozenset({BreachAct.ASK_BACK, BreachAct.AGREE, BreachAct.ACCEPT, BreachAct.CLOSE})
OWN_ANSWER = gettext_lazy("You stated cause and action yourself: somebody else of the client decides on them.")
CLIENT_ONLY = gettext_lazy("Only managers and admins of the client can do this.")
TRANSITIONS = {
    BreachAct.ACKNOWLEDGE: Transition(
        sources=tuple(State), target=None, roles=CLIENT_ROLES, forbidden=CLIENT_ONLY, refusal="",
        kind=Kind.ACKNOWLEDGED, lines={"": gettext_lazy("Seen by the client.")},
        fields=("acknowledged_at", "acknowledged_by"), once="acknowledged_at",
    ),
    BreachAct.ANSWER: Transition(
        sources=(State.FOUND, State.CAUSE), target=State.CAUSE, roles=VENDOR_ROLES,
        forbidden=gettext_lazy("Only managers of the vendor can state cause and action."),
        refusal=gettext_lazy("Cause and action can be stated only until the client agrees on the action."),
        kind=Kind.ANSWERED, lines={"cause": gettext_lazy("Cause: %s"), "action": gettext_lazy("Action: %s")},
        fields=("cause_kind", "cause", "action"),
    ),
    BreachAct.ASK_BACK: Transition(
        sources=(State.CAUSE, State.ACTION), target=State.FOUND, roles=CLIENT_ROLES, forbidden=CLIENT_ONLY,
        refusal=gettext_lazy("A breach can be sent back only after the vendor's answer and before it is accepted."),
        kind=Kind.ASKED_BACK, lines={"reason": gettext_lazy("The answer is not enough: %s")},
        fields=("answer_due_at",),
    ),
    BreachAct.AGREE: Transition(
        sources=(State.CAUSE,), target=State.ACTION, roles=CLIENT_ROLES, forbidden=CLIENT_ONLY,
        refusal=gettext_lazy("An action can be agreed on only after the vendor has stated it."),
        kind=Kind.AGREED, lines={"reason": gettext_lazy("The action is agreed: %s")},
        condition=lambda breach: bool(breach.action),
    ),
    BreachAct.ACCEPT: Transition(
        sources=(State.ACTION,), target=State.ACCEPTED, roles=CLIENT_ROLES, forbidden=CLIENT_ONLY,
        refusal=gettext_lazy("An action can be accepted only after it was agreed on."),
        kind=Kind.ACCEPTED, lines={"reason": gettext_lazy("What was done is accepted: %s")},
    ),
    BreachAct.CLOSE: Transition(
        sources=ANSWERED, target=State.CLOSED, roles=CLIENT_ROLES, forbidden=CLIENT_ONLY,
        refusal=gettext_lazy("A breach can be closed only after its cause is stated and its verdict is final."),
        kind=Kind.CLOSED, lines={"": gettext_lazy("Cause and action are accepted; the breach is closed.")},
        fields=("closed_at",), condition=lambda breach: breach.verdict.is_final,
    ),
    BreachAct.COMMENT: Transition(
        sources=tuple(State), target=None, roles=CLIENT_ROLES | VENDOR_ROLES,
        forbidden=gettext_lazy("Only managers of the client or the vendor can comment on a breach."),
        refusal="", kind=Kind.COMMENT, lines={"text": "%s"},
    ),
}  # fmt: skip


def acting_side(user: User, breach: Breach, act: BreachAct) -> Organisation | None:
    """The organisation for which a person may do this; None where their roles do not allow it."""
    contract = breach.service_level.contract
    sides = (contract.client.organisation, contract.vendor.organisation)
    return next((side for side in sides if user.roles.get(side.pk) in TRANSITIONS[act].roles), None)


def is_possible(breach: Breach, act: BreachAct) -> bool:
    """Whether the breach is in a state in which this can be done."""
    transition = TRANSITIONS[act]
    return breach.state in transition.sources and transition.condition(breach)


def possible_acts(user: User, breach: Breach) -> list[BreachAct]:
    """What a person may do about a breach as it is now."""
    acts = [act for act in BreachAct if is_possible(breach, act) and acting_side(user, breach, act)]
    if DECIDES_ANSWER.intersection(acts) and is_own_answer(user, breach):
        return [act for act in acts if act not in DECIDES_ANSWER]
    return acts


def is_own_answer(user: User, breach: Breach) -> bool:
    """Whether the person gave the answer that stands: somebody may have changed sides since."""
    answers = breach.events.filter(kind=Kind.ANSWERED).order_by("-at", "-pk")
    return answers.values_list("by", flat=True).first() == user.pk


@transaction.atomic
def act_on_breach(
    *, breach: Breach, act: BreachAct, by: User, now: datetime, is_internal: bool = False, **inputs: str
) -> BreachEvent | None:
    """Do one act: update the breach in place, and return the line that it leaves on the timeline.

    Returns None where it was done before and is done once. An internal line is seen by the actor's own side alone.
    Raises NotInvolved, NotYourTurn or ReasonMissing.
    """
    transition = TRANSITIONS[act]
    locked = Breach.objects.select_for_update(of=("self",)).select_related("verdict", *PARTIES)
    breach.refresh_from_db(from_queryset=locked)
    side = acting_side(by, breach, act)
    if side is None:
        raise NotInvolved(str(transition.forbidden))
    if not is_possible(breach, act):
        raise NotYourTurn(str(transition.refusal))
    if act in DECIDES_ANSWER and is_own_answer(by, breach):
        raise NotInvolved(str(OWN_ANSWER))
    if transition.once and getattr(breach, transition.once):
        return None
    inputs = {name: text.strip() for name, text in inputs.items()}
    if "reason" in transition.lines and not 0 < len(inputs.get("reason", "")) <= LONGEST_REASON:
        raise ReasonMissing(_("Give a reason of at most 500 characters."))
    changes = set_fields(breach, transition, by=by, now=now, inputs=inputs)
    event = BreachEvent.objects.create(
        breach=breach, at=now, kind=transition.kind, text=transition.text(inputs), by=by,
        internal_to=side if is_internal else None,
    )  # fmt: skip
    record_act(breach, act, by, changes, only_for=event.internal_to)
    return event


def set_fields(
    breach: Breach, transition: Transition, *, by: User, now: datetime, inputs: Mapping[str, str]
) -> Changes:
    """Save what an act sets, and return each field before and after, with the reason that was given."""
    values = {"acknowledged_at": now, "acknowledged_by": by, "closed_at": now, **inputs}
    if "answer_due_at" in transition.fields:
        contract = breach.service_level.contract
        calendar = calendar_of(contract, on=local_day(now, ZoneInfo(contract.zone)), at=now)
        values["answer_due_at"] = answer_due_at(now, calendar, contract.zone)
    after = {name: values.get(name, "") for name in transition.fields}
    if transition.target:
        after["state"] = transition.target
    changes = {name: (getattr(breach, name), value) for name, value in after.items()}
    if transition.roles == CLIENT_ROLES and not breach.acknowledged_at:
        # Whoever responds has seen the breach, which the record of the response says too.
        after |= {"acknowledged_at": now, "acknowledged_by": by}
    for name, value in after.items():
        setattr(breach, name, value)
    breach.save(update_fields=list(after))
    return changes | ({"reason": ("", inputs["reason"])} if "reason" in inputs else {})


def record_act(breach: Breach, act: BreachAct, by: User, changes: Changes, *, only_for: Organisation | None) -> None:
    """Write the act to the audit trail of both sides, or of the one side whose internal note it is."""
    if act == BreachAct.COMMENT:
        changes = {"internal": (None, only_for is not None)}
    contract = breach.service_level.contract
    client, vendor = (
        side if only_for in (None, side) else None
        for side in (contract.client.organisation, contract.vendor.organisation)
    )
    audit.record(actor=by, action=f"breach.{act}", thing=breach, changes=changes, client=client, vendor=vendor)
