"""Which answers are compressed, and which never."""

import gzip
import json
import re

import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory

from bpo.compression import CompressionMiddleware, never_compress
from reports.subscriptions import unsubscribe_link
from tests.support.cast import Cast

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture
def manager(cast: Cast) -> Client:
    """Brightline's manager, in a browser that accepts gzip."""
    client = Client(headers=GZIP)
    client.force_login(cast.people["brightline-manager"])
    return client


def answer_of(response: HttpResponse, *, path: str = "/", headers: dict[str, str] = GZIP) -> HttpResponse:
    """The response after the middleware."""
    return CompressionMiddleware(lambda _request: response)(RequestFactory().get(path, headers=headers))


@pytest.mark.parametrize("address", ["/", "/service-levels", "/api/openapi.json", "/api/docs", "/api/desk.py"])
def test_what_a_browser_reads_is_compressed_once(manager, address):
    answer = manager.get(address)

    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert gzip.decompress(answer.content)[:2] != b"\x1f\x8b"


@pytest.mark.parametrize("kind", ["text/html", "text/csv", "application/json"])
def test_every_kind_of_text_is_compressed(kind):
    assert answer_of(HttpResponse("x" * 500, content_type=kind)).headers["Content-Encoding"] == "gzip"


def test_the_compressed_page_is_the_page(manager):
    page = Client(headers={"Accept-Encoding": "identity"}).get("/accounts/login/")
    compressed = Client(headers=GZIP).get("/accounts/login/")

    assert TOKEN.sub("", gzip.decompress(compressed.content).decode()) == TOKEN.sub("", page.content.decode())


def test_who_does_not_ask_gets_the_page_as_it_is(manager):
    answer = manager.get("/", headers={"Accept-Encoding": "identity"})

    assert "Content-Encoding" not in answer.headers
    assert answer.content.strip().startswith(b"<!DOCTYPE html>")


def test_caches_keep_both_forms_apart(manager):
    for encoding in ("gzip", "identity"):
        vary = manager.get("/", headers={"Accept-Encoding": encoding}).headers["Vary"]
        assert {"Accept-Encoding", "Cookie", "Authorization"} <= set(vary.split(", "))


def test_a_strong_etag_becomes_weak():
    response = HttpResponse("x" * 500, headers={"ETag": '"abc"'})

    assert answer_of(response).headers["ETag"] == 'W/"abc"'


def test_what_is_compressed_already_is_left_alone():
    body = gzip.compress(b"x" * 5_000) + b" " * 200
    response = HttpResponse(body, headers={"Content-Encoding": "gzip"})

    assert answer_of(response).content == body


def test_the_answer_that_shows_a_new_key_is_not_compressed(manager):
    made = manager.post("/api-keys", {"name": "cron", "mode": "test", "scopes": "read", "days": "30"})

    assert made.status_code == 201
    assert "Content-Encoding" not in made.headers
    assert b"bpo_test_" in made.content
    assert manager.get("/api-keys").headers["Content-Encoding"] == "gzip"


def test_an_answer_that_is_marked_is_not_compressed():
    assert "Content-Encoding" not in answer_of(never_compress(HttpResponse("x" * 500))).headers


def test_a_page_whose_address_grants_something_is_not_compressed(cast):
    link = unsubscribe_link(cast.people["brightline-manager"], "digest")
    answer = Client(headers=GZIP).get("/" + link.split("/", 3)[3])

    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers


def test_the_receipt_of_a_machine_is_not_compressed(cast, manager):
    rows = [{"feed": "QUALITY", "contract": "nowhere", "period": "2025-09", "numerator": 1, "denominator": 2}] * 20
    answer = manager.post("/api/v1/results", json.dumps(rows), content_type="application/json")

    assert len(answer.content) > 200
    assert "Content-Encoding" not in answer.headers


def test_a_csrf_token_is_another_in_each_answer():
    client = Client(headers=GZIP)
    pages = [gzip.decompress(client.get("/accounts/login/").content).decode() for _ in range(2)]
    tokens = [TOKEN.search(page)[1] for page in pages]

    assert len(set(tokens)) == 2


def test_the_same_page_is_not_always_of_the_same_length():
    lengths = {len(answer_of(HttpResponse("x" * 5_000)).content) for _ in range(40)}

    assert len(lengths) > 1


def test_collected_stylesheets_and_scripts_are_compressed(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)

    for pattern in ("css/desk.*.css", "js/desk.*.js"):
        assert len(list(tmp_path.glob(f"{pattern}.gz"))) == 1
