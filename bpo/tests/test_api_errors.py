"""Whatever goes wrong in the API, also before or outside of a view, is answered with a problem."""

import pytest
from django.db import OperationalError

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def fail_with(error: Exception):
    def fail(*_args, **_more):
        raise error

    return fail


def problem_of(answer) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return answer.status_code, body["code"]


@pytest.mark.parametrize("path", ["/api/v1/verdicts", "/api/docs", "/api/no-such-thing"])
def test_a_host_that_is_not_the_desks(client, path):
    assert problem_of(client.get(path, HTTP_HOST="evil.example.com")) == (400, "bad_request")


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/no-such-thing", "/api/v2/verdicts", "/api/problems/unheard_of"]
)
def test_an_address_that_is_not_there(client, path):
    assert problem_of(client.get(path)) == (404, "not_found")


def test_a_call_without_tls_is_refused_and_not_redirected(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert problem_of(client.post("/api/v1/results", "[]", "application/json")) == (403, "not_encrypted")


def test_pages_about_the_api_are_redirected_to_tls(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/api/docs")["Location"] == "https://testserver/api/docs"


@pytest.mark.parametrize("path", ["/api/docs", "/api/openapi.json", "/api/problems/"])
def test_a_method_that_an_address_outside_of_the_resources_does_not_know(client, path):
    answer = client.post(path)

    assert problem_of(answer) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"CONTENT_TYPE": "text/html"}, "<p>", (415, "unsupported_media_type")),
        ({"CONTENT_TYPE": "application/json", "HTTP_CONTENT_ENCODING": "gzip"}, "x", (415, "compressed_body")),
        ({"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(10**9)}, "x", (413, "too_large")),
    ],
)
def test_bodies_that_are_not_taken(cast, client, headers, body, expected):
    client.force_login(cast.people["brightline-reporter"])

    content_type = headers.pop("CONTENT_TYPE")
    assert problem_of(client.generic("POST", "/api/v1/results", body, content_type, **headers)) == expected


def test_an_error_of_ours(client, monkeypatch):
    monkeypatch.setattr("api.documents.build_description", fail_with(ZeroDivisionError()))
    client.raise_request_exception = False

    assert problem_of(client.get("/api/openapi.json")) == (500, "server_error")


@pytest.mark.parametrize("path", ["/api/v1/verdicts", "/help"])
def test_a_database_that_is_lost_before_any_view(cast, client, monkeypatch, path):
    client.force_login(cast.people["acme-manager"])
    monkeypatch.setattr("bpo.request_log.ActingUserMiddleware.process_request", fail_with(OperationalError("gone")))
    client.raise_request_exception = False

    answer = client.get(path)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    if path.startswith("/api/"):
        assert problem_of(answer) == (503, "busy")
    else:
        assert b"The desk is busy" in answer.content
