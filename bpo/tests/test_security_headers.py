"""Headers and cookies that tell browsers what they must not do."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as desk_settings
from django.test import Client

from bpo.browser_settings import CONTENT_SECURITY_POLICY

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
POLICY = ("default-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def ask(client: Client, what: str, settings: Any) -> Any:
    match what:
        case "a page":
            return client.get("/accounts/login/")
        case "a static file":
            settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
            answer = client.get("/static/img/favicon.svg")
            answer.close()
            return answer
        case "an address that is not there":
            return client.get("/no-such-page")
        case "a call without a key":
            return client.get("/api/v1/due")
        case "a call too many":
            settings.API_REQUESTS_PER_MINUTE = 0
            return client.get("/api/v1/due")
        case "a form that was cut short":
            return client.post("/accounts/login/", {}, **{"desk.body_fault": "incomplete_body"})
        case "a wrong host":
            return client.get("/", HTTP_HOST="evil.example.com")
        case "a page without TLS":
            settings.SECURE_SSL_REDIRECT = True
            return client.get("/")


CASES = {
    "a page": 200,
    "a static file": 200,
    "an address that is not there": 404,
    "a call without a key": 401,
    "a call too many": 429,
    "a form that was cut short": 400,
    "a wrong host": 400,
    "a page without TLS": 301,
}


@pytest.mark.parametrize("what", CASES)
def test_every_response_says_what_a_browser_may_do_with_it(client: Client, settings: Any, what: str) -> None:
    answer = ask(client, what, settings)

    assert answer.status_code == CASES[what]
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert all(part in answer.headers["Content-Security-Policy"] for part in POLICY)


def test_only_static_files_may_be_kept_and_no_other_site_reads_them(client: Client, settings: Any) -> None:
    page, file = ask(client, "a page", settings), ask(Client(), "a static file", settings)

    assert "no-store" in page.headers["Cache-Control"]
    assert "no-store" not in file.headers["Cache-Control"]
    assert file.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert "Access-Control-Allow-Origin" not in {**page.headers, **file.headers}


def test_the_policy_allows_no_script_in_a_page() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """The settings as a production machine reads them."""
    monkeypatch.setenv("DESK_MODE", "production")
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    return runpy.run_path(str(desk_settings.BASE_DIR / "bpo" / "settings.py"))


def test_in_production_browsers_use_tls_alone_for_a_year(production: dict[str, Any], client: Client, settings) -> None:
    for name in ("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD"):
        setattr(settings, name, production[name])
    secure = [client.get(path, secure=True) for path in ("/accounts/login/", "/api/v1/due", "/no-such-page")]

    assert production["SECURE_SSL_REDIRECT"]
    assert {answer.headers["Strict-Transport-Security"] for answer in secure} == {
        "max-age=31536000; includeSubDomains; preload"
    }


@pytest.mark.parametrize("cookie", ["SESSION", "CSRF"])
def test_in_production_cookies_belong_to_this_host_alone(
    production: dict[str, Any], settings: Any, cookie: str
) -> None:
    assert production[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
    assert production[f"{cookie}_COOKIE_SECURE"]
    assert (getattr(settings, f"{cookie}_COOKIE_SAMESITE"), getattr(settings, f"{cookie}_COOKIE_HTTPONLY")) == (
        "Lax",
        True,
    )
    assert (getattr(settings, f"{cookie}_COOKIE_DOMAIN"), getattr(settings, f"{cookie}_COOKIE_PATH")) == (None, "/")


def test_there_are_no_other_cookies(cast: Any, client: Client) -> None:
    person = cast.people["acme-manager"]
    client.post("/accounts/login/", {"login": person.email, "password": "wrong"})
    client.force_login(person)
    client.post("/me", {"time_zone": "Europe/Berlin", "digest_hour": "7"})
    client.get("/")

    assert set(client.cookies) == {"sessionid", "csrftoken"}


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/healthz", "/api/docs", "/api/v1/due"])
def test_trace_shows_nothing_of_the_request(client: Client, path: str) -> None:
    answer = client.trace(path, headers={"X-Secret": "seen-on-the-way"})

    assert answer.status_code in (302, 401, 405)
    assert b"seen-on-the-way" not in answer.content


@pytest.mark.parametrize("path", ["/static/", "/static/css/", "/.git/config", "/static/../bpo/settings.py"])
def test_no_folder_is_listed_and_no_other_file_is_served(client: Client, settings: Any, path: str) -> None:
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True

    assert client.get(path).status_code == 404
