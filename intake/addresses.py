"""Which feed a row is for: by its code, or by a service level that alone reads it; never another vendor's."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from bpo.row_cache import RowCache
from bpo.strict_columns import Cells
from bpo.strict_values import CellError
from bpo.tenancy import reach_of
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from contracts.querysets import TAKING_RESULTS
from sla.metrics.feeds import Aggregation
from sla.obligations import DaySpan, time_taken
from vendors.models import Vendor

ADDRESS = ("feed", "service_level", "contract")
TEXT_OR_NOTHING = frozenset({str, type(None)})
ADDED_UP = frozenset({Aggregation.SUM, Aggregation.COUNT})
HINTED_ADDRESSES = 50
CODES_ASKED = 3
CODE_CHARACTERS = 200
SHARES = frozenset({Aggregation.RATIO, Aggregation.SHARE_WITHIN})


@dataclass(frozen=True, slots=True)
class NeededTarget:
    """The values of a column for which a service level has targets, where its terms refuse rows with others."""

    level: str
    column: str
    values: Sequence[str]
    narrowing: Mapping[str, Sequence[str]]
    starts_on: str
    ends_on: str

    def is_for(self, day: str, others: Sequence[str | None]) -> bool:
        """Whether a row of a day is read by the terms; `others` are its cells of the narrowing's columns."""
        is_read = all((cell or "") in allowed for cell, allowed in zip(others, self.narrowing.values(), strict=True))
        return self.starts_on <= day < self.ends_on and is_read


@dataclass(frozen=True, slots=True)
class FeedRules:
    """What a feed's rows must keep to, gathered once a batch."""

    feed: Feed
    zone: ZoneInfo
    time: DaySpan
    needs_denominator: bool
    is_share: bool
    lowest: Decimal | None
    highest: Decimal | None
    targets: Sequence[NeededTarget] = ()

    @classmethod
    def of(cls, feed: Feed, aggregations: set[str], targets: Sequence[NeededTarget] = ()) -> "FeedRules":
        """The rules of a feed that is read with these aggregations, and with targets that its cases need."""
        return cls(
            feed=feed,
            zone=ZoneInfo(feed.contract.zone),
            time=time_taken(feed),
            needs_denominator=bool(aggregations - ADDED_UP),
            is_share=not feed.allows_excess and (not aggregations or bool(aggregations & SHARES)),
            lowest=feed.lowest,
            highest=feed.highest,
            targets=targets,
        )


class FieldError(CellError):
    """An error about one field of a row: its address names no feed of the vendor's, or its cells break a rule."""

    def __init__(self, field: str, code: str, detail: str | Promise, hint: str | Promise = "") -> None:
        super().__init__(code, detail, hint)
        self.field = field


FEEDS_OF_CODE: RowCache[list[Feed]] = RowCache(list)


class AddressBook:
    """The feeds of one vendor, found by what a row says of itself."""

    def __init__(self, vendor: Vendor, principal: object) -> None:
        self._vendor = vendor
        self._principal = principal
        self._known: dict[tuple[object, ...], FeedRules | CellError] = {}
        self._codes_asked = 0
        self._is_learned = False
        self._rules: dict[int, FeedRules] = {}
        self._contracts: set[str] = set()
        self._by_code: dict[str, list[FeedRules]] = defaultdict(list)
        self._by_level: dict[str, list[FeedRules]] = defaultdict(list)
        self._readers: dict[int, int] = defaultdict(int)

    def _feeds(self, **narrowed: str) -> QuerySet[Feed]:
        feeds = Feed.objects.visible_to(self._principal).filter(contract__vendor=self._vendor, **narrowed)
        return feeds.filter(TAKING_RESULTS).select_related("contract").order_by()

    def _learn(self) -> None:
        """All feeds of the vendor: what a batch of many of them needs, and whoever named none that is there."""
        self._is_learned = True
        feeds = list(self._feeds())
        aggregations = self._aggregations_of(feeds)
        targets = self._targets_of(feeds)
        self._rules = {feed.pk: FeedRules.of(feed, aggregations[feed.pk], targets[feed.pk]) for feed in feeds}
        for rules in self._rules.values():
            self._by_code[rules.feed.code].append(rules)
            self._contracts |= {rules.feed.contract.public_id, rules.feed.contract.reference}
        levels = ServiceLevel.objects.visible_to(self._principal).filter(feed__in=self._rules).order_by()
        for public_id, code, feed_pk in levels.values_list("public_id", "code", "feed"):
            self._readers[feed_pk] += 1
            for name in {public_id, code}:
                self._by_level[name].append(self._rules[feed_pk])

    def _aggregations_of(self, feeds: Collection[Feed]) -> dict[int, set[str]]:
        """How each feed is read; nothing of a row hangs on it but of totals."""
        found: dict[int, set[str]] = defaultdict(set)
        if counts := [feed for feed in feeds if feed.kind == Feed.Kind.COUNTS]:
            terms = ServiceLevelTerms.objects.visible_to(self._principal).filter(service_level__feed__in=counts)
            for feed_pk, aggregation in terms.order_by().values_list("service_level__feed", "aggregation").distinct():
                found[feed_pk].add(aggregation)
        return found

    def _targets_of(self, feeds: Collection[Feed]) -> dict[int, list[NeededTarget]]:
        """The targets without which cases or contacts of each feed are refused."""
        found: dict[int, list[NeededTarget]] = defaultdict(list)
        if single := [feed for feed in feeds if feed.kind in (Feed.Kind.CASES, Feed.Kind.CONTACTS)]:
            terms = ServiceLevelTerms.objects.visible_to(self._principal).filter(service_level__feed__in=single)
            columns = ("service_level__feed", "service_level__code", "params", "narrowing", "effective_on", "ends_on")
            needed = terms.filter(params__without_target="refused").order_by().values_list(*columns)
            for feed_pk, code, params, narrowing, starts_on, ends_on in needed:
                column, table = next(iter(params["targets"].items()))
                found[feed_pk].append(
                    NeededTarget(
                        level=code, column=column, values=sorted(table), narrowing=narrowing,
                        starts_on=starts_on.isoformat(), ends_on=ends_on.isoformat() if ends_on else "9",
                    )
                )  # fmt: skip
        return found

    def _one_of_code(self, code: str) -> FeedRules | None:
        """The only feed that has this code; asked for alone as long as a batch names few."""
        if self._is_learned or self._codes_asked >= CODES_ASKED:
            return None
        self._codes_asked += 1
        if not is_askable(code):
            return None
        asker = (self._vendor.pk, reach_of(self._principal), code)
        feeds = FEEDS_OF_CODE.get(asker, lambda: self._feeds(code=code)[:2])
        if len(feeds) != 1:
            return None
        (feed,) = feeds
        return FeedRules.of(feed, self._aggregations_of(feeds)[feed.pk], self._targets_of(feeds)[feed.pk])

    def find(self, row: Mapping[str, Any]) -> FeedRules:
        """The feed that a row names, or `CellError`."""
        feed, service_level, contract = row.get("feed"), row.get("service_level"), row.get("contract")
        address = (feed, service_level, contract)
        if not {type(feed), type(service_level), type(contract)} <= TEXT_OR_NOTHING:
            name = next(name for name in ADDRESS if type(row.get(name)) not in TEXT_OR_NOTHING)
            raise FieldError(name, f"unknown_{name}", _("A text is needed here."))
        found = self._known.get(address)
        if found is None:
            try:
                found = self._look_up(*address)
            except CellError as wrong:
                found = wrong
            self._known[address] = found
        if isinstance(found, CellError):
            # The same one is raised for many rows; it shall not remember each of them.
            raise found.with_traceback(None)
        return found

    def _look_up(self, feed: str | None, service_level: str | None, contract: str | None) -> FeedRules:
        if feed is None and service_level is None:
            raise FieldError(
                "feed",
                "missing_address",
                _("The row does not say what it is for."),
                _("Name its feed, or its service_level."),
            )
        if feed is not None and service_level is None and contract is None and (only := self._one_of_code(feed)):
            return only
        if not self._is_learned:
            self._learn()
        by_feed = None if feed is None else self._one("feed", feed, contract)
        by_level = None if service_level is None else self._one("service_level", service_level, contract)
        if by_feed and by_level and by_feed is not by_level:
            raise FieldError("feed", "contradictory_address", _("This service level does not read this feed."))
        return by_feed or by_level

    def _one(self, field: str, name: str, contract: str | None) -> FeedRules:
        """The only feed of a code, or the only one that a service level reads, in the contract if one is named."""
        known = self._by_code if field == "feed" else self._by_level
        found = known.get(name, [])
        if contract is not None:
            if contract not in self._contracts:
                raise FieldError("contract", "unknown_contract", _("There is no such contract."))
            found = [each for each in found if contract in (each.feed.contract.public_id, each.feed.contract.reference)]
        if not found:
            # Looking for what was meant is slow; a file that is wrong throughout needs it only at its head.
            near = get_close_matches(name[:60], known, 1) if len(self._known) < HINTED_ADDRESSES else []
            raise FieldError(
                field,
                f"unknown_{field}",
                _("There is no such feed.") if field == "feed" else _("There is no such service level."),
                _("Did you mean %(name)s?") % {"name": near[0]} if near else "",
            )
        # A draft takes no code away from a contract that runs.
        found = [each for each in found if each.feed.contract.status != Contract.Status.DRAFT] or found
        if len({rules.feed.pk for rules in found}) > 1:
            contracts = ", ".join(sorted(rules.feed.contract.public_id for rules in found))
            raise FieldError(
                field,
                f"ambiguous_{field}",
                _("Several of your contracts have this code."),
                _("Add the contract: %(contracts)s.") % {"contracts": contracts},
            )
        rules = found[0]
        if field == "service_level" and self._readers[rules.feed.pk] > 1:
            raise FieldError(
                field,
                "shared_feed",
                _("Several service levels read the feed of this one."),
                _("Name the feed: %(feed)s.") % {"feed": rules.feed.code},
            )
        return rules


def is_askable(code: str) -> bool:
    """Whether a database can be asked for such a text."""
    return len(code) <= CODE_CHARACTERS and code.isprintable()


def find_feeds(
    vendor: Vendor, principal: object, columns: Mapping[str, Cells], places: Sequence[int]
) -> tuple[list[tuple[FeedRules, Sequence[int]]], dict[int, FieldError]]:
    """Return the feeds that the rows at those places name, each with the places of its rows, and errors by place."""
    book = AddressBook(vendor, principal)
    rows_of: dict[int, list[int]] = defaultdict(list)
    feeds: dict[int, FeedRules] = {}
    errors: dict[int, FieldError] = {}
    for row, its_places in _by_address(columns, places):
        try:
            rules = book.find(row)
        except FieldError as error:
            errors |= dict.fromkeys(its_places, error)
        else:
            if len(its_places) == len(places):
                return [(rules, places)], {}
            feeds[rules.feed.pk] = rules
            rows_of[rules.feed.pk] += its_places
    return [(feeds[pk], sorted(rows_of[pk])) for pk in sorted(feeds)], errors


def _by_address(
    columns: Mapping[str, Cells], places: Sequence[int]
) -> Iterable[tuple[dict[str, object], Sequence[int]]]:
    """Return each address, as a row names it, with the places of its rows, in the order in which they come."""
    names = [name for name in ADDRESS if name in columns]
    cells = [columns[name] for name in names]
    if not all(TEXT_OR_NOTHING.issuperset(map(type, column)) for column in cells):
        return [({name: columns[name][place] for name in names}, [place]) for place in places]
    if all(column.count(column[0]) == len(column) for column in cells):
        return [({name: columns[name][0] for name in names}, places)] if places else []
    by_address: dict[tuple[object, ...], list[int]] = defaultdict(list)
    addresses = list(zip(*cells, strict=True))
    for place in places:
        by_address[addresses[place]].append(place)
    return [(dict(zip(names, address, strict=True)), its_places) for address, its_places in by_address.items()]
