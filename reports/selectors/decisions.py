"""What waits for a decision, and what was decided."""

from django.utils.translation import gettext as _

from metrics.models.breaches import Excuse
from reports.digests import Item, Mark
from reports.links import link
from reports.readers import Reader, Side
from reports.selectors.windows import Window
from reports.selectors.wording import party_of

PATHS = ("service_level__contract__vendor__organisation", "service_level__contract__client__organisation")


def decisions(window: Window) -> tuple[Item, ...]:
    """Excuses that wait for the client's decision, and for the vendor those that were decided."""
    excuses = Excuse.objects.visible_to(window.reader.user).select_related(*PATHS)
    if window.reader.side == Side.CLIENT:
        excuses = excuses.filter(decision=Excuse.Decision.ASKED, asked_at__range=window.looked_at)
    else:
        excuses = excuses.filter(decided_at__range=window.looked_at).exclude(decided_by=window.reader.user)
    items = (_excuse_item(window.reader, excuse) for excuse in excuses.exclude(asked_by=window.reader.user))
    return tuple(item for item in items if window.is_new(item.key))


def _excuse_item(reader: Reader, excuse: Excuse) -> Item:
    return Item(
        key=f"excuse:{excuse.public_id}:{excuse.decision}",
        mark=Mark("[/]", "◇", _("Excuse %s") % excuse.get_decision_display()),
        ref=excuse.public_id,
        party=party_of(reader, excuse.service_level.contract),
        title=excuse.service_level.name,
        lines=(excuse.reason,),
        url=link("service-levels", excuse.service_level.public_id),
    )
