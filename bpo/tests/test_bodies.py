"""A body is whole before a request is begun, or the sender is told why it is not; all of them fit into one budget."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from io import BufferedRandom, BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.test import Client

from bpo import bodies
from bpo.bodies import (
    CUT_SHORT,
    FAULT,
    MOST_BYTES,
    NO_LENGTH,
    NOT_EXPECTED,
    TOO_LARGE,
    TOO_MANY,
    TOO_SLOW,
    BodyBudget,
    UnreadBody,
    drain,
    read_body,
    stated_length,
)

Message = dict[str, Any]
GONE: Message = {"type": "http.disconnect"}


def arriving(parts: Iterable[bytes | None]) -> Callable[[], Awaitable[Message]]:
    """A connection on which these parts arrive; None is a client that hangs up, and at the end it is silent."""
    waiting = iter(parts)

    async def receive() -> Message:
        for part in waiting:
            return GONE if part is None else {"type": "http.request", "body": part, "more_body": True}
        return await asyncio.Event().wait()  # never

    return receive


def taken(parts: Iterable[bytes | None], length: int) -> tuple[bytes, str]:
    body, fault = asyncio.run(read_body(arriving(parts), length))
    content = body.read()
    if hasattr(body, "close"):
        body.close()
    return content, fault


@pytest.mark.parametrize("size", [1, 16, 17, 100_000, 3_000_000, bodies.IN_MEMORY + 1])
def test_a_body_arrives_whole_whatever_its_size(size):
    body = bytes(number % 251 for number in range(size))

    assert taken([body[start : start + 65_536] for start in range(0, size, 65_536)], size) == (body, "")


@pytest.mark.parametrize(("more", "kind"), [(0, BytesIO), (1, BufferedRandom)])
def test_what_does_not_fit_into_memory_lies_on_the_disk(monkeypatch, more, kind):
    monkeypatch.setattr(bodies, "IN_MEMORY", 4)

    body, _fault = asyncio.run(read_body(arriving([b"x" * (4 + more)]), 4 + more))
    with closing(body):
        assert isinstance(body, kind)


def test_a_large_file_may_take_longer(monkeypatch):
    monkeypatch.setattr(bodies, "SECONDS", 0)
    monkeypatch.setattr(bodies, "IN_MEMORY", 4)
    monkeypatch.setattr(bodies, "BYTES_A_SECOND", 1)

    assert taken([b"large"], 5) == (b"large", "")


def test_a_body_for_which_the_disk_has_no_room_is_to_be_sent_again(monkeypatch):
    def refuse(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bodies, "IN_MEMORY", 4)
    monkeypatch.setattr(bodies, "TemporaryFile", lambda: SimpleNamespace(write=refuse, seek=int, read=bytes))

    assert taken([b"large"], 5) == (b"", TOO_MANY)


def test_without_a_length_nothing_is_asked_of_the_client():
    assert taken([], 0) == (b"", "")


def test_a_body_that_ends_early_is_cut_short():
    assert taken([b"ha", b"lf", None], 8) == (b"half", CUT_SHORT)


def test_a_body_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(bodies, "SECONDS", 0)

    assert taken([b"ha"], 8)[1] == TOO_SLOW


def test_a_refused_client_that_falls_silent_is_left(monkeypatch):
    monkeypatch.setattr(bodies, "DRAIN_SECONDS", 0)

    asyncio.run(drain(arriving([b"more"])))


def test_a_body_that_was_left_unread_cannot_be_read():
    with pytest.raises(RequestDataTooBig):
        UnreadBody().read(10)


@pytest.mark.parametrize("length", ["18446744073709551610", "9" * 4000, "0" * 30 + str(MOST_BYTES + 1)])
def test_a_length_beyond_all_counting_is_too_large_too(length):
    assert stated_length({"CONTENT_LENGTH": length}) > MOST_BYTES


def test_a_length_with_noughts_before_it_is_read_as_promised():
    assert stated_length({"CONTENT_LENGTH": "0" * 30 + "8"}) == 8


@pytest.mark.parametrize("length", ["", "0", "-5", "ten", "5e3", "٣"])
def test_what_is_no_length_is_none(length):
    assert stated_length({"CONTENT_LENGTH": length}) == 0


def test_bodies_share_one_budget_and_give_back_what_they_took():
    budget = BodyBudget(10)

    with budget.share(6) as first, budget.share(5) as second, budget.share(4) as third:
        assert (first, second, third, budget.left) == (True, False, True, 0)
    assert budget.left == 10


def test_a_body_gives_its_share_back_when_its_answer_fails():
    budget = BodyBudget(10)

    with pytest.raises(ZeroDivisionError), budget.share(6):
        raise ZeroDivisionError

    assert budget.left == 10


@pytest.mark.parametrize(
    ("fault", "status"),
    [(TOO_SLOW, 408), (CUT_SHORT, 400), (NO_LENGTH, 411), (TOO_LARGE, 413), (NOT_EXPECTED, 413), (TOO_MANY, 503)],
)
def test_a_form_that_did_not_arrive_is_not_looked_at(db, fault, status):
    answer = Client().post("/accounts/login/", {"login": "a"}, **{FAULT: fault})

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")


@pytest.mark.parametrize(("fault", "status"), [(TOO_SLOW, 408), (TOO_MANY, 503)])
def test_the_api_says_it_as_a_problem(db, fault, status):
    answer = Client().post("/api/v1/results", "{}", content_type="application/json", **{FAULT: fault})

    assert (answer.status_code, answer.json()["code"]) == (status, fault)
    assert "RateLimit" in answer.headers


def test_who_is_one_too_many_is_told_when_to_come_again(db):
    assert Client().post("/api/v1/results", "{}", content_type="application/json", **{FAULT: TOO_MANY})["Retry-After"]


@pytest.mark.parametrize("fault", [TOO_LARGE, NOT_EXPECTED, NO_LENGTH])
def test_the_api_asks_for_the_key_first(db, fault):
    answer = Client().post("/api/v1/results", "{}", content_type="application/json", **{FAULT: fault})

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
