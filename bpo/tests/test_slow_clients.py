"""A body is whole before a request is begun, or the sender is told why it is not."""

from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.test import Client

from bpo import slow_clients
from bpo.slow_clients import BODY, CUT_SHORT, FAULT, MOST_BYTES, TOO_SLOW, BufferedApplication, buffer_body


def taken(body: bytes, length: Any) -> dict[str, Any]:
    environ = {BODY: BytesIO(body), "CONTENT_LENGTH": str(length)}
    buffer_body(environ)
    return environ


@pytest.mark.parametrize("size", [1, 15, 16, 17, 100_000, 3_000_000])
def test_a_body_arrives_whole_whatever_its_size(size):
    body = bytes(number % 251 for number in range(size))

    environ = taken(body, size)

    assert environ[BODY].read() == body
    assert FAULT not in environ


def test_a_body_that_ends_early_is_cut_short():
    assert taken(b"half", 8)[FAULT] == CUT_SHORT


def test_a_body_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(slow_clients, "SECONDS", -1)

    assert taken(b"whole", 5)[FAULT] == TOO_SLOW


def test_a_body_that_is_too_large_is_left_unread():
    environ = taken(b"x", MOST_BYTES + 1)

    with pytest.raises(RequestDataTooBig):
        environ[BODY].read(10)


@pytest.mark.parametrize("length", ["18446744073709551610", "9" * 4000, "0" * 30 + str(MOST_BYTES + 1)])
def test_a_length_beyond_all_counting_is_too_large_too(length):
    environ = taken(b"x", length)

    with pytest.raises(RequestDataTooBig):
        environ[BODY].read(10)


def test_a_length_with_noughts_before_it_is_read_as_promised():
    assert taken(b"half", "0" * 30 + "8")[FAULT] == CUT_SHORT


@pytest.mark.parametrize("length", ["", "0", "-5", "ten", "5e3"])
def test_without_a_length_nothing_is_read(length):
    assert taken(b"body", length)[BODY].tell() == 0


def test_an_answer_is_closed_where_it_was_made():
    closed = []

    class Answer(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    patient = BufferedApplication(lambda environ, start: Answer([b"a", b"b"]), threads=1)

    assert (patient({BODY: BytesIO()}, None), closed) == ([b"ab"], [True])


@pytest.mark.parametrize(("fault", "status"), [(TOO_SLOW, 408), (CUT_SHORT, 400)])
def test_a_form_that_did_not_arrive_is_not_looked_at(db, fault, status):
    answer = Client().post("/accounts/login/", {"login": "a"}, **{FAULT: fault})

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")


def test_the_api_says_it_as_a_problem(db):
    answer = Client().post("/api/v1/results", "{}", content_type="application/json", **{FAULT: TOO_SLOW})

    assert (answer.status_code, answer.json()["code"]) == (408, "too_slow")
    assert "RateLimit" in answer.headers
