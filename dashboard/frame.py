"""The bar on top of every page: its links, and what waits for the reader behind them."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from bpo.models import Organisation
from bpo.viewpoint import Viewpoint, viewpoint_of
from breaches.selectors.breaches import waiting_for_me
from metrics.models.breaches import Breach


@dataclass(frozen=True)
class Entry:
    """One link; `waiting` counts what waits for the reader, and zero is not shown."""

    word: str
    url: str
    is_here: bool
    waiting: int = 0


@dataclass(frozen=True)
class Frame:
    """The content of the bar; choices only for people of several organisations."""

    viewpoint: Viewpoint
    organisation: Organisation | None
    choices: tuple[Organisation, ...]
    entries: list[Entry]


def frame_of(request: HttpRequest) -> Frame:
    """The bar for a signed-in person."""
    viewpoint = viewpoint_of(request)
    waiting = waiting_for_me(Breach.objects.visible_to(viewpoint), viewpoint).count()
    places = [
        (_("To do") if viewpoint.is_vendor else _("Overview"), reverse("dashboard:overview"), 0),
        (_("Breaches"), reverse("breaches:breaches"), waiting),
        (_("Service levels"), reverse("dashboard:levels"), 0),
        (_("Contracts"), reverse("dashboard:contracts"), 0),
    ]
    if not viewpoint.is_vendor:
        places.insert(3, (_("Vendors"), reverse("dashboard:vendors"), 0))
    if viewpoint.reports:
        places.insert(3, (_("Submit data"), reverse("intake:new-import"), 0))
    places.append((_("Data"), reverse("intake:data"), 0))
    places.append((_("Excuses"), reverse("breaches:excuses"), 0))
    if viewpoint.holds_keys:
        places.append((_("API keys"), reverse("vendors:keys"), 0))
    if viewpoint.is_operator:
        places.append((_("Setup"), reverse("admin:index"), 0))
    several = viewpoint.choices if len(viewpoint.choices) > 1 and not viewpoint.is_operator else ()
    return Frame(
        viewpoint=viewpoint,
        organisation=viewpoint.organisation,
        choices=several,
        entries=[Entry(word, url, _is_here(request.path, url), count) for word, url, count in places],
    )


def _is_here(path: str, url: str) -> bool:
    return path == url if url == "/" else path == url or path.startswith(f"{url}/")
