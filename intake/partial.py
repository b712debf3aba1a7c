"""Which way the rows lean that a partly accepted batch leaves out, day by day, as far as their cells can be read."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bpo.formatting import show_count, show_value
from bpo.row_errors import RowError
from contracts.models.service_levels import Feed, ServiceLevelTerms
from intake.checking import Block, Checked
from intake.kinds import ROW_KINDS
from intake.parsing import Sheet
from intake.unlikely import LISTED_NAMES, Unlikely
from metrics.models.results import NIL
from sla.unlikely import lean

GROUPED = re.compile(r"[0-9]{1,3}(?:[., '\u00a0\u202f][0-9]{3})+")
NUMBER = re.compile(r"-?[0-9]{1,15}(?:[.,][0-9]{1,15})?")
WAYS = {
    "worse": gettext_lazy("without them it looks better than it was"),
    "better": gettext_lazy("without them it looks worse than it was"),
    "higher": gettext_lazy("without them it looks lower than it was"),
    "lower": gettext_lazy("without them it looks higher than it was"),
    "same": gettext_lazy("they lean neither way"),
    "unknown": gettext_lazy("which way they lean cannot be read"),
}
# What tells good rows of a kind from bad ones.
TYPICAL = {Feed.Kind.CONTACTS: "wait_seconds", Feed.Kind.OBSERVATIONS: "value", Feed.Kind.COUNTS: "numerator"}
Places = list[int]
Read = Callable[[str], Fraction | None]


def partly_accepted(checked: Checked, errors: Iterable[RowError], feeds: Mapping[int, int]) -> list[Unlikely]:
    """Return for each feed the days of which some rows are refused and others accepted; `feeds` are those of rows."""
    sheet, refused = checked.sheet, {error.row - 1 for error in errors}
    warnings = []
    for block in (block for block in checked.blocks if block.kind != NIL):
        feed = block.rules.feed
        column = next(iter(ROW_KINDS[feed.kind, feed.schedule].own_columns))
        days: dict[str, tuple[Places, Places]] = defaultdict(lambda: ([], []))
        for place in sorted({place for place in refused if feeds.get(place + 1) == feed.pk}.union(block.places)):
            if cell := sheet.cell(place, column):
                days[str(cell)[:10]][place not in refused].append(place)
        partly = {day: sides for day, sides in days.items() if all(sides)}
        if not partly:
            continue
        is_better_higher = higher_is_better(feed)
        texts = [day_text(block, sheet, day, *partly[day], is_better_higher) for day in list(partly)[:LISTED_NAMES]]
        if len(partly) > LISTED_NAMES:
            texts.append(_("And %(number)s more days.") % {"number": len(partly) - LISTED_NAMES})
        places = sorted(place for out, _kept in partly.values() for place in out)
        lines = [sheet.lines[place] for place in places] if sheet.lines else []
        detail = _("%(feed)s is only partly accepted. %(days)s") % {"feed": feed.code, "days": " ".join(texts)}
        warnings.append(Unlikely("partly_accepted", detail, feed, [place + 1 for place in places], lines))
    return warnings


def day_text(block: Block, sheet: Sheet, day: str, out: Places, kept: Places, is_better_higher: bool | None) -> str:
    """Return how the refused rows of a day lean against those that are accepted."""
    refused, accepted = (typical_value(block, sheet, places) for places in (out, kept))
    is_share = block.rules.feed.kind == Feed.Kind.COUNTS and block.rules.needs_denominator and block.rules.is_share
    details = {
        "day": day,
        "out": show_count(len(out)),
        "all": show_count(len(out) + len(kept)),
        "lean": WAYS[lean(refused, accepted, higher_is_better=is_better_higher)],
    }
    if refused is None or accepted is None:
        return _("%(day)s: %(out)s of %(all)s rows refused; %(lean)s.") % details
    for name, value in (("refused", refused), ("accepted", accepted)):
        details[name] = show_value(value * (100 if is_share else 1), unit="%" if is_share else "", decimals=1)
    return _("%(day)s: %(out)s of %(all)s rows refused, with %(refused)s against %(accepted)s; %(lean)s.") % details


def higher_is_better(feed: Feed) -> bool | None:
    """Return the direction that all service levels of the feed share; of waits and cases the shorter are better."""
    if feed.kind in (Feed.Kind.CONTACTS, Feed.Kind.CASES):
        return False
    terms = ServiceLevelTerms.objects.filter(service_level__feed=feed).exclude(direction="range").order_by()
    ways = {
        (direction == "higher") != (params.get("of") == "rest")
        for direction, params in terms.values_list("direction", "params")
    }
    return ways.pop() if len(ways) == 1 else None


def typical_value(block: Block, sheet: Sheet, places: Places) -> Fraction | None:
    """Return what rows come to: a ratio, or a mean of values, waits in seconds or hours until resolved."""
    kind = block.rules.feed.kind
    if kind == Feed.Kind.DOWNTIME:
        return None
    if kind == Feed.Kind.CASES:
        pairs = both_known(sheet, places, "resolved_at", "opened_at", read_hours)
        known = [end - start for end, start in pairs]
    elif kind == Feed.Kind.COUNTS and block.rules.needs_denominator:
        pairs = both_known(sheet, places, "numerator", "denominator", read_number)
        whole = sum((denominator for _numerator, denominator in pairs), Fraction(0))
        return sum((numerator for numerator, _denominator in pairs), Fraction(0)) / whole if whole else None
    else:
        known = [number for number in read_all(sheet, places, TYPICAL[kind], read_number) if number is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def both_known(sheet: Sheet, places: Places, first: str, second: str, read: Read) -> list[tuple[Fraction, Fraction]]:
    pairs = zip(*(read_all(sheet, places, name, read) for name in (first, second)), strict=True)
    return [(one, other) for one, other in pairs if one is not None and other is not None]


def read_all(sheet: Sheet, places: Places, name: str, read: Read) -> Sequence[Fraction | None]:
    return [read(str(sheet.cell(place, name) or "").strip()) for place in places]


def read_number(text: str) -> Fraction | None:
    """Return a number, also one whose thousands are set apart or that has a decimal comma."""
    if GROUPED.fullmatch(text):
        return Fraction(re.sub(r"\D", "", text))
    return Fraction(text.replace(",", ".")) if NUMBER.fullmatch(text) else None


def read_hours(text: str) -> Fraction | None:
    """Return an instant as hours; one without an offset as if it were in UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Fraction(int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()), 3600)
