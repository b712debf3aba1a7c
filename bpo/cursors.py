"""Long lists, walked page by page from where the last page ended: no counting, and no row twice or left out."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from bpo.api_base import DeskPagination, Problem

CURSOR = "cursor"
CURSOR_CHARACTERS = 1000
TEXT_CHARACTERS = 400


class WalkedPagination(DeskPagination):
    """Offsets as everywhere; with `cursor` (empty at first) a walk over columns that together are unique.

    What exists throughout the walk is seen once, whatever is added or corrected meanwhile.
    """

    walk: tuple[str, ...] = ()
    is_walked = False

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Any] | None:
        self.is_walked = CURSOR in request.query_params
        if not self.is_walked:
            return super().paginate_queryset(queryset, request, view)
        if {"offset", "ordering"} & set(request.query_params):
            raise Problem(400, "bad_cursor", _("A cursor has its own order and place: leave out offset and ordering."))
        limit = self.get_limit(request)
        rows = queryset.order_by(*self.walk)
        if told := request.query_params[CURSOR]:
            rows = rows.filter(self._beyond(rows, told))
        page = list(rows[: limit + 1])
        self.following = None
        if len(page) > limit:
            page = page[:limit]
            self.following = replace_query_param(request.build_absolute_uri(), CURSOR, self._cursor(page[-1]))
        return page

    def get_paginated_response(self, data: Any) -> Response:
        if self.is_walked:
            return Response({"next": self.following, "results": data})
        return super().get_paginated_response(data)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return super().get_paginated_response_schema(schema) | {"required": ["next", "results"]}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor = {
            "name": CURSOR,
            "required": False,
            "in": "query",
            "description": "Empty at first; then follow `next`. Such pages are not counted.",
            "schema": {"type": "string"},
        }
        return [*super().get_schema_operation_parameters(view), cursor]

    def _cursor(self, row: Model) -> str:
        """The place right after a row."""
        place = [_value(row, name) for name in self.walk]
        told = json.dumps([each.isoformat() if isinstance(each, date) else each for each in place])
        return urlsafe_b64encode(told.encode()).decode().rstrip("=")

    def _beyond(self, rows: QuerySet, cursor: str) -> Q:
        """The rows after that place, column by column."""
        place = self._place(rows, cursor)
        beyond = Q()
        for position, name in enumerate(self.walk):
            level = dict(zip(self.walk[:position], place[:position], strict=True))
            beyond |= Q(**level, **{f"{name}__gt": place[position]})
        return beyond

    def _place(self, rows: QuerySet, cursor: str) -> list[Any]:
        if len(cursor) > CURSOR_CHARACTERS or not cursor.isascii():
            _refuse()
        try:
            told = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except (binascii.Error, UnicodeError, ValueError, RecursionError):
            _refuse()
        if not isinstance(told, list) or len(told) != len(self.walk):
            _refuse()
        return [_checked(rows, name, value) for name, value in zip(self.walk, told, strict=True)]


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _checked(rows: QuerySet, path: str, value: Any) -> Any:
    """A value that a column can be compared with; a cursor may come from anybody."""
    is_text = type(value) is str and len(value) <= TEXT_CHARACTERS and "\x00" not in value
    if not (is_text or type(value) is int):
        _refuse()
    field = rows.model._meta.get_field(path.split("__")[0])
    for name in path.split("__")[1:]:
        field = field.related_model._meta.get_field(name)
    try:
        # Half of a surrogate pair is text to Python, but to no database.
        str(value).encode()
        read = field.to_python(value)
    except (ValidationError, ValueError, OverflowError):
        _refuse()
    if type(read) is int and not 0 <= read < 2**31:
        _refuse()
    return read


def _refuse() -> NoReturn:
    raise Problem(400, "bad_cursor", _("This cursor was not given by this list."), hint=_("Begin with an empty one."))
