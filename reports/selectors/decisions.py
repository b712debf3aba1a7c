"""What waits for a decision, and what was decided."""

from django.utils.translation import gettext as _

from metrics.models.breaches import BreachEvent, Excuse
from reports.digests import Item, Mark
from reports.links import breach_link, link
from reports.readers import Reader, Side
from reports.selectors.windows import Window
from reports.selectors.wording import party_of

STEPS = (BreachEvent.Kind.ASKED_BACK, BreachEvent.Kind.AGREED, BreachEvent.Kind.ACCEPTED)
PATHS = ("service_level__contract__vendor__organisation", "service_level__contract__client__organisation")


def decisions(window: Window) -> tuple[Item, ...]:
    """Excuses that wait for the client's decision, and for the vendor those that were decided."""
    excuses = Excuse.objects.visible_to(window.reader.user).select_related(*PATHS)
    if window.reader.side == Side.CLIENT:
        excuses = excuses.filter(decision=Excuse.Decision.ASKED, asked_at__range=window.looked_at)
    else:
        excuses = excuses.filter(decided_at__range=window.looked_at).exclude(decided_by=window.reader.user)
    # Not exclude(): a key's excuse has nobody who asked, and what is compared with nobody is left out.
    items = [_excuse_item(window.reader, one) for one in excuses if one.asked_by_id != window.reader.user.pk]
    return tuple(item for item in [*items, *_steps(window)] if window.is_new(item.key))


def _steps(window: Window) -> list[Item]:
    """What the client said to the vendor's answers: asked back, agreed, accepted."""
    if window.reader.side == Side.CLIENT:
        return []
    events = BreachEvent.objects.visible_to(window.reader.user).filter(at__range=window.looked_at, kind__in=STEPS)
    events = events.exclude(by=window.reader.user).select_related(*(f"breach__{path}" for path in PATHS))
    return [
        Item(
            key=f"event:{event.pk}",
            mark=Mark("[/]", "◇", str(BreachEvent.Kind(event.kind).label)),
            ref=event.breach.public_id,
            party=party_of(window.reader, event.breach.service_level.contract),
            title=f"{event.breach.service_level.name}, {event.breach.period_label}",
            lines=(event.text,),
            url=breach_link(event.breach.public_id),
            breach_pk=event.breach_id,
        )
        for event in events.order_by("at", "pk")
    ]


def _excuse_item(reader: Reader, excuse: Excuse) -> Item:
    return Item(
        key=f"excuse:{excuse.public_id}:{excuse.decision}",
        mark=Mark("[/]", "◇", _("Excuse %s") % excuse.decision_words),
        ref=excuse.public_id,
        party=party_of(reader, excuse.service_level.contract),
        title=excuse.service_level.name,
        lines=tuple(filter(None, (excuse.reason, excuse.decision_reason))),
        url=link("excuses", excuse.public_id),
    )
