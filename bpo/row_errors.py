"""What can be wrong with what was sent: a body that cannot be read, rows that cannot be true, rows that may not be."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from bpo.size_limits import ERRORS_LISTED, VALUE_SHOWN

CONFLICTS = frozenset({"external_id_conflict", "period_closed"})


class Mistake(NamedTuple):
    """One thing wrong with one row, said for a program, a person and an editor."""

    row: int
    line: int | None
    field: str
    code: str
    detail: str
    hint: str = ""
    value: Any = None

    def as_json(self, *, in_list: bool) -> dict[str, Any]:
        """The error as the API lists it; `row` counts from 1, the JSON pointer from 0."""
        where = [str(self.row - 1)] if in_list else []
        path = "/".join(where + ([self.field.replace("~", "~0").replace("/", "~1")] if self.field else []))
        told = {
            "row": self.row,
            "line": self.line,
            "pointer": f"#/{printable(path)}" if path else "#",
            "code": self.code,
            "value": shown(self.value),
            "detail": self.detail,
            "hint": self.hint,
        }
        return {name: value for name, value in told.items() if value not in (None, "")}


class Unusable(Exception):
    """What was sent is refused as a whole; nothing of it was stored."""

    def __init__(self, status: int, code: str, detail: str, *, hint: str = "", **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.hint = hint
        self.more = more
        self.refused_feeds: dict[int, tuple[int, Mistake]] = {}


class Unreadable(Unusable):
    """The body is not what its media type says, so that its rows are not even known."""

    def __init__(self, code: str, detail: str, *, hint: str = "", status: int = 400, **more: Any) -> None:
        super().__init__(status, code, detail, hint=hint, **more)


def rows_refused(mistakes: Iterable[Mistake], *, received: int, in_list: bool) -> Unusable:
    """The refusal that lists all wrong rows: 409 where they only contradict what is there, otherwise 422."""
    ordered = sorted(mistakes, key=lambda mistake: mistake.row)
    wrong = [mistake for mistake in ordered if mistake.code not in CONFLICTS] or ordered
    invalid = len({mistake.row for mistake in wrong})
    is_conflict = wrong[0].code in CONFLICTS
    return Unusable(
        409 if is_conflict else 422,
        wrong[0].code if is_conflict else "wrong_rows",
        _("%(invalid)s of %(received)s rows are refused. Nothing was stored.")
        % {"invalid": invalid, "received": received},
        rows={"received": received, "valid": received - invalid, "invalid": invalid},
        **listed(wrong, in_list=in_list),
    )


def listed(mistakes: Sequence[Mistake], *, in_list: bool) -> dict[str, Any]:
    """The mistakes as an answer lists them, and how many more there are."""
    return {
        "errors": [mistake.as_json(in_list=in_list) for mistake in mistakes[:ERRORS_LISTED]],
        "errors_left_out": max(0, len(mistakes) - ERRORS_LISTED) or None,
    }


def shown(value: Any) -> Any:
    """What was sent, cut short and safe to print; a list or object only by its kind."""
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    if isinstance(value, str):
        return printable(value[:VALUE_SHOWN])
    return value


def printable(text: str) -> str:
    """Without lone surrogates, which no encoding can carry, and without control characters."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
