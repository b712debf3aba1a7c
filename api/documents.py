"""The API's own description, for programs and for people, and the page behind every error's `type`."""

from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from api.cli import desk
from api.error_codes import CATALOGUE
from api.examples import calls_for, key_shown, languages
from api.reference import operations_of, shapes_of

COMMAND_LINE = Path(desk.__file__)
TEST_NOW = {
    "name": "X-Test-Now",
    "in": "header",
    "schema": {"type": "string", "format": "date-time"},
    "description": "With a test key alone: the moment at which the request is made.",
}
LIVEMODE = {"type": "boolean", "const": False, "description": "Stands in every answer to a test key, and in no other."}


@require_safe
def openapi(request: HttpRequest) -> JsonResponse:
    """OpenAPI 3.1."""
    return JsonResponse(described(), json_dumps_params={"indent": 1})


@require_safe
def reader(request: HttpRequest) -> HttpResponse:
    """The same for people, with a quick start that is filled in with what the reader owes."""
    description, now = described(), timezone.now()
    base = request.build_absolute_uri("/").rstrip("/")
    calls = calls_for(request.user, now=now)
    context = {
        "calls": calls,
        "operations": operations_of(description),
        "shapes": shapes_of(description),
        "languages": languages(base, calls),
        "key": key_shown(request.user, now=now),
        "base": base,
    }
    return render(request, "api/reference.html", context)


@require_safe
def command_line(request: HttpRequest) -> HttpResponse:
    """The vendors' command line, one file to keep."""
    response = HttpResponse(COMMAND_LINE.read_text(encoding="utf-8"), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="desk.py"'
    return response


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """Every code."""
    return render(request, "api/problems.html", {"entries": CATALOGUE})


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """One code."""
    if code not in CATALOGUE:
        raise Http404
    return render(request, "api/problem.html", {"code": code, "entry": CATALOGUE[code]})


def described() -> dict[str, Any]:
    """The schema of version 1, which is the same for everybody."""
    description = SchemaGenerator().get_schema(request=None, public=True)
    for methods in description["paths"].values():
        for operation in methods.values():
            operation.setdefault("parameters", []).append(TEST_NOW)
    for name in sorted(_answers(description)):
        description["components"]["schemas"][name]["properties"]["livemode"] = LIVEMODE
    return description


def _answers(description: dict[str, Any]) -> set[str]:
    """The names of all schemas that are a whole answer, and not only a part of one."""
    operations = [operation for methods in description["paths"].values() for operation in methods.values()]
    contents = [
        content
        for operation in operations
        for response in operation["responses"].values()
        for content in response.get("content", {}).values()
    ]
    return {content["schema"]["$ref"].rpartition("/")[2] for content in contents if "$ref" in content["schema"]}
