"""What the log of requests holds."""

import pytest
from django.test import Client
from structlog.testing import capture_logs

pytestmark = pytest.mark.django_db


def logged(path: str) -> str:
    with capture_logs() as lines:
        Client().get(path)
    return next(line["path"] for line in lines if line["event"] == "request")


@pytest.mark.parametrize(
    ("path", "shown"),
    [("/a/ack/1.BR-7K2M9:x:y", "/a/<str:act>/<str:token>"), ("/unsub/1.digest:x:y", "/unsub/<str:token>")],
)
def test_a_link_that_lets_its_bearer_act_is_not_in_the_log(path, shown):
    assert logged(path) == shown


def test_other_paths_are_logged_as_they_were_asked():
    assert logged("/breaches/BR-7K2M9") == "/breaches/BR-7K2M9"
