"""Dates of contracts that somebody has to act by, told a month before and again in the last week."""

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bpo.formatting import show_day
from contracts.dates import NextDate, next_dates
from contracts.models.agreements import Contract
from reports.digests import Item, Mark
from reports.links import link
from reports.readers import Reader
from reports.selectors.windows import Window
from reports.selectors.wording import DATE_MARK, party_of

# Days before a date at which it is told.
NOTICES = (7, 30)
DatesOf = Callable[[Contract, date], list[NextDate]]


class DateBook:
    """The coming dates of contracts, looked up once for all readers of a morning."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, date], list[NextDate]] = {}

    def __call__(self, contract: Contract, on: date) -> list[NextDate]:
        key = contract.pk, on
        if key not in self.known:
            ahead = next_dates(contract, on=on)
            self.known[key] = [entry for entry in ahead if entry.days_left(on) <= max(NOTICES)]
        return self.known[key]


def dates_ahead(window: Window, dates_of: DatesOf) -> tuple[Item, ...]:
    """Dates within 30 days that the reader has not been told of, or not since they came within a week."""
    reader = window.reader
    contracts = (
        Contract.objects.visible_to(reader.user)
        .filter(status__in=[Contract.Status.DRAFT, Contract.Status.ACTIVE])
        .select_related("client__organisation", "vendor__organisation")
    )
    found = (
        _date_item(reader, contract, entry) for contract in contracts for entry in dates_of(contract, reader.local_date)
    )
    return tuple(sorted((item for item in found if window.is_new(item.key)), key=lambda item: (item.due_on, item.ref)))


def _date_item(reader: Reader, contract: Contract, entry: NextDate) -> Item:
    left = entry.days_left(reader.local_date)
    keys = [f"date:{contract.public_id}:{entry.on}:{entry.label}:{days}" for days in NOTICES if left <= days]
    when = ngettext("in %(count)s day", "in %(count)s days", left) % {"count": left} if left else _("today")
    return Item(
        key=keys[0],
        also_told=tuple(keys[1:]),
        mark=Mark(*DATE_MARK, entry.label),
        ref=contract.public_id,
        party=party_of(reader, contract),
        title=entry.label,
        value=f"{show_day(entry.on)}, {when}",
        url=link("contracts", contract.public_id),
        due_on=entry.on,
    )
