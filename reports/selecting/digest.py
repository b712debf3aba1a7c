"""Selects what one reader's mail of a date contains, if anything."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bpo.formatting import show_day
from contracts.dates import NextDate, next_dates
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from intake.due import DueReport, owed_reports
from intake.selectors.owed import missing
from metrics.models.breaches import Breach, Mute
from metrics.querysets import BreachQuerySet
from metrics.statuses import LOOKS
from record.heads import heads_for
from reports.digests import Coverage, Digest, Figure, Item, Mark, Night, Section, State
from reports.links import link
from reports.models import Edition, Message
from reports.readers import Reader, Side
from reports.selecting.breaches import answers_due, breach_changes, excuse_news, steps_on_answers
from reports.selecting.nights import REMEMBERED, cleared_nights, is_dormant, weekly_standings
from reports.selecting.verdicts import other_party, recovered, restated, unreported, warnings
from sla.verdicts import Status

FARTHEST_BACK = timedelta(days=31)
DAY = timedelta(days=1)
# Days before a date at which a mail names it.
NOTICES = (7, 30)


@dataclass
class UpcomingDates:
    """The coming dates of contracts, looked up once for all readers."""

    _found: dict[tuple[int, date], list[NextDate]] = field(default_factory=dict)

    def of_contract(self, contract: Contract, on: date) -> list[NextDate]:
        key = contract.pk, on
        if key not in self._found:
            ahead = next_dates(contract, on=on)
            self._found[key] = [entry for entry in ahead if (entry.on - on).days <= max(NOTICES)]
        return self._found[key]


def select_digest(reader: Reader, *, nights: list[Night], upcoming: UpcomingDates, now: datetime) -> Digest:
    """Return the contents of the reader's mail of that date; after an unfinished night the rest waits for the next."""
    covers_from = covered_until(reader, now)
    # One date on most days, three on a Monday.
    first = reader.day_of(covers_from) + DAY
    dates = tuple(first + number * DAY for number in range((reader.local_date - first).days + 1))
    cleared = cleared_nights(reader, nights, now)
    heads = tuple(heads_for(reader.user))
    digest = Digest(reader, covers_from, now, tuple(nights), dates_covered=dates, cleared_nights=cleared, heads=heads)
    if reader.side == Side.OPERATOR or any(night.state == State.MISSING for night in nights):
        return digest
    coverage = Coverage(reader, covers_from, now, mentioned_before(reader, now))
    muted = set(Mute.objects.filter(reader=reader.user, until__gt=now).values_list("breach", flat=True))
    candidates = _sections(coverage, upcoming)
    unmuted = [
        replace(section, items=tuple(item for item in section.items if item.breach_pk not in muted))
        for section in candidates
    ]
    sections = tuple(section for section in unmuted if section.items)
    weekly, has_news = None, any(not section.code.startswith("still_") for section in sections)
    if not has_news and reader.starts_week and not is_dormant(reader):
        mails = Message.objects.sent_or_pending(reader.user, covers_from - FARTHEST_BACK).order_by("-queued_at")
        last_mail_at = mails.values_list("queued_at", flat=True).first()
        weekly = weekly_standings(reader, nights, last_mail_at or covers_from)
    if not has_news and weekly is None:
        sections = ()
    still_open = Breach.objects.visible_to(reader.user).open()
    figures = (*_rest(still_open, candidates, sections), *(weekly.figures if weekly else ()))
    return replace(digest, sections=sections, open_breaches=still_open.count(), weekly=weekly, figures=figures)


def _rest(still_open: BreachQuerySet, candidates: Sequence[Section], sections: Sequence[Section]) -> list[Figure]:
    """The breaches that the mail does not name: open ones, and those that the reader has muted."""
    named = {item.breach_pk for section in sections for item in section.items if item.breach_pk}
    others = list(still_open.exclude(pk__in=named).values_list("public_id", flat=True))
    still = ngettext("%s breach is open.", "%s breaches are open.", len(others))
    if named:
        still = ngettext("%s other breach is open.", "%s other breaches are open.", len(others))
    muted = {item.ref for section in candidates for item in section.items if item.breach_pk}
    muted -= {item.ref for section in sections for item in section.items}
    counted = [
        (others, still),
        (sorted(muted), ngettext("%s muted item is not shown.", "%s muted items are not shown.", len(muted))),
    ]
    return [Figure(sentence % len(ids), tuple(ids), link("breaches", tab="all")) for ids, sentence in counted if ids]


def covered_until(reader: Reader, now: datetime) -> datetime:
    """Return until when mails covered everything; failed mails, and those about failed nights, do not count."""
    editions = Edition.objects.filter(reader=reader.user)
    complete = editions.exclude(message__state=Message.State.FAILED).exclude(message__kind=Message.Kind.RUN_FAILED)
    candidates = (
        complete.order_by("-covers_until").values_list("covers_until", flat=True).first(),
        editions.order_by("covers_from").values_list("covers_from", flat=True).first(),
    )
    last = next(filter(None, candidates), reader.moment(reader.working_day(reader.local_date, -1)))
    return max(last, now - FARTHEST_BACK)


def mentioned_before(reader: Reader, now: datetime) -> dict[str, date]:
    """Return every item key that the reader's mails have named, with the date of the last time."""
    mentioned: dict[str, date] = {}
    mails = Message.objects.sent_or_pending(reader.user, now - REMEMBERED).order_by("queued_at")
    for facts, queued_at in mails.values_list("facts", "queued_at"):
        day = reader.day_of(queued_at)
        mentioned.update(dict.fromkeys(facts.get("mentioned", []), day))
    return mentioned


def _sections(coverage: Coverage, upcoming: UpcomingDates) -> list[Section]:
    """Return all sections, empty ones too; a vendor's begin with what it owes: causes by date, then reports."""
    found, final, withdrawn = breach_changes(coverage)
    due = answers_due(coverage, already=(*found, *final, *withdrawn))
    breaches_url, levels_url = link("breaches", tab="all"), link("service-levels")
    verdicts_url = link("verdicts", revisions="all")
    is_vendor = coverage.reader.side == Side.VENDOR
    now_final = Section("final", _("Breaches now final"), final, breaches_url)
    if is_vendor:
        answers = tuple(sorted((*found, *due), key=lambda item: (item.due_on or date.max, item.ref)))
        first = [Section("owed", _("What you owe"), answers, breaches_url), reports_section(coverage), now_final]
    else:
        first = [
            Section("found", _("New breaches"), found, breaches_url),
            now_final,
            reports_section(coverage),
            Section("due", _("Answers overdue"), due, breaches_url),
        ]
    return [
        *first,
        Section("unreported", _("Closed without a report"), unreported(coverage), verdicts_url),
        Section("warnings", _("At risk or lost (new)"), warnings(coverage), levels_url),
        excuse_news(coverage),
        steps_on_answers(coverage),
        Section("withdrawn", _("No longer a breach"), withdrawn, breaches_url),
        Section("recovered", _("Recovered"), recovered(coverage), levels_url),
        Section("restated", _("Restated"), restated(coverage), verdicts_url),
        Section("dates", _("Dates within 30 days"), upcoming_dates(coverage, upcoming), link("contracts")),
    ]


def upcoming_dates(coverage: Coverage, upcoming: UpcomingDates) -> tuple[Item, ...]:
    """Return dates within 30 days that no mail has named yet, and once more those within a week."""
    reader = coverage.reader
    contracts = (
        Contract.objects.visible_to(reader.user)
        .filter(status__in=[Contract.Status.DRAFT, Contract.Status.ACTIVE])
        .select_related("client__organisation", "vendor__organisation")
    )
    items = []
    for contract in contracts:
        keys = {
            entry: _date_keys(reader, contract, entry) for entry in upcoming.of_contract(contract, reader.local_date)
        }
        if entries := [entry for entry in keys if coverage.is_new(keys[entry][0])]:
            items.append(_dates_item(reader, contract, entries, [key for entry in entries for key in keys[entry]]))
    return tuple(sorted(items, key=lambda item: (item.due_on, item.ref)))


def _date_keys(reader: Reader, contract: Contract, entry: NextDate) -> list[str]:
    left = (entry.on - reader.local_date).days
    return [f"date:{contract.public_id}:{entry.on}:{entry.label}:{days}" for days in NOTICES if left <= days]


def _dates_item(reader: Reader, contract: Contract, entries: list[NextDate], keys: list[str]) -> Item:
    """A contract with its next date, and the later ones below."""
    first, *later = [(entry.label, show_day_ahead(entry.on, reader.local_date)) for entry in entries]
    return Item(
        key=keys[0],
        other_keys=tuple(keys[1:]),
        mark=Mark("[!]", "◷", first[0]),
        ref=contract.public_id,
        party=other_party(reader, contract),
        title=first[0],
        value=first[1],
        lines=tuple(f"{label}: {when}" for label, when in later),
        url=link("contracts", contract.public_id),
        due_on=entries[0].on,
    )


def show_day_ahead(day: date, today: date) -> str:
    left = (day - today).days
    when = ngettext("in %(count)s day", "in %(count)s days", left) % {"count": left} if left else _("today")
    return f"{show_day(day)}, {when}"


def reports_section(coverage: Coverage) -> Section:
    """All that is missing or, for a vendor, owed; still the same where earlier mails named all that is missing."""
    reader, feeds = coverage.reader, Feed.objects.visible_to(coverage.reader.user)
    owed = owed_reports(feeds, now=coverage.until)
    code, title, url, reports = "missing", _("Reports missing"), link("data", state="late"), missing(owed)
    is_news = any(coverage.is_new(f"late:{report.id}") for report in reports)
    if reader.side == Side.VENDOR:
        code, title, url, reports = "owed_reports", _("Reports you owe"), link("data"), owed
    items = tuple(report_item(reader, report) for report in reports)
    return Section(code if is_news else f"still_{code}", title, items, url, is_live=True)


def report_item(reader: Reader, report: DueReport) -> Item:
    feed, look, days = report.feed, LOOKS[Status.NOT_REPORTED], report.days_late
    due = _("due by the end of %(day)s (%(zone)s)") % {"day": show_day(report.due_on), "zone": feed.contract.zone}
    lines = [ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}] if days else []
    return Item(
        key=f"{report.state}:{report.id}",
        mark=Mark(look.ascii, look.character, _("Late") if days else _("Due")),
        ref=f"{feed.contract.reference} {feed.code}",
        party=other_party(reader, feed.contract),
        title=f"{feed.name}, {report.period}",
        value=due,
        lines=(*lines, report.missing_text) if report.missing_text else tuple(lines),
        url=link("data", contract=feed.contract.public_id, feed=feed.code),
        due_on=report.due_on,
    )
