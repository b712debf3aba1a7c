"""The client's steps on a breach after the vendor has answered: ask back, agree on the action, accept what was done."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bpo import audit
from bpo.errors import Refused
from bpo.models import User
from breaches.services.conversations import SIDES, NotYourTurn, may_acknowledge
from contracts.clocks import calendar_of
from metrics.deadlines import answer_due_at
from metrics.models.breaches import Breach, BreachEvent
from sla.periods import local_day

LONGEST_REASON = 500
State, Kind = Breach.State, BreachEvent.Kind


class Step(TextChoices):
    """What the client says to an answer."""

    ASK_BACK = "ask_back", gettext_lazy("Ask back")
    AGREE = "agree", gettext_lazy("Agree on the action")
    ACCEPT = "accept", gettext_lazy("Accept what was done")


@dataclass(frozen=True, slots=True)
class Way:
    """From where a step leads where, and what the timeline calls it."""

    sources: tuple[State, ...]
    target: State
    kind: Kind
    sentence: str | Promise


WAYS = {
    Step.ASK_BACK: Way(
        (State.CAUSE, State.ACTION), State.FOUND, Kind.ASKED_BACK, gettext_lazy("The answer is not enough: %s")
    ),
    Step.AGREE: Way((State.CAUSE,), State.ACTION, Kind.AGREED, gettext_lazy("The action is agreed: %s")),
    Step.ACCEPT: Way((State.ACTION,), State.ACCEPTED, Kind.ACCEPTED, gettext_lazy("What was done is accepted: %s")),
}


class StepReasonNeeded(Refused):
    """The other side is told why."""

    code = "reason_needed"
    status = 422


def open_steps(user: User, breach: Breach) -> list[Step]:
    """The steps that a person may take now: managers and admins of the breach's client."""
    if not may_acknowledge(user, breach):
        return []
    return [step for step, way in WAYS.items() if breach.state in way.sources and (step != Step.AGREE or breach.action)]


@transaction.atomic
def take_step(*, breach: Breach, step: Step, by: User, reason: str, now: datetime) -> Breach:
    """Lead a breach one step on or back, with a reason that both sides read; an answer asked back is owed anew."""
    breach = Breach.objects.select_for_update(of=("self",)).select_related(*SIDES).get(pk=breach.pk)
    if step not in open_steps(by, breach):
        raise NotYourTurn(_("This step is not open: it is the client's, after an answer, and an action to agree on."))
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise StepReasonNeeded(_("A step needs a reason of at most 500 characters."))
    way, before = WAYS[step], breach.state
    breach.state = way.target
    if step == Step.ASK_BACK:
        breach.answer_due_at = owed_anew(breach, now)
    breach.save(update_fields=["state", "answer_due_at"])
    BreachEvent.objects.create(breach=breach, at=now, kind=way.kind, text=str(way.sentence) % said, by=by)
    record(breach, step, by, {"state": (before, breach.state), "reason": ("", said)})
    return breach


def owed_anew(breach: Breach, now: datetime) -> datetime:
    """When an answer that is asked back is due."""
    contract = breach.service_level.contract
    today = local_day(now, ZoneInfo(contract.zone))
    return answer_due_at(now, calendar_of(contract, on=today, at=now), contract.zone)


def record(breach: Breach, step: Step, by: User, changes: dict[str, tuple[str, str]]) -> None:
    contract = breach.service_level.contract
    audit.record(
        actor=by, action=f"breach.{step}", thing=breach, changes=changes, client=contract.client.organisation,
        vendor=contract.vendor.organisation,
    )  # fmt: skip
