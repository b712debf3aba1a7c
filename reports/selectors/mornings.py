"""One reader's morning, put together: what the mail of a date says, if anything."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from metrics.models.breaches import Mute
from reports.digests import Digest, Item, Section
from reports.links import link
from reports.models import Edition, Message
from reports.nights import Night, State
from reports.readers import Reader, Side
from reports.selectors.breaches import BreachChanges, answers_due, breach_changes
from reports.selectors.dates import DatesOf, dates_ahead
from reports.selectors.decisions import decisions
from reports.selectors.standings import is_dormant, open_breaches, weekly_standings
from reports.selectors.verdicts import recovered, restated, unreported, warnings
from reports.selectors.windows import Window

# What was told longer ago than this may be told again; no period of ours waits longer for its next.
REMEMBERED = timedelta(days=100)
FARTHEST_BACK = timedelta(days=31)
DAY = timedelta(days=1)


def digest_for(reader: Reader, *, nights: list[Night], dates_of: DatesOf, now: datetime) -> Digest:
    """What the reader's mail of that date says; a night that did not finish leaves the rest to the next mail."""
    covers_from = last_look(reader, now)
    digest = Digest(reader, covers_from, now, tuple(nights), dates_covered=_dates_covered(reader, covers_from))
    if reader.side == Side.OPERATOR or any(night.state == State.MISSING for night in nights):
        return digest
    window = Window(reader, covers_from, now, told_before(reader, now))
    muted = muted_breaches(reader, now)
    heard = [_without_muted(section, muted) for section in _sections(window, dates_of)]
    sections = tuple(section for section, _left_out in heard if section.items)
    weekly = None
    if not sections and reader.starts_week and not is_dormant(reader):
        weekly = weekly_standings(reader, nights, last_mail(reader, covers_from))
    left_out = sum(number for _section, number in heard)
    return replace(digest, sections=sections, open_breaches=open_breaches(reader), weekly=weekly, muted=left_out)


def muted_breaches(reader: Reader, now: datetime) -> frozenset[int]:
    """The breaches of which the reader wants no mail now."""
    return frozenset(Mute.objects.lasting(now).filter(reader=reader.user).values_list("breach", flat=True))


def _without_muted(section: Section, muted: frozenset[int]) -> tuple[Section, int]:
    """A section without what the reader has muted, and how many items that left out."""
    items = tuple(item for item in section.items if item.breach_pk not in muted)
    return replace(section, items=items), len(section.items) - len(items)


def last_look(reader: Reader, now: datetime) -> datetime:
    """Until when the reader has heard all: the last edition that was neither lost nor cut short by its night."""
    editions = Edition.objects.filter(reader=reader.user)
    heard = editions.exclude(message__state=Message.State.FAILED).exclude(message__kind=Message.Kind.RUN_FAILED)
    looks = (
        heard.order_by("-covers_until").values_list("covers_until", flat=True).first(),
        editions.order_by("covers_from").values_list("covers_from", flat=True).first(),
    )
    last = next(filter(None, looks), reader.moment(reader.working_day_before(reader.local_date)))
    return max(last, now - FARTHEST_BACK)


def last_mail(reader: Reader, covers_from: datetime) -> datetime:
    """Since when the reader has heard nothing: their last mail of the past weeks, or the last look."""
    mails = Message.objects.told(reader.user, covers_from - FARTHEST_BACK).order_by("-queued_at")
    return mails.values_list("queued_at", flat=True).first() or covers_from


def told_before(reader: Reader, now: datetime) -> dict[str, date]:
    """Everything that the reader's mails have told, with the date of the last time."""
    told: dict[str, date] = {}
    mails = Message.objects.told(reader.user, now - REMEMBERED).order_by("queued_at")
    for facts, queued_at in mails.values_list("facts", "queued_at"):
        day = reader.day_of(queued_at)
        told.update(dict.fromkeys(facts.get("told", []), day))
    return told


def _sections(window: Window, dates_of: DatesOf) -> list[Section]:
    changes = breach_changes(window)
    due = answers_due(window, already=(*changes.found, *changes.final, *changes.withdrawn))
    missing = unreported(window)
    breaches_url, levels_url = link("breaches"), link("service-levels")
    vendor = window.reader.side == Side.VENDOR
    first = _vendor_first(changes, due, missing) if vendor else _client_first(changes, due, missing)
    return [
        *first,
        Section("warnings", _("At risk or lost (new)"), warnings(window), levels_url),
        Section("decisions", _("Decided") if vendor else _("Waiting for you"), decisions(window), levels_url),
        Section("withdrawn", _("No longer a breach"), changes.withdrawn, breaches_url),
        Section("recovered", _("Recovered"), recovered(window), levels_url),
        Section("restated", _("Restated"), restated(window), levels_url),
        Section("dates", _("Dates within 30 days"), dates_ahead(window, dates_of), link("contracts")),
    ]


def _client_first(changes: BreachChanges, due: tuple[Item, ...], missing: tuple[Item, ...]) -> list[Section]:
    return [
        Section("found", _("New breaches"), changes.found, link("breaches")),
        Section("final", _("Breaches now final"), changes.final, link("breaches")),
        Section("missing", _("Not reported"), missing, link("service-levels")),
        Section("due", _("Answers overdue"), due, link("breaches")),
    ]


def _vendor_first(changes: BreachChanges, due: tuple[Item, ...], missing: tuple[Item, ...]) -> list[Section]:
    """What the vendor owes, by date: causes of breaches old and new, then reports, which are late already."""
    answers = sorted((*changes.found, *due), key=lambda item: (item.due_on or date.max, item.ref))
    return [
        Section("owed", _("What you owe"), (*answers, *missing), link()),
        Section("final", _("Breaches now final"), changes.final, link("breaches")),
    ]


def _dates_covered(reader: Reader, covers_from: datetime) -> tuple[date, ...]:
    """The local dates whose nights a mail gathers; one of them on most days, three on a Monday."""
    first = reader.day_of(covers_from) + DAY
    return tuple(first + number * DAY for number in range((reader.local_date - first).days + 1))
