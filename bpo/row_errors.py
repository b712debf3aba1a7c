"""Errors in what was sent: a body that cannot be read, rows that break a rule, rows that contradict what is stored."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from bpo.size_limits import ERRORS_LISTED, VALUE_SHOWN

CONFLICTS = frozenset({"external_id_conflict", "period_closed", "something_happened", "stated_as_nothing"})


class RowError(NamedTuple):
    """One error in one row: a code for programs, a sentence and a hint for people, and the cell that it is about."""

    row: int
    line: int | None
    field: str
    code: str
    detail: str | Promise
    hint: str | Promise = ""
    value: object = None

    def as_json(self, *, in_list: bool) -> dict[str, object]:
        """The error as the API lists it; `row` counts from 1, the JSON pointer from 0."""
        where = [str(self.row - 1)] if in_list else []
        path = "/".join(where + ([self.field.replace("~", "~0").replace("/", "~1")] if self.field else []))
        members = {
            "row": self.row,
            "line": self.line,
            "pointer": f"#/{printable(path)}" if path else "#",
            "code": self.code,
            "value": show_value(self.value),
            "detail": str(self.detail),
            "hint": str(self.hint),
        }
        return {name: value for name, value in members.items() if value not in (None, "")}


class SubmissionError(Exception):
    """A request with results is refused as a whole; nothing was stored. `status` is the HTTP status to answer."""

    def __init__(self, status: int, code: str, detail: str, *, hint: str = "", **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = self.sentence = detail
        self.hint = hint
        self.more = more
        self.refused_feeds: dict[int, tuple[int, RowError]] = {}


class UnreadableError(SubmissionError):
    """The body does not have the form that its media type names, so its rows are unknown."""

    def __init__(self, code: str, detail: str, *, hint: str = "", status: int = 400, **more: Any) -> None:
        super().__init__(status, code, detail, hint=hint, **more)


def refusal_of_rows(errors: Sequence[RowError], *, received: int, in_list: bool) -> SubmissionError:
    """Return the error that lists all wrong rows, given in their order: 409 if all only contradict what is stored."""
    wrong = [error for error in errors if error.code not in CONFLICTS] or errors
    invalid = len({error.row for error in wrong})
    is_conflict = wrong[0].code in CONFLICTS
    status, code = (409, wrong[0].code) if is_conflict else (422, "wrong_rows")
    rows = {"received": received, "valid": received - invalid, "invalid": invalid}
    detail = _("%(invalid)s of %(received)s rows are refused. Nothing was stored.") % rows
    return SubmissionError(status, code, detail, rows=rows, **list_errors(wrong, in_list=in_list))


def list_errors(errors: Sequence[RowError], *, in_list: bool) -> dict[str, Any]:
    """Return the first errors as an answer lists them, and how many more there are."""
    return {
        "errors": [error.as_json(in_list=in_list) for error in errors[:ERRORS_LISTED]],
        "errors_left_out": max(0, len(errors) - ERRORS_LISTED) or None,
    }


def show_value(value: object) -> object:
    """Return the cell as an error shows it: cut short and safe to print; a list or object only by its kind."""
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    if isinstance(value, str):
        return printable(value[:VALUE_SHOWN])
    return value


def printable(text: str) -> str:
    """Return the text with control characters and lone surrogates, which no encoding can carry, escaped."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
