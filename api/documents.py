"""The API's description for programs and for people, the pages of its error codes, and its 404."""

from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from api.cli import desk
from api.error_codes import CATALOGUE
from api.examples import calls_for, key_prefix, languages
from api.overview import describe_whole
from intake.api.schema import ROW_SCHEMA

COMMAND_LINE = Path(desk.__file__)
TEST_NOW = {
    "name": "X-Test-Now",
    "in": "header",
    # No format: generators that make a date of it skip every operation, since a date is no text for a header.
    "schema": {"type": "string"},
    "description": "Only with a test key: the time at which the request is handled, in ISO 8601 with its UTC offset.",
}
LIVEMODE = {"type": "boolean", "const": False, "description": "In every answer to a test key, and only there."}


@require_safe
def openapi(request: HttpRequest) -> JsonResponse:
    """The OpenAPI 3.1 document."""
    return JsonResponse(build_description(), json_dumps_params={"indent": 1})


@require_safe
def reader(request: HttpRequest) -> HttpResponse:
    """The documentation page, with a quick start for a feed of the reader's own."""
    description, now = build_description(), timezone.now()
    base = request.build_absolute_uri("/").rstrip("/")
    calls = calls_for(request.user, now=now)
    context = {
        "calls": calls,
        "paths": description["paths"],
        "schemas": dict(sorted(description["components"]["schemas"].items())),
        "languages": languages(base, calls),
        "key": key_prefix(request.user, now=now),
        "base": base,
    }
    return render(request, "api/reference.html", context)


@require_safe
def command_line(request: HttpRequest) -> HttpResponse:
    """The command line client for vendors, a single file."""
    response = HttpResponse(COMMAND_LINE.read_text(encoding="utf-8"), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="desk.py"'
    return response


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """All error codes."""
    return render(request, "api/problems.html", {"entries": CATALOGUE})


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """One error code, the page to which a problem's `type` leads."""
    if code not in CATALOGUE:
        raise Http404
    return render(request, "api/problem.html", {"code": code, "entry": CATALOGUE[code]})


@cache
def build_description() -> dict[str, Any]:
    """Return the OpenAPI description of version 1, which is the same for everybody; nobody may change it."""
    description = SchemaGenerator().get_schema(request=None, public=True) | describe_whole()
    description["components"]["schemas"]["ResultRow"] = ROW_SCHEMA
    for operation in (operation for methods in description["paths"].values() for operation in methods.values()):
        operation.setdefault("parameters", []).append(TEST_NOW)
        for response in operation["responses"].values():
            for content in response.get("content", {}).values():
                if "$ref" in content["schema"]:
                    name = content["schema"]["$ref"].rpartition("/")[2]
                    description["components"]["schemas"][name]["properties"]["livemode"] = LIVEMODE
    return description


@extend_schema(exclude=True)
class NotFoundView(APIView):
    """A problem for every other address of the API, whoever asks."""

    authentication_classes: list[type] = []
    permission_classes: list[type] = []

    def initial(self, request: Request, *args: object, **kwargs: object) -> NoReturn:
        raise Http404
