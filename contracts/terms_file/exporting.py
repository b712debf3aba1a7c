"""A contract as a terms file: what held on a day, in a form that loads to the same meaning."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import IO

import yaml
from django.db.models import Q
from django.utils.translation import gettext as _
from yaml.emitter import Emitter
from yaml.representer import SafeRepresenter
from yaml.serializer import Serializer

from bpo.errors import Refused
from contracts.clocks import agreed_calendar, standing_exceptions
from contracts.models.agreements import Amendment, Contract
from contracts.models.parties import BusinessCalendar
from contracts.models.service_levels import Feed
from contracts.services.successions import Lasting
from contracts.terms_file import items as kinds
from contracts.terms_file.reading import TAG, CoreResolver, Item
from contracts.terms_file.shapes import Shape

FORMAT = 1
# Words that other readers of YAML take for true and false; they are put in quotes.
BOOLEAN_WORDS = r"(?i:y|n|yes|no|on|off|true|false)"


class NothingInForce(Refused):
    """Before its first terms a contract has nothing to write down."""

    code = "nothing_in_force"


class TermsDumper(Emitter, Serializer, SafeRepresenter, CoreResolver):
    """Writes values so that every reader of YAML understands them alike."""

    def __init__(self, stream: IO[str], **options: object) -> None:
        Emitter.__init__(self, stream, width=110, allow_unicode=True)
        Serializer.__init__(self)
        SafeRepresenter.__init__(self, sort_keys=False, default_flow_style=False)
        CoreResolver.__init__(self)

    def ignore_aliases(self, data: object) -> bool:
        return True


TermsDumper.add_implicit_resolver(TAG + "word", re.compile(rf"\A{BOOLEAN_WORDS}\Z"), list("yYnNtTfFoO"))
TermsDumper.add_representer(Decimal, lambda dumper, number: dumper.represent_scalar(TAG + "float", f"{number:f}"))


def export_terms(contract: Contract, *, on: date) -> str:
    """The file that says what holds on that day, as far as it was agreed by then."""
    head = f"# {contract.public_id} {contract.title}, as agreed on {on}. docs/terms.md explains every name.\n"
    return head + yaml.dump(terms_data(contract, on=on), Dumper=TermsDumper)


def terms_data(contract: Contract, *, on: date) -> Item:
    """The same as plain values."""
    amendments = sorted(contract.amendments.all(), key=attrgetter("effective_on"))
    in_force = [amendment for amendment in amendments if amendment.effective_on <= on]
    if not in_force:
        raise NothingInForce(_("%(contract)s has no terms yet on %(day)s.") % {"contract": contract, "day": on})
    later = frozenset(amendment.effective_on for amendment in amendments if amendment.effective_on > on)
    view = View(contract, on, in_force[-1], later)
    timing = agreed_calendar(contract, on)
    scope_items = contract.scope_items.select_related("process", "amendment").prefetch_related("sites__delivery_centre")
    scope = view.timelines(scope_items.order_by("process__name", "function"), kinds.SCOPE, "process_id", "function")
    prices = contract.fees.select_related("process", "amendment").order_by("code")
    fees, levels = view.timelines(prices, kinds.FEE, "code"), view.levels()
    feeds = view.feeds({level[name] for level in levels for name in ("feed", "per") if name in level})
    named = {item["process"] for item in (*scope, *fees, *feeds, *levels) if "process" in item}
    parts = {
        "format": FORMAT,
        "effective_on": in_force[-1].effective_on.isoformat(),
        "amendment": kinds.AMENDMENT.write(in_force[-1]),
        "client": {"name": contract.client.name, **kinds.CLIENT.write(contract.client)},
        "vendor": vendor_item(contract),
        "calendars": calendar_items(contract, timing),
        "processes": [kinds.PROCESS.write(row) for row in contract.client.processes.all() if row.name in named],
        # A contract without a calendar says so: without the word it would take its client's.
        "contract": kinds.CONTRACT.write(contract) | {"calendar": timing and timing.name},
        "security_duties": [kinds.DUTY.write(row) for row in contract.security_duties.all()],
        "scope": scope,
        "fees": fees,
        "feeds": feeds,
        "service_levels": levels,
        "roll_ups": roll_up_items(contract, on, {level["roll_up"] for level in levels if "roll_up" in level}),
    }
    return {name: part for name, part in parts.items() if part != []}


@dataclass(frozen=True, slots=True)
class View:
    """What was agreed by a day: `amendment` was the newest, and `later` are the days of those that came after it."""

    contract: Contract
    on: date
    amendment: Amendment
    later: frozenset[date]

    def agreed(self, rows: Iterable[Lasting | Feed], shape: Shape, start: str) -> Iterator[Item]:
        """The rows of one timeline that hold on the day, or will without a later amendment."""
        timeline = list(rows)
        for row in timeline:
            begins, ends = getattr(row, start), row.ends_on
            is_over = ends is not None and ends <= self.on
            # A row without an amendment of its own came with the one of the day on which it begins.
            amendment = getattr(row, "amendment", None)
            came_on = amendment.effective_on if amendment else begins
            if is_over or came_on in self.later:
                continue
            item = shape.write(row)
            if ends in self.later or any(getattr(other, start) == ends for other in timeline):
                item.pop("ends_on", None)
            yield item

    def timelines(self, rows: Iterable[Lasting], shape: Shape, *names: str) -> list[Item]:
        """The items of rows, ordered by these columns, that follow each other where they have the same values in them.

        What begins with the file needs no day of its own.
        """
        items: list[Item] = []
        for _key, timeline in groupby(rows, attrgetter(*names)):
            items += self.agreed(sorted(timeline, key=attrgetter("starts_on")), shape, "starts_on")
        for item in items:
            if item["starts_on"] == self.amendment.effective_on.isoformat():
                item.pop("starts_on")
        return items

    def levels(self) -> list[Item]:
        items = []
        levels = self.contract.service_levels.select_related("feed", "per_feed", "process")
        levels = levels.prefetch_related("terms__amendment")
        for level in levels:
            rows = sorted(level.terms.all(), key=attrgetter("effective_on"))
            terms = list(self.agreed(rows, kinds.TERMS, "effective_on"))
            for item in terms:
                if item["effective_on"] <= self.amendment.effective_on.isoformat():
                    item.pop("effective_on")
            if terms:
                items.append(kinds.LEVEL.write(level) | {"terms": terms[0] if len(terms) == 1 else terms})
        return items

    def feeds(self, needed: set[str]) -> list[Item]:
        rows = self.contract.feeds.select_related("process").order_by("code")
        items = {item["code"]: item for row in rows for item in self.agreed([row], kinds.FEED, "starts_on")}
        items |= {row.code: kinds.FEED.write(row) for row in rows if row.code in needed and row.code not in items}
        for item in items.values():
            if item["starts_on"] == self.contract.starts_on.isoformat():
                item.pop("starts_on")
        return [items[code] for code in sorted(items)]


def roll_up_items(contract: Contract, on: date, codes: set[str]) -> list[Item]:
    """The targets of roll-ups that were in force by a day."""
    begun = contract.client.roll_up_targets.filter(Q(effective_on=None) | Q(effective_on__lte=on), code__in=codes)
    return [kinds.ROLL_UP.write(row) for row in begun]


def vendor_item(contract: Contract) -> Item:
    vendor = contract.vendor
    parts = {
        "contacts": [kinds.CONTACT.write(row) for row in vendor.contacts.all()],
        "delivery_centres": [kinds.CENTRE.write(row) for row in vendor.delivery_centres.all()],
        "certificates": [
            kinds.CERTIFICATE.write(row) for row in vendor.certificates.prefetch_related("delivery_centres")
        ],
    }
    return {"name": vendor.name, **kinds.VENDOR.write(vendor), **{name: part for name, part in parts.items() if part}}


def calendar_items(contract: Contract, timing: BusinessCalendar | None) -> list[Item]:
    """The calendars that the contract and its client go by."""
    owners = {contract.client.organisation_id: "client", contract.vendor.organisation_id: "vendor", None: "everybody"}
    used = dict.fromkeys(calendar for calendar in (timing, contract.client.calendar) if calendar)
    items = []
    for calendar in sorted(used, key=attrgetter("name")):
        item = kinds.CALENDAR.write(calendar)
        if owners[calendar.owner_id] != "client":
            item["owner"] = owners[calendar.owner_id]
        if exceptions := [kinds.EXCEPTION.write(row) for row in standing_exceptions(calendar)]:
            item["exceptions"] = exceptions
        items.append(item)
    return items
