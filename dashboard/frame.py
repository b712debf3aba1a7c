"""The bar on top of every page: its links, and what waits for the reader behind them."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bpo.models import Organisation, Role
from bpo.viewpoint import Viewpoint, viewpoint_of
from breaches.selectors.breaches import tab_filter
from intake.selectors.owed import late_by
from metrics.models.breaches import Breach


@dataclass(frozen=True)
class Entry:
    """One link; `tally` counts what stands behind it, `note` says so in words, and zero is not shown."""

    word: str
    url: str
    is_here: bool
    tally: int = 0
    note: str = ""


@dataclass(frozen=True)
class Frame:
    """The content of the bar; choices only for people of several organisations.

    `leaves_out` says that a client does not let an operator read its data, which no page shows or counts.
    """

    organisation: Organisation | None
    choices: tuple[Organisation, ...]
    entries: list[Entry]
    leaves_out: bool = False


def frame_of(request: HttpRequest) -> Frame:
    """The bar for a signed-in person."""
    viewpoint = viewpoint_of(request)
    is_operator = viewpoint.side == "operator"
    now, breaches = timezone.now(), Breach.objects.visible_to(viewpoint)
    waiting = tab_filter(breaches, "mine", viewpoint, now).count()
    late = late_by(request, now=now)
    tallies = {
        "breaches:breaches": (waiting, _("waiting for you"), "?tab=mine"),
        "intake:data": (late, ngettext("report missing", "reports missing", late), "?state=late"),
    }
    places = [
        (True, _("To do") if viewpoint.is_vendor else _("Overview"), "dashboard:overview"),
        (True, _("Breaches"), "breaches:breaches"),
        (True, _("Service levels"), "dashboard:levels"),
        (viewpoint.reports, _("Submit data"), "intake:new-import"),
        (not viewpoint.is_vendor, _("Vendors"), "dashboard:vendors"),
        (True, _("Contracts"), "dashboard:contracts"),
        (True, _("Data"), "intake:data"),
        (True, _("Excuses"), "breaches:excuses"),
        (viewpoint.role == Role.VENDOR_MANAGER, _("API keys"), "vendors:keys"),
        (is_operator or viewpoint.role == Role.CLIENT_ADMIN, _("Access"), "dashboard:access"),
        (is_operator, _("System health"), "dashboard:system-health"),
        (is_operator, _("Setup"), "admin:index"),
    ]
    # Pages that stand below an entry under an address of their own.
    below = {"dashboard:levels": ("/verdicts", "/roll-ups", "/late-arrivals"), "breaches:excuses": ("/excuse-groups",)}
    entries = []
    for is_shown, word, name in places:
        if is_shown:
            url = reverse(name)
            is_here = any(
                request.path == place or (place != "/" and request.path.startswith(f"{place}/"))
                for place in (url, *below.get(name, ()))
            )
            tally, note, rows = tallies.get(name, (0, "", ""))
            entries.append(Entry(word, url + rows if tally else url, is_here, tally, note))
    several = viewpoint.choices if len(viewpoint.choices) > 1 and not is_operator else ()
    return Frame(viewpoint.organisation, several, entries, is_operator and leaves_out(viewpoint))


def leaves_out(viewpoint: Viewpoint) -> bool:
    """Whether a client does not let the operator read its data now."""
    clients = Organisation.objects.visible_to(viewpoint).filter(kind=Organisation.Kind.CLIENT)
    return clients.exclude(pk__in=viewpoint.reach.organisations).exists()
