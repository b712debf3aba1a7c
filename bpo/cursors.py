"""Cursor pages of long lists: each starts after the last row of the one before, so none repeats or misses a row."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import date
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from bpo.api_base import DeskPagination, Problem

CURSOR = "cursor"
CURSOR_CHARACTERS = 1000
TEXT_CHARACTERS = 400


class CursorPagination(DeskPagination):
    """Offsets as everywhere; with `cursor` (empty at first) pages in the order of columns that together are unique.

    A row that exists from the first page to the last is listed once, whatever is added or corrected meanwhile.
    """

    cursor_columns: tuple[str, ...] = ()
    has_cursor = False

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: APIView | None = None) -> list[Any] | None:
        self.has_cursor = CURSOR in request.query_params
        if not self.has_cursor:
            return super().paginate_queryset(queryset, request, view)
        if {"offset", "ordering"} & set(request.query_params):
            raise Problem(400, "bad_cursor", _("A cursor cannot be combined with offset or ordering."))
        limit = self.get_limit(request)
        rows = queryset.order_by(*self.cursor_columns)
        if cursor := request.query_params[CURSOR]:
            rows = rows.filter(self._after(rows, cursor))
        page = list(rows[: limit + 1])
        self.next_url = None
        if len(page) > limit:
            page = page[:limit]
            last = [attrgetter(name.replace("__", "."))(page[-1]) for name in self.cursor_columns]
            text = json.dumps([value.isoformat() if isinstance(value, date) else value for value in last])
            after = urlsafe_b64encode(text.encode()).decode().rstrip("=")
            self.next_url = replace_query_param(request.build_absolute_uri(), CURSOR, after)
        return page

    def get_paginated_response(self, data: object) -> Response:
        if self.has_cursor:
            return Response({"next": self.next_url, "results": data})
        return super().get_paginated_response(data)

    def get_paginated_response_schema(self, schema: dict[str, object]) -> dict[str, object]:
        return super().get_paginated_response_schema(schema) | {"required": ["next", "results"]}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, object]]:
        cursor = {
            "name": CURSOR,
            "required": False,
            "in": "query",
            "description": "Empty for the first page; then follow `next`. Such pages have no count.",
            "schema": {"type": "string"},
        }
        return [*super().get_schema_operation_parameters(view), cursor]

    def _after(self, rows: QuerySet, cursor: str) -> Q:
        """Return the condition for rows after the cursor, compared column by column.

        A cursor may be forged, so everything is checked. Raises Problem.
        """
        values: list[object] = []
        with suppress(ValidationError, ValueError, OverflowError, RecursionError):
            read = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if isinstance(read, list) and len(cursor) <= CURSOR_CHARACTERS:
                pairs = zip(self.cursor_columns, read, strict=True)
                values = [_column_value(rows.model, name, value) for name, value in pairs]
        if not values:
            detail, hint = _("The cursor does not belong to this list."), _("Start with an empty cursor.")
            raise Problem(400, "bad_cursor", detail, hint=hint)
        after = Q()
        for position, name in enumerate(self.cursor_columns):
            equal = dict(zip(self.cursor_columns[:position], values[:position], strict=True))
            after |= Q(**equal, **{f"{name}__gt": values[position]})
        return after


def _column_value(model: type[Model], path: str, value: object) -> object:
    """Return a value with which the column can be compared. Raises ValueError or ValidationError."""
    is_text = type(value) is str and len(value) <= TEXT_CHARACTERS and "\x00" not in value
    if not (is_text or type(value) is int):
        raise ValueError(path)
    first, *others = path.split("__")
    field: Any = model._meta.get_field(first)
    for name in others:
        field = field.related_model._meta.get_field(name)
    # Half of a surrogate pair is text in Python, but not in a database.
    str(value).encode()
    read = field.to_python(value)
    if type(read) is int and not 0 <= read < 2**31:
        raise ValueError(path)
    return read
