"""Lines of the log: one JSON object each, with all that was said, the client's address, and one id over all parts."""

import json
import logging

import pytest
import structlog
from structlog.testing import capture_logs

from bpo.celery import add_request_id
from bpo.tracing import current_request_id, request_id_from
from metrics.tasks import run_due_nights
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_database


def written(**extra: object) -> str:
    """A line that a library logs, as the log's handler writes it."""
    (formatter,) = {
        handler.formatter
        for handler in logging.getLogger().handlers
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter)
    }
    record = logging.getLogger("library").makeRecord("library", logging.WARNING, "f", 1, "m", (), None, extra=extra)
    return formatter.format(record)


def formatted(**extra: object) -> dict:
    return json.loads(written(**extra))


def request_line(client, path: str = "/healthz", **headers: str) -> dict:
    with capture_logs() as lines:
        client.get(path, **headers)
    return next(line for line in lines if line["event"] == "request")


def test_what_a_library_says_beside_its_message_is_in_the_line():
    line = formatted(cell="SL-7K2M9 2025-10-01", error="ZeroDivisionError()")

    assert (line["event"], line["cell"], line["error"]) == ("m", "SL-7K2M9 2025-10-01", "ZeroDivisionError()")


def test_the_request_that_django_adds_is_left_out_since_its_address_may_grant_something():
    assert "request" not in formatted(request="<WSGIRequest: GET '/a/ack/secret'>")


def test_a_line_break_in_a_value_begins_no_line():
    line = formatted(note="one\ntwo\r\x1b[31m")

    assert line["note"] == "one\ntwo\r\x1b[31m"
    assert len(written(note="one\ntwo\r\x1b[31m").splitlines()) == 1


def test_a_request_is_logged_with_its_client_s_address(client):
    assert request_line(client, REMOTE_ADDR="192.0.2.7")["address"] == "192.0.2.7"


@pytest.mark.parametrize(("proxies", "address"), [(0, "10.0.0.1"), (1, "192.0.2.7")])
def test_a_forwarded_address_counts_as_far_as_the_desk_s_proxies_wrote_it(client, settings, proxies, address):
    settings.NUM_PROXIES = proxies
    line = request_line(client, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 192.0.2.7")

    assert line["address"] == address


def test_a_wrong_host_is_one_line_with_the_host_and_no_traceback(client, db, caplog):
    with caplog.at_level(logging.WARNING):
        line = request_line(client, "/", HTTP_HOST="evil.example.com")

    assert (line["status"], line["host"]) == (400, "evil.example.com")
    assert caplog.records == []


def test_other_requests_are_logged_without_their_host(client):
    assert "host" not in request_line(client)


def test_an_id_that_a_request_comes_with_is_its_id_and_comes_back(client):
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = client.get("/healthz", headers={"X-Request-Id": "proxy-4711-ab"})

    assert answer.headers["X-Request-Id"] == "proxy-4711-ab"
    assert [line["request_id"] for line in lines if line["event"] == "request"] == ["proxy-4711-ab"]


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 41, "two words 1234", 'quo"ted-id', "line\nbreak-id", "-dash-first"]
)
def test_an_id_of_another_form_is_replaced(given):
    assert request_id_from(given).startswith("req_")


def test_a_task_that_a_request_sends_carries_the_request_s_id():
    headers: dict[str, object] = {}
    with structlog.contextvars.bound_contextvars(request_id="proxy-4711-ab"):
        add_request_id(headers=headers)

    assert headers == {"request_id": "proxy-4711-ab"}


def test_outside_of_requests_and_tasks_there_is_no_id():
    assert current_request_id() == ""


@pytest.mark.broker
@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_worker_logs_what_a_task_does_under_the_id_of_the_request_that_sent_it(worker):
    with structlog.contextvars.bound_contextvars(request_id="proxy-4711-ab"):
        run_due_nights.delay("No/Such_Zone")

    failed = eventually(lambda: [line for line in json_lines(worker.output()) if "exception" in line])
    assert [(line["request_id"], line["task"]) for line in failed] == [
        ("proxy-4711-ab", "metrics.tasks.run_due_nights")
    ]


def json_lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
