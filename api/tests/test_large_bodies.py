"""Before a large body is read: the address takes the method, and the sender is known."""

from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from api.large_bodies import may_send
from bpo.bodies import IN_MEMORY
from tests.support.api_clients import RESULTS, open_door
from vendors.keys import revoke_key
from vendors.models import ApiKey

pytestmark = pytest.mark.django_db


def asked(path: str = RESULTS, method: str = "POST", **headers: str) -> bool:
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": BytesIO()}
    return may_send(environ | {f"HTTP_{name.upper()}": value for name, value in headers.items()})


@pytest.fixture
def key(cast) -> dict[str, str]:
    return {"authorization": open_door(cast).headers["Authorization"]}


def test_a_valid_key_is_enough(key):
    assert asked(**key)


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic eDp5"])
def test_another_key_is_not(header):
    assert not asked(authorization=header)


def test_nobody_is_asked_to_send(db):
    assert not asked()


def test_a_key_that_has_ended_is_none(key):
    revoke_key(key=ApiKey.objects.get(), actor=None, now=timezone.now())

    assert not asked(**key)


@pytest.mark.parametrize(
    ("path", "method"),
    [("/api/v1/nothing", "POST"), ("/api/v1/breaches", "POST"), ("/api/v1/results", "PUT"), ("/nothing", "POST")],
)
def test_no_key_opens_an_address_that_does_not_take_the_method(key, path, method):
    assert not asked(path, method, **key)


def test_whoever_is_signed_in_may_send_a_file(signed_in):
    cookie = signed_in("brightline-reporter").cookies[settings.SESSION_COOKIE_NAME].value

    assert asked("/imports/new", cookie=f"{settings.SESSION_COOKIE_NAME}={cookie}")


@pytest.mark.parametrize("cookie", ["", "sessionid=", "sessionid=0123456789abcdef0123456789abcdef"])
def test_another_cookie_is_no_session(db, cookie):
    assert not asked("/imports/new", cookie=cookie)


def test_a_session_of_nobody_is_none(client):
    client.get("/accounts/login/")
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    assert not asked("/imports/new", cookie=cookies)


@pytest.mark.parametrize(("path", "is_taken"), [("/imports/new", True), ("/api/v1/results", False), ("/", False)])
def test_what_does_not_fit_into_memory_is_read_where_files_are_taken(signed_in, path, is_taken):
    cookie = signed_in("brightline-reporter").cookies[settings.SESSION_COOKIE_NAME].value
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(IN_MEMORY + 1),
        "wsgi.input": BytesIO(),
    }

    assert may_send(environ | {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={cookie}"}) == is_taken
