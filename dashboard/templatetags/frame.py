"""Template tags: the bar on top, status marks, times and limits."""

from datetime import date, timedelta

from django import template
from django.utils.html import format_html, format_html_join

from bpo import cells
from contracts.limits import expected_text, measure_text, minimum_text, rules_text
from dashboard.frame import Frame, frame_of
from dashboard.selectors.misses_left import MissesLeft, misses_left
from metrics.models.verdicts import Verdict
from metrics.statuses import sign_of_verdict
from sla.verdicts import OPEN

register = template.Library()
register.filter("sign", sign_of_verdict)
register.filter("expected", expected_text)
register.filter("minimum", minimum_text)
register.filter("measure", measure_text)
register.filter("rules", rules_text)
register.simple_tag(cells.mark)
register.simple_tag(cells.instant)
register.simple_tag(cells.sparkline)


@register.filter("misses_left")
def misses_left_of(verdict: Verdict | None) -> MissesLeft | None:
    """What an open period of a verdict with its working can still bear."""
    if verdict is None or verdict.status not in OPEN:
        return None
    return misses_left(verdict, verdict.limits, verdict.working.get("facts", {}).get("pace"))


@register.filter
def day_before(day: date) -> date:
    """The last day of a span, whose end is the day after it."""
    return day - timedelta(days=1)


@register.simple_tag(takes_context=True)
def frame(context: template.Context) -> Frame | None:
    """The bar on top; None without a signed-in person who may use it, and without a request, as on an error page."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated or getattr(request, "lacks_factor", False):
        return None
    return frame_of(request)


@register.simple_block_tag
def table(
    content: str,
    *headings: str,
    label: str = "",
    labelled_by: str = "",
    css: str = "rows cards",
    numbers: str = "",
    phone_off: str = "",
) -> str:
    """A table that scrolls sideways where it is too wide: its headings, and the rows inside the tag.

    `numbers` and `phone_off` name the columns, counted from 1, of numbers and of what phones leave out.
    """
    classes = {"num": numbers.split(), "phone-off": phone_off.split()}
    heads = []
    for place, heading in enumerate(headings, start=1):
        names = " ".join(name for name, places in classes.items() if str(place) in places)
        heads.append((format_html(' class="{}"', names) if names else "", heading))
    return format_html(
        '<div class="wide" tabindex="0" role="group" {}="{}"><table class="{}">'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
        "aria-label" if label else "aria-labelledby",
        label or labelled_by,
        css,
        format_html_join("", '<th scope="col"{}>{}</th>', heads),
        content,
    )
