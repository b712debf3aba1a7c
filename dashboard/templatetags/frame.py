"""Template tags: the bar on top, status marks, times and limits."""

from datetime import date, timedelta
from typing import Any

from django import template

from bpo.formatting import show_instant, show_length
from contracts.limits import expected_text, minimum_text
from dashboard.frame import Frame, frame_of
from metrics.statuses import sign_of_verdict

register = template.Library()
register.filter("sign", sign_of_verdict)
register.filter("length_of_time", show_length)
register.filter("expected", expected_text)
register.filter("minimum", minimum_text)


@register.filter
def day_before(day: date) -> date:
    """The last day of a span, whose end is the day after it."""
    return day - timedelta(days=1)


@register.simple_tag(takes_context=True)
def frame(context: template.Context) -> Frame | None:
    """The bar on top; None without a signed-in person, and without a request, as on an error page."""
    request = context.get("request")
    user = getattr(request, "user", None)
    return frame_of(request) if request is not None and user is not None and user.is_authenticated else None


@register.inclusion_tag("layout/_mark.html")
def mark(sign: Any) -> dict[str, Any]:
    """A status as shape and word."""
    return {"sign": sign}


@register.inclusion_tag("layout/_instant.html")
def instant(at: Any, zone: str) -> dict[str, Any]:
    """A moment in a zone that is named, with the machine's form beside it."""
    return {"at": at, "shown": show_instant(at, zone) if at else "–"}
