"""The page of a list, page by page, or the whole list as a CSV file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from bpo.csv_export import csv_response, wants_csv
from bpo.htmx import render_page
from bpo.lists import ListDefinition, Row, Table
from bpo.viewpoint import viewpoint_of

PAGE_SIZE = 50
PARAMETERS = {"page", "format", "tab", "group", "feeds"}


def list_page(
    request: HttpRequest,
    definition: ListDefinition[Row],
    records: QuerySet[Any] | Sequence[Any],
    *,
    rows: Callable[[Any], Iterable[Row]],
    template: str,
    file_name: str,
    part: str = "",
    group: Callable[[Row], object] | None = None,
    context: Mapping[str, object] | None = None,
) -> HttpResponse:
    """The filtered and ordered records as a page of a table, or all of them as a file with `?format=csv`.

    `rows` makes the rows of the definition from records; `group` gives the heading under which a row stands.
    Raises BadRequest for a parameter that the list does not have: without it the list would show other rows.
    """
    viewpoint, known = viewpoint_of(request), {*PARAMETERS, *getattr((context or {}).get("filter"), "filters", ())}
    if unknown := [name for name in request.GET if name not in known]:
        raise BadRequest(f"There is no parameter {unknown[0][:100]!r}.")
    if wants_csv(request):
        now = timezone.now()
        return csv_response(request, definition, rows(records), viewpoint=viewpoint, what=file_name, now=now)
    page = Paginator(records, PAGE_SIZE).get_page(request.GET.get("page"))
    table = Table(definition, rows(page.object_list), viewpoint, group)
    whole = {"page": page, "table": table, "viewpoint": viewpoint, **(context or {})}
    return render_page(request, template, part=part, context=whole)
