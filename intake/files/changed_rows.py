"""Results that a file would replace, as people compare them."""

from dataclasses import dataclass

from intake.deciding import Decision
from intake.tables import plain


@dataclass(frozen=True)
class ChangedRow:
    """One result that would be replaced, with the columns that differ."""

    line: int | None
    feed: str
    key: str
    differences: list[tuple[str, str, str]]


def changed_row(decision: Decision, at: int) -> ChangedRow:
    """Return what a row of a file changes of the result that is stored."""
    block, change = decision.block, decision.changes[at]
    before, after = change.before or {}, change.after or {}
    differences = [
        (name, shown(value), shown(after[name]))
        for name, value in before.items()
        if value != after[name] and not name.endswith("_on")
    ]
    key = change.key.rstrip("|").replace("|", " · ")
    return ChangedRow(block.lines[at] if block.lines else None, decision.feed.code, key, differences)


def shown(value: object) -> str:
    """Return a value of a result as a page shows it."""
    return "–" if value in (None, "", []) else str(plain(value))
