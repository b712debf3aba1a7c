"""Pages of which htmx may request a part."""

from collections.abc import Mapping

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _


def render_page(
    request: HttpRequest, template: str, *, part: str = "", context: Mapping[str, object], status: int = 200
) -> HttpResponse:
    """Render the page, or only its part where htmx requests it; refuse a day in the past where it shows the present."""
    if "as_of" in request.GET and "as_of" not in context:
        raise BadRequest(_("This page has no history."))
    whole_page = "HX-Boosted" in request.headers or "HX-History-Restore-Request" in request.headers
    wants_part = bool(part) and request.headers.get("HX-Request") == "true" and not whole_page
    response = render(request, part if wants_part else template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
