"""While the demo world loads, pages say so, nobody changes anything, and nothing incomplete looks complete."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from bpo.demo_load import (
    DemoLoad,
    forget_demo_load,
    is_incomplete,
    marked_incomplete,
    read_demo_load,
    write_demo_load,
)
from tests.support.cast import Cast

LOADING = b"The demo world is loading."
WORDS = b"Client 2 of 4, Anonymous Bank: 40 % are there."


@pytest.fixture
def other_process() -> Iterator[subprocess.Popen[bytes]]:
    """Another process that loads the demo world."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        write_demo_load(DemoLoad(process.pid, "Anonymous Bank", 2, 4, 40, has_people=True))
        yield process
        forget_demo_load()
        process.kill()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/demo-load"])
@pytest.mark.usefixtures("other_process")
def test_everybody_reads_how_far_the_load_is(client: Client, path: str) -> None:
    content = client.get(path).content

    assert LOADING in content
    assert WORDS in content


@pytest.mark.usefixtures("other_process")
def test_pages_of_people_who_are_signed_in_say_it_too(client: Client, cast: Cast) -> None:
    client.force_login(cast.people["acme-manager"])

    assert WORDS in client.get("/").content


@pytest.mark.django_db
def test_before_there_are_people_the_line_says_that_nobody_can_sign_in(client: Client) -> None:
    write_demo_load(DemoLoad(os.getpid()))
    content = client.get("/accounts/login/").content
    forget_demo_load()

    assert b"Not everybody can sign in yet." in content


@pytest.mark.django_db
def test_the_line_disappears_when_the_load_is_complete(client: Client) -> None:
    assert b"demo world" not in client.get("/accounts/login/").content
    assert b"The demo world is complete." in client.get("/demo-load").content


@pytest.mark.django_db
def test_a_load_whose_process_is_gone_is_called_incomplete(
    client: Client, other_process: subprocess.Popen[bytes]
) -> None:
    other_process.kill()
    other_process.wait()

    assert b"The demo world is incomplete." in client.get("/accounts/login/").content


@pytest.mark.usefixtures("other_process")
def test_a_change_by_a_person_is_refused_meanwhile(client: Client, cast: Cast) -> None:
    user = cast.people["acme-manager"]
    client.force_login(user)

    answer = client.post("/me", {"name": "Somebody else"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert b"Nothing can be changed until it is complete" in answer.content
    user.refresh_from_db()
    assert user.name != "Somebody else"


@pytest.mark.django_db
@pytest.mark.usefixtures("other_process")
def test_results_are_refused_meanwhile_as_a_problem(client: Client) -> None:
    answer = client.post("/api/v1/results", "[]", content_type="application/json")

    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (503, "30", "busy")


@pytest.mark.django_db
@pytest.mark.usefixtures("other_process")
def test_signing_in_is_possible_meanwhile(client: Client) -> None:
    assert client.post("/accounts/login/", {"login": "nobody@example.com", "password": "wrong"}).status_code == 200


@pytest.mark.django_db
def test_the_loading_process_itself_sends_results(client: Client) -> None:
    write_demo_load(DemoLoad(os.getpid()))
    answer = client.post("/api/v1/results", "[]", content_type="application/json")
    forget_demo_load()

    assert answer.status_code == 401


def test_production_reads_no_progress(settings: object) -> None:
    write_demo_load(DemoLoad(os.getpid()))
    settings.PRODUCTION = True
    load = read_demo_load()
    forget_demo_load()

    assert load is None


@pytest.mark.django_db
def test_a_load_that_fails_leaves_a_mark_in_the_database() -> None:
    def load() -> None:
        with marked_incomplete():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        load()
    assert is_incomplete() is (connection.vendor == "sqlite")


@pytest.mark.django_db
def test_a_load_that_succeeds_leaves_none() -> None:
    with marked_incomplete():
        assert is_incomplete() is (connection.vendor == "sqlite")

    assert not is_incomplete()
