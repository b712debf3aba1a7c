"""The page of a list, page by page, or the whole list as a CSV file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import django_filters
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

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
    Raises BadRequest for a parameter that the list does not have, or that is given twice: without it the list would
    show other rows.
    """
    viewpoint = viewpoint_of(request)
    check_parameters(request, getattr((context or {}).get("filter"), "filters", {}))
    if wants_csv(request):
        now = timezone.now()
        return csv_response(request, definition, rows(records), viewpoint=viewpoint, what=file_name, now=now)
    page = Paginator(records, PAGE_SIZE).get_page(request.GET.get("page"))
    table = Table(definition, rows(page.object_list), viewpoint, group)
    whole = {"page": page, "table": table, "viewpoint": viewpoint, **(context or {})}
    return render_page(request, template, part=part, context=whole)


def check_parameters(request: HttpRequest, filters: Mapping[str, django_filters.Filter]) -> None:
    """Raise BadRequest for a parameter that is none, or that is given twice and takes one value."""
    for name, values in request.GET.lists():
        if name not in PARAMETERS and name not in filters:
            raise BadRequest(_("There is no parameter “%(name)s”.") % {"name": name[:100]})
        if len(values) > 1 and not isinstance(filters.get(name), django_filters.MultipleChoiceFilter):
            raise BadRequest(_("The parameter “%(name)s” is given twice.") % {"name": name[:100]})
