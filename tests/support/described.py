"""Whatever a test asks of the API, the answer is as the served description says: status, media type and body."""

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse
from jsonschema import Draft202012Validator

from api.documents import build_description

API = "/api/v1/"
PROBLEM = "application/problem+json"
SHOWN = 5


@cache
def description() -> dict[str, Any]:
    """The description, made strict: what it does not name may not be there."""
    told = json.loads(json.dumps(build_description()))
    for schema in told["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return told


@cache
def addresses() -> list[tuple[re.Pattern[str], str]]:
    """Each described path with the addresses that it stands for."""
    return [
        (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in sorted(description()["paths"])
    ]


@cache
def validator(schema: str) -> Draft202012Validator:
    """What checks a body against a schema, given as JSON."""
    return Draft202012Validator({"components": description()["components"], **json.loads(schema)})


def differences(method: str, path: str, status: int, media_type: str, body: bytes) -> list[str]:
    """What an answer of the API has that its description does not say."""
    known = next((template for pattern, template in addresses() if pattern.fullmatch(path)), None)
    operations = description()["paths"].get(known, {})
    operation = operations.get("get" if method == "HEAD" else method.lower())
    if operation is None:
        # Who may not come in at all is told that before anything is said of methods.
        return _undescribed(status, media_type, body, wanted={401, 403, 405, 429} if known else {404, 405, 429})
    answer = operation["responses"].get(str(status))
    if answer is None:
        return [f"{status} is not described"]
    content = answer.get("content", {})
    if media_type not in content:
        return [f"{status} is described as {sorted(content)}, not as {media_type}"]
    return _body(content[media_type]["schema"], body) if method != "HEAD" and "json" in media_type else []


def _undescribed(status: int, media_type: str, body: bytes, *, wanted: set[int]) -> list[str]:
    """An address or a method that the description does not know is refused by a problem."""
    if status not in wanted or media_type != PROBLEM:
        return [f"neither the address nor {status} as {media_type} is described"]
    return _body({"$ref": "#/components/schemas/Problem"}, body) if body else []


def _body(schema: dict[str, Any], body: bytes) -> list[str]:
    try:
        told = json.loads(body)
    except ValueError:
        return ["the body is no JSON"]
    found = validator(json.dumps(schema)).iter_errors(told)
    return [f"{error.json_path}: {error.message[:300]}" for error, _ in zip(found, range(SHOWN), strict=False)]


@pytest.fixture(autouse=True)
def as_described(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every answer that this process gives during a test is compared, whichever way the test asks."""
    found: list[str] = []
    answer = BaseHandler.get_response

    def compared(self: BaseHandler, request: HttpRequest) -> HttpResponse:
        response = answer(self, request)
        if request.path.startswith(API):
            media_type = response.headers.get("Content-Type", "").split(";")[0]
            is_compressed = response.headers.get("Content-Encoding") == "gzip"
            body = gzip.decompress(response.content) if is_compressed else response.content
            told = differences(request.method, request.path, response.status_code, media_type, body)
            found.extend(f"{request.method} {request.path}: {each}" for each in told)
        return response

    monkeypatch.setattr(BaseHandler, "get_response", compared)
    yield found
    assert not found, "\n".join(["The API does not answer as its description says:", *found[:SHOWN]])
