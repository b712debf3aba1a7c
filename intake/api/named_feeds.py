"""Which feed, and which result of it, a request names."""

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request

from bpo.api_base import Problem
from contracts.models.service_levels import Feed, ServiceLevel
from intake.addresses import is_askable
from metrics.identities import parts_of

NAMING = ("feed", "contract", "service_level")


def named_feed(request: Request) -> Feed:
    """Return the visible feed that the parameters name. Raises Problem 400 where that is none or several."""
    feed, contract, level = (request.query_params.get(name) for name in NAMING)
    if not feed and not level:
        raise Problem(400, "feed_needed", _("Add feed=CODE or service_level=SL-…."))
    if not all(is_askable(text) for text in (feed, contract, level) if text):
        raise Http404
    found = Feed.objects.visible_to(request.user).select_related("contract__vendor")
    if feed:
        found = found.filter(code=feed)
    if contract:
        found = found.filter(contract__public_id=contract)
    if level:
        levels = ServiceLevel.objects.visible_to(request.user).filter(public_id=level)
        found = found.filter(pk__in=levels.values("feed"))
    feeds: list[Feed] = list(found[:2])
    if not feeds:
        raise Problem(404, "not_found", _("None of your contracts has this feed."))
    if len(feeds) > 1:
        raise Problem(400, "ambiguous_feed", _("Several contracts have this feed. Add contract=CT-…."))
    return feeds[0]


def feed_and_key(request: Request, name: str) -> tuple[Feed, str]:
    """Return the visible feed and the key in a result's id. Raises Http404."""
    parts = parts_of(name)
    if parts is None:
        raise Http404
    contract, code, key = parts
    visible = Feed.objects.visible_to(request.user).select_related("contract__vendor")
    feed = visible.filter(contract__public_id=contract, code=code).first()
    if feed is None or len(key) > 200:
        raise Http404
    return feed, key
