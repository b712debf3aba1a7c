"""Cells that the tables of several lists show, as safe HTML."""

from datetime import datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from bpo.formatting import show_count, show_instant

NOTHING = "–"
UNJUDGED = SafeString('<span class="quiet">–<span class="hidden-text"> not judged yet</span></span>')


def link(url: str, text: object) -> SafeString:
    """A link; a text that is empty shows as a dash, so that there is something to click."""
    return format_html('<a href="{}">{}</a>', url, text or NOTHING)


def with_details(main: object, *details: object) -> SafeString:
    """What names a row, and smaller what belongs to it, separated by dots."""
    return format_html("{} <small>{}</small>", main, format_html_join(" · ", "{}", ((detail,) for detail in details)))


def labelled_on_phones(label: object, text: object) -> SafeString:
    """A text that means nothing without its heading, which phones leave out."""
    return format_html('<small class="phone-only">{}</small> {}', label, text)


def described_link(url: str, text: object, description: object) -> SafeString:
    """A link whose text is too short to stand alone, such as a count: screen readers get the description."""
    return format_html('<a href="{}">{}<span class="hidden-text"> {}</span></a>', url, text, description)


def counter(url: str, number: int, of: object) -> SafeString:
    """A count with a link to exactly the rows that it counts; screen readers get what they are."""
    html = '<a href="{}" data-counter>{}<span class="hidden-text"> {}</span></a>'
    return format_html(html, url, show_count(number), of)


def mark(sign: Any) -> SafeString:
    """A status as shape and word; see metrics.statuses.Sign."""
    if not sign:
        return UNJUDGED
    glyph = '<svg class="glyph" width="16" height="16" aria-hidden="true"><use href="#g-{}"/></svg> '
    shape = format_html(glyph, sign.glyph) if sign.glyph else ""
    return format_html('<span class="mark {}">{}{}</span>', sign.classes, shape, sign.word)


def instant(at: datetime | None, zone: str) -> SafeString | str:
    """A moment as people of a zone read it, with the zone's name, and for programs beside it."""
    if not at:
        return NOTHING
    utc = localtime(at)
    html = '<time datetime="{}" title="{} UTC">{}</time>'
    return format_html(html, utc.isoformat(), f"{utc:%Y-%m-%d %H:%M}", show_instant(at, zone))


def sparkline(spark: Any) -> SafeString | str:
    """The last values as a small line above or below the expected one; see dashboard.drawing.Spark."""
    if spark is None:
        return ""
    html = (
        '<svg class="spark" width="{}" height="{}" aria-hidden="true">{}'
        '<polyline points="{}"/><circle cx="{}" cy="{}" r="2.2"/></svg>'
    )
    level = format_html('<path d="M0 {}H{}"/>', spark.expected_y, spark.width) if spark.expected_y else ""
    return format_html(html, spark.width, spark.height, level, spark.points, spark.last_x, spark.last_y)
