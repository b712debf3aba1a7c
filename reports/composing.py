"""Lays a digest out as a mail: subject, text and HTML from the same values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bpo.formatting import show_day, show_instant
from bpo.mail import one_line, plain_text
from reports.digests import Digest, Night, Section, State, count_rows
from reports.links import link
from reports.readers import Reader, Side
from reports.subject_lines import headline, short_day, subject_line
from reports.subscriptions import unsubscribe_link

LONGEST_LINE = 300
LONGEST_SUBJECT = 200
MOST_NAMED = 3
# A mail clips at some 100 KB; failures beyond these are on the page of the run.
MOST_FAILURES = 10


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it will be sent."""

    subject: str
    text: str
    html: str


def compose_mail(digest: Digest) -> Mail:
    """Return subject, text part and HTML part; both parts have the same content."""
    subject = one_line(subject_line(digest))[:LONGEST_SUBJECT]
    context = {
        "subject": subject,
        "opening": _opening(digest),
        "failures": [_failed_night(night) for night in digest.failed_nights],
        "sections": [_printable(section) for section in digest.sections],
        "weekly": digest.weekly,
        "figures": digest.figures,
        "closing": _closing(digest),
        "footer": _footer(digest),
        "links": _links(digest),
    }
    text = render_to_string("email/nightly_digest/body.txt", context)
    html = render_to_string("email/nightly_digest/body.html", context)
    return Mail(subject, plain_text(text), html)


def _opening(digest: Digest) -> list[str]:
    """Return the sentence that mail programs show beside the subject, and which nights the mail covers."""
    lines = [_all_clear(zone, list(days)) for zone, days in groupby(digest.cleared_nights, key=lambda n: n.split()[0])]
    if digest.sections:
        lines.append(headline(digest))
    if len(digest.dates_covered) > 1 and (digest.sections or digest.weekly):
        days = [short_day(day) for day in digest.dates_covered]
        lines.append(_("This covers the nights from %(first)s to %(last)s.") % {"first": days[0], "last": days[-1]})
    if digest.weekly:
        sentence = _("Every night since %(since)s was evaluated. Nothing changed.")
        if digest.weekly.missed:
            sentence = _("Not evaluated since %(since)s: the nights of %(days)s. In the others nothing changed.")
        missed = ", ".join(short_day(day) for day in digest.weekly.missed)
        lines.append(sentence % {"since": short_day(digest.weekly.since), "days": missed})
    return lines


def _all_clear(zone: str, nights: list[str]) -> str:
    days = [date.fromisoformat(night.split()[1]) for night in nights]
    sentence = ngettext(
        "All clear: the night of %(days)s (%(zone)s), which an earlier mail named, is evaluated now.",
        "All clear: the nights of %(days)s (%(zone)s), which an earlier mail named, are evaluated now.",
        len(days),
    )
    return sentence % {"days": _join_days(days), "zone": zone}


def _join_days(days: Sequence[date]) -> str:
    """ "Mon 3 Nov 2025, Tue 4 Nov 2025 and Wed 5 Nov 2025"."""
    *others, last = map(show_day, days)
    return _("%(others)s and %(last)s") % {"others": ", ".join(others), "last": last} if others else last


def _failed_night(night: Night) -> dict[str, object]:
    """One night that did not finish, with those before it, in sentences."""
    what = {"day": show_day(night.local_date), "zone": night.zone}
    if night.state == State.MISSING:
        sentence = ngettext(
            "The night of %(day)s (%(zone)s) has not finished. No breach of it is in this mail.",
            "The nights of %(day)s (%(zone)s) have not finished. No breach of them is in this mail.",
            len(night.unfinished),
        ) % {**what, "day": _join_days(night.unfinished)}
    else:
        at = date_format(night.finished_at.astimezone(ZoneInfo(night.zone)), "H:i") if night.finished_at else "–"
        sentence = _("The night of %(day)s (%(zone)s) finished at %(at)s, but not for everything.") % {**what, "at": at}
    good = night.last_good
    unchanged = _("What it could not judge stands as of the night of %s.") % show_day(good) if good else ""
    lines = [_line(failure) for failure in night.failures[:MOST_FAILURES]]
    number = len(night.failures)
    return {
        "sentence": sentence,
        "unchanged": unchanged,
        "number": ngettext("%s failure", "%s failures", number) % number if number else "",
        "url": link("runs", night.local_date.isoformat(), *night.zone.split("/")),
        "lines": lines,
        "all": number if number > len(lines) else 0,
    }


def _closing(digest: Digest) -> list[str]:
    reader = digest.reader
    lines = []
    if digest.weekly and digest.weekly.figures:
        head, *words = (figure.sentence for figure in digest.weekly.figures)
        lines.append(f"{head}: {', '.join(words)}." if words else f"{head}.")
    if reader.side != Side.OPERATOR:
        lines.append(next_mail(reader, reader.moment(reader.working_day(reader.local_date, 1))))
    return lines


def next_mail(reader: Reader, following: datetime) -> str:
    return _("Next mail: %s, if something changes.") % show_instant(following, reader.user.zone)


def _footer(digest: Digest) -> list[str]:
    reader = digest.reader
    names = [organisation.name for organisation in reader.organisations]
    whose = ", ".join(names[:MOST_NAMED])
    if reader.side == Side.OPERATOR:
        why = _("You get this because you run the desk.")
    elif reader.side == Side.VENDOR:
        why = _("You get this because you answer for what %s delivers.") % whose
    else:
        why = _("You get this because you manage service levels of %s.") % whose
    evaluated = [
        _("Evaluated %s.") % show_instant(night.finished_at, night.zone) for night in digest.nights if night.finished_at
    ]
    zone = _("Days of this mail are in %s; periods and due times are in the contract's zone.") % reader.user.zone
    heads = [_("Heads of the record, to be kept: they show whether it was written anew."), *digest.heads]
    return [_line(why), zone, *evaluated[:MOST_NAMED], *(heads if digest.heads else ())]


def _links(digest: Digest) -> list[tuple[str, str]]:
    """Return links to the desk and to the mail's settings."""
    links = [(_("In the browser"), link())]
    if digest.failed_nights:
        links.append((_("Runs"), link("runs")))
    links.append((_("Settings"), link("me")))
    if digest.reader.side != Side.OPERATOR:
        links.append((_("Unsubscribe"), unsubscribe_link(digest.reader.user)))
    return links


def _printable(section: Section) -> dict[str, object]:
    """Return a section ready to print; each text stays on its line."""
    items = [
        replace(item, party=_line(item.party), title=_line(item.title), lines=tuple(map(_line, item.lines)))
        for item in section.shown
    ]
    return {
        "title": f"{section.title} ({section.number})",
        "heading": f"{section.title.upper()} ({section.number})",
        "rule": "-" * len(f"{section.title} ({section.number})"),
        "items": items,
        "all": section.number if section.number > count_rows(section.shown) else 0,
        "url": section.url,
    }


def _line(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"
