"""What clients and vendors write to each other about breaches."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from bpo.models import User
from breaches.services.transitions import BreachAct, act_on_breach
from demo.desk import Desk
from metrics.models.breaches import Breach

CAUSES = (
    (
        Breach.CauseKind.STAFFING,
        "Two shifts were short of people after a wave of flu.",
        "Stand-by staff of the neighbouring team are trained.",
    ),
    (
        Breach.CauseKind.VOLUME,
        "A campaign brought more volume than was forecast.",
        "The forecast is agreed each Thursday from now on.",
    ),
    (
        Breach.CauseKind.PROCESS,
        "A change of the work queue sent urgent items to the end.",
        "The queue is back as it was, and watched.",
    ),
    (
        Breach.CauseKind.PROCESS,
        "New colleagues needed longer than planned for each item.",
        "They work with an experienced one for two weeks.",
    ),
)


def open_breaches(client: User) -> QuerySet[Breach]:
    """Return the open breaches that a client's manager sees, the oldest first."""
    rows = Breach.objects.visible_to(client).open().order_by("opened_at", "pk")
    return rows.select_related("verdict", "service_level__contract__vendor", "service_level__contract__client")


def acknowledge_all(desk: Desk, *, client: str, older_than: timedelta = timedelta(0)) -> None:
    """Let the client's manager acknowledge all breaches that are at least so old."""
    manager, now = desk.people[f"{client}-manager"], timezone.now()
    for breach in open_breaches(manager).filter(opened_at__lte=now - older_than, acknowledged_at__isnull=True):
        act_on_breach(breach=breach, act=BreachAct.ACKNOWLEDGE, by=manager, now=now)


def settle_breaches(desk: Desk, *, client: str, older_than: timedelta) -> None:
    """Let vendors answer breaches of some days ago, and the client close those whose verdict is final."""
    manager, now = desk.people[f"{client}-manager"], timezone.now()
    acknowledge_all(desk, client=client, older_than=timedelta(days=1))
    for place, breach in enumerate(open_breaches(manager).filter(opened_at__lte=now - older_than)):
        vendor = find_answering_manager(desk, breach)
        if vendor is None:
            continue
        if breach.state == Breach.State.FOUND:
            answer(breach, by=vendor, number=breach.starts_on.toordinal() + place, now=now)
        if breach.state == Breach.State.CAUSE and breach.verdict.is_final:
            act_on_breach(breach=breach, act=BreachAct.CLOSE, by=manager, now=now)


def answer_some(desk: Desk, *, client: str, every: int) -> None:
    """Vendors answer every so many of the open breaches; the client adds an internal comment."""
    manager, now = desk.people[f"{client}-manager"], timezone.now()
    for place, breach in enumerate(open_breaches(manager).filter(state=Breach.State.FOUND)):
        vendor = find_answering_manager(desk, breach)
        if vendor is None or place % every:
            continue
        answer(breach, by=vendor, number=place, now=now)
        note = "The same cause as last quarter: to be raised at the next review."
        act_on_breach(breach=breach, act=BreachAct.COMMENT, by=manager, now=now, is_internal=True, text=note)


def answer(breach: Breach, *, by: User, number: int, now: datetime) -> None:
    """Let a vendor's manager answer with one of the causes."""
    kind, cause, action = CAUSES[number % len(CAUSES)]
    act_on_breach(breach=breach, act=BreachAct.ANSWER, by=by, now=now, cause_kind=kind, cause=cause, action=action)


def find_answering_manager(desk: Desk, breach: Breach) -> User | None:
    """Return the manager of the breach's vendor; None where the demo has none."""
    organisation = breach.service_level.contract.vendor.organisation_id
    managers = (user for name, user in desk.people.items() if name.endswith("-manager"))
    return next((user for user in managers if organisation in user.roles), None)
