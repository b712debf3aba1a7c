"""What is unlikely in rows that may be stored: warnings of a receipt, questions before a file or form is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bpo.formatting import show_count
from bpo.row_errors import RowError, SubmissionError
from contracts.models.service_levels import Feed
from intake.checking import Block, Checked
from sla.unlikely import UnreadName

LISTED_ROWS = 100
LISTED_NAMES = 5
# Of each code: what it says, and what to do about it.
CODES: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "unread_rows": (
        gettext_lazy("Rows have a queue, split, priority, group or service that no service level of the feed reads."),
        gettext_lazy("Write the name as the terms have it, or have the terms amended."),
    ),
    "near_name": (
        gettext_lazy("A name differs in case or blanks alone from one that a service level reads."),
        gettext_lazy("Write the name as the terms have it."),
    ),
    "unusual_scale": (
        gettext_lazy("Values are about 60, 100, 1,000, 3,600 or 86,400 times off what the feed had before."),
        gettext_lazy("Check the unit: seconds, not minutes or parts of a day; percent from 0 to 100."),
    ),
    "total_beside_parts": (
        gettext_lazy("A split is the sum of the others of its day, so that everything would count twice."),
        gettext_lazy("Leave out the row of the total."),
    ),
    "partly_accepted": (
        gettext_lazy("Of a day some rows are refused and others accepted, so that its value leans to one side."),
        gettext_lazy("Correct the refused rows and send them too."),
    ),
    "unusual_volume": (
        gettext_lazy("A day or week has far more or far less than the same weekday of the weeks before."),
        gettext_lazy("See whether rows are missing, twice, or of another feed."),
    ),
    "part_day": (
        gettext_lazy("A day has nothing in hours in which the feed usually has something."),
        gettext_lazy("Export the days whole, in the time zone of the contract."),
    ),
    "encoding": (
        gettext_lazy("Letters may have been read in another encoding than they were written in."),
        gettext_lazy("Send UTF-8, or choose the encoding under “How the file is read”."),
    ),
    "rounded_ids": (
        gettext_lazy("All ids of more than 15 digits end in zeros, as a spreadsheet rounds them."),
        gettext_lazy("Format the column as text before the ids are put in, and export it again."),
    ),
    "total_differs": (
        gettext_lazy("A total line of the file says something else than the rows above it come to."),
        gettext_lazy("See whether rows are missing, refused or twice in the file."),
    ),
    "share_differs": (
        gettext_lazy("A share in the file is another than that of its counts."),
        gettext_lazy("See whether each column is what it is said to be."),
    ),
    "percent_cells": (
        gettext_lazy("Cells are percentages, and the feed does not say that it takes percent."),
        gettext_lazy("Confirm that 88 % is meant as 88, or format the column as numbers."),
    ),
}


@dataclass(frozen=True, slots=True)
class Unlikely:
    """One thing that is unlikely in the rows of a feed, or of a whole file; `rows` count from 1."""

    code: str
    detail: str
    feed: Feed | None = None
    rows: Sequence[int] = ()
    lines: Sequence[int] = ()

    @property
    def hint(self) -> str:
        return str(CODES[self.code][1])

    def as_json(self) -> dict[str, object]:
        """Return it as a receipt lists and keeps it."""
        members = {
            "code": self.code,
            "contract": self.feed.contract.public_id if self.feed else "",
            "feed": self.feed.code if self.feed else "",
            "detail": self.detail,
            "hint": self.hint,
            "rows": list(self.rows[:LISTED_ROWS]),
            "lines": list(self.lines[:LISTED_ROWS]),
            "rows_left_out": max(0, len(self.rows) - LISTED_ROWS),
        }
        return {name: value for name, value in members.items() if value}


def refuse_unconfirmed(checked: Checked, *, is_dry_run: bool = False) -> None:
    """Raise SubmissionError 409 where rows are unlikely and nobody has confirmed them, though somebody has to."""
    held = [
        each
        for each in checked.warnings
        if each.code not in checked.confirmed and (checked.asks_all or (each.feed and each.feed.hold_unlikely))
    ]
    if not held:
        return
    codes = ",".join(sorted({each.code for each in held}))
    error = SubmissionError(
        409,
        "confirm_needed",
        _("Rows are unlikely. Nothing was stored. %(first)s") % {"first": held[0].detail},
        hint=_("Correct them, or if they are right, send them again with confirm=%(codes)s.") % {"codes": codes},
        rows={"received": checked.received, "valid": checked.received - len(checked.errors), "invalid": 0},
        warnings=[each.as_json() for each in held],
    )
    for each in held:
        if each.feed and not is_dry_run:
            first = RowError(each.rows[0] if each.rows else 1, None, "", each.code, each.detail)
            error.refused_feeds.setdefault(each.feed.pk, (len(each.rows), first))
    raise error


def warn(code: str, block: Block, positions: Sequence[int], detail: str) -> Unlikely:
    lines = [line for at in positions if (line := block.lines[at])] if block.lines else []
    return Unlikely(code, detail, block.rules.feed, [block.places[at] + 1 for at in positions], lines)


def warn_of_names(block: Block, columns: Sequence[str], names: Mapping[UnreadName, Sequence[int]]) -> list[Unlikely]:
    """Return the warnings about names that no level reads, or that one would read in another spelling."""
    warnings = []
    for code, is_read in (("unread_rows", False), ("near_name", True)):
        found = {name: places for name, places in names.items() if name.is_read == is_read}
        if not found:
            continue
        shown = [named_rows(columns, name, len(found[name])) for name in list(found)[:LISTED_NAMES]]
        if len(found) > LISTED_NAMES:
            shown.append(_("and %(number)s more") % {"number": len(found) - LISTED_NAMES})
        positions = sorted(at for places in found.values() for at in places)
        details = {"feed": block.rules.feed.code, "names": "; ".join(shown), "rows": show_count(len(positions))}
        if is_read:
            detail = _("Names of %(feed)s differ in case or blanks from those that service levels read: %(names)s.")
        else:
            detail = ngettext(
                "No service level of %(feed)s reads %(rows)s row: %(names)s.",
                "No service level of %(feed)s reads %(rows)s rows: %(names)s.",
                len(positions),
            )
        warnings.append(warn(code, block, positions, detail % details))
    return warnings


def named_rows(columns: Sequence[str], name: UnreadName, count: int) -> str:
    """Return `queue “billing” (2 rows; the terms have “Billing”)`."""
    pairs = zip(columns, name.name, strict=True)
    text = ", ".join(
        f"{column} “{value}”" if value else _("no %(column)s") % {"column": column} for column, value in pairs
    )
    rows = ngettext("%(count)s row", "%(count)s rows", count) % {"count": show_count(count)}
    near = ", ".join(f"“{each}”" for each in name.near if each)
    return f"{text} ({rows}; {_('the terms have %(near)s') % {'near': near}})" if near else f"{text} ({rows})"


def warn_of_scale(block: Block, column: str, factor: Fraction | None, positions: Sequence[int]) -> Unlikely:
    """Return the warning about values that are off the feed's history; without a factor there is no history."""
    count = ngettext("%(count)s value", "%(count)s values", len(positions)) % {"count": show_count(len(positions))}
    details = {"feed": block.rules.feed.code, "column": column, "values": count}
    if factor is None:
        detail = _("%(feed)s: %(values)s of %(column)s, all that are sent, lie below 1.") % details
    else:
        details["times"] = show_count(max(factor, 1 / factor))
        high = _("%(feed)s: %(values)s of %(column)s are about %(times)s times higher than it had before.")
        low = _("%(feed)s: %(values)s of %(column)s are about %(times)s times lower than it had before.")
        detail = (high if factor > 1 else low) % details
    return warn("unusual_scale", block, positions, detail)


def warn_of_totals(block: Block, totals: Mapping[str, str], positions: Sequence[int]) -> Unlikely:
    """Return the warning about a split that holds the others, by day."""
    day, split = next(iter(totals.items()))
    details = {"feed": block.rules.feed.code, "split": split, "day": day, "days": show_count(len(totals))}
    detail = ngettext(
        "%(feed)s: “%(split)s” of %(day)s is the total of its other splits, which would count twice.",
        "%(feed)s: “%(split)s” is the total of the other splits on %(days)s days, such as %(day)s; they count twice.",
        len(totals),
    )
    return warn("total_beside_parts", block, positions, detail % details)


def warn_of_texts(block: Block, garbled: Mapping[str, Sequence[int]], rounded: Sequence[int]) -> list[Unlikely]:
    """Return the warnings about names read in a wrong encoding, and about rounded ids."""
    feed, warnings = block.rules.feed.code, []
    if garbled:
        detail = _("%(feed)s: “%(name)s” looks like a name that was read in another encoding.")
        positions = sorted(at for places in garbled.values() for at in places)
        warnings.append(warn("encoding", block, positions, detail % {"feed": feed, "name": next(iter(garbled))}))
    if rounded:
        detail = _("%(feed)s: ids such as %(id)s may have been rounded to 15 digits by a spreadsheet.")
        warnings.append(warn("rounded_ids", block, rounded, detail % {"feed": feed, "id": block.keys[rounded[0]]}))
    return warnings
