"""A database that is busy or away ends in "try again", on pages and in the API, and not in a fault of ours."""

import pytest
from django.db import InterfaceError, OperationalError

from dashboard.views import people
from tests.support.factors import force_sign_in


@pytest.fixture
def away(monkeypatch):
    """Makes the database fail as it fails while it is restarted."""

    def fail(error):
        def broken(*_args, **_more):
            raise error("gone")

        monkeypatch.setattr(people, "render_page", broken)
        monkeypatch.setattr("metrics.api.access.enforce_rate_limit", broken)

    return fail


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_page_says_that_it_is_busy_and_when_to_come_back(cast, client, away, error):
    client.force_login(cast.people["acme-manager"])
    away(error)

    answer = client.get("/help")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert b"The desk is busy" in answer.content


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_the_api_says_so_as_a_problem_with_a_code(cast, client, away, error):
    client.force_login(cast.people["acme-manager"])
    away(error)

    answer = client.get("/api/v1/verdicts")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert (answer.json()["code"], answer.headers["Content-Type"]) == ("busy", "application/problem+json")


def test_another_fault_stays_a_fault(cast, client, away):
    client.force_login(cast.people["acme-manager"])
    client.raise_request_exception = False
    away(ZeroDivisionError)

    assert client.get("/help").status_code == 500


@pytest.mark.parametrize(
    "address", ["/contracts/CT-%00/chain", "/vendors/VN-%00", "/me/sessions/US-%00/end", "/people/end-sessions"]
)
def test_nul_is_an_error_of_the_request_on_every_database(cast, client, address):
    force_sign_in(client, cast.operator)
    client.raise_request_exception = False
    act = client.post if address.startswith(("/me", "/people")) else client.get

    assert act(address, {"email": "\x00@example.com"}).status_code in {400, 404}
