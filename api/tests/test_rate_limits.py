"""How fast the API may be asked, by key, by person and by address; and that every answer says how much is left."""

import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from intake.tests.test_sending import ROW
from metrics.models.results import Batch
from tests.support.api_clients import RESULTS, Door, codes, key_for

WRONG_KEY = {"Authorization": "Bearer bpo_live_00000000_" + "0" * 40}
LEFT = re.compile(r'"([a-z-]+)";r=(\d+);t=(\d+)')


def left(response) -> tuple[str, int]:
    """The policy that an answer names, and how much of it is left."""
    policy, rest, seconds = LEFT.fullmatch(response.headers["RateLimit"]).groups()
    assert response.headers["RateLimit-Policy"].startswith(f'"{policy}";q=')
    assert response.headers["RateLimit-Policy"].endswith(";w=60")
    assert 0 < int(seconds) <= 60
    return policy, int(rest)


def statuses(send, times: int) -> list[int]:
    return [send().status_code for _ in range(times)]


def test_writes_of_a_key_end_at_its_limit(door: Door, settings):
    settings.API_WRITES_PER_MINUTE = 2

    assert statuses(lambda: door.post(ROW), 3) == [201, 200, 429]


def test_a_refusal_is_a_problem_that_says_when_to_try_again(door: Door, settings):
    settings.API_WRITES_PER_MINUTE = 0

    response = door.post(ROW)

    assert response.headers["Content-Type"] == "application/problem+json"
    assert codes(response) == ["too_many_requests"]
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert not Batch.objects.exists()


def test_what_is_refused_for_its_content_counts_too(door: Door, settings):
    settings.API_WRITES_PER_MINUTE = 2

    assert statuses(lambda: door.post("{"), 3) == [400, 400, 429]


def test_so_does_a_write_that_the_key_may_not_make(door: Door, settings):
    settings.API_WRITES_PER_MINUTE = 1
    reading = {"Authorization": f"Bearer {key_for(door.cast.vendors['Brightline'], 'read')}"}

    assert statuses(lambda: door.post(ROW, headers=reading), 2) == [403, 429]


def test_reads_have_a_limit_of_their_own(door: Door, settings):
    settings.API_WRITES_PER_MINUTE, settings.API_READS_PER_MINUTE = 0, 2

    assert statuses(lambda: door.get("/api/v1/feeds"), 3) == [200, 200, 429]


def test_each_key_has_its_own_minute(door: Door, settings):
    settings.API_WRITES_PER_MINUTE = 1
    other = {"Authorization": f"Bearer {key_for(door.cast.vendors['Brightline'])}"}
    door.post(ROW)

    assert door.post(ROW, headers=other).status_code == 200


def test_a_person_is_counted_as_a_key_is(door: Door, settings):
    settings.API_READS_PER_MINUTE = 1
    client = Client()
    client.force_login(door.cast.people["brightline-manager"])

    assert statuses(lambda: client.get("/api/v1/feeds"), 2) == [200, 429]


def test_after_a_minute_a_key_may_go_on(door: Door, settings):
    settings.API_READS_PER_MINUTE = 1
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert statuses(lambda: door.get("/api/v1/feeds"), 2) == [200, 429]
        clock.shift(59.9)
        assert door.get("/api/v1/feeds").status_code == 429
        clock.shift(0.2)
        assert door.get("/api/v1/feeds").status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/feeds", RESULTS, "/api/v1/no-such-thing", "/api/problems/not_found"])
def test_every_answer_says_how_much_is_left(door: Door, path):
    assert left(door.get(path))[1] > 0


def test_a_writer_is_told_of_its_writes(door: Door, settings):
    settings.API_WRITES_PER_MINUTE = 10

    assert left(door.post(ROW)) == ("default", 9)
    assert left(door.post("{")) == ("default", 8)


def test_a_stranger_is_told_of_its_address(client, db, settings):
    settings.API_REQUESTS_PER_MINUTE = 10

    assert left(client.get("/api/v1/feeds")) == ("address", 9)


def test_an_address_ends_at_its_limit_whatever_keys_it_has(door: Door, settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    door.post(ROW)
    client = Client()

    assert statuses(lambda: client.get("/api/v1/feeds"), 2) == [401, 429]
    assert codes(door.post(ROW)) == ["too_many_requests"]


def test_forged_addresses_count_as_one(door: Door, settings):
    settings.API_REQUESTS_PER_MINUTE = 3
    addresses = iter(range(9))

    seen = statuses(lambda: Client().get("/api/v1/feeds", headers={"X-Forwarded-For": f"1.2.3.{next(addresses)}"}), 5)

    assert seen == [401, 401, 401, 429, 429]


def test_behind_a_proxy_of_ours_each_address_counts_for_itself(door: Door, settings):
    settings.API_REQUESTS_PER_MINUTE, settings.NUM_PROXIES = 1, 1
    addresses = iter(range(9))

    def send():
        # The left entry is what a sender may write itself.
        return Client().get("/api/v1/feeds", headers={"X-Forwarded-For": f"9.9.9.9, 1.2.3.{next(addresses)}"})

    assert statuses(send, 3) == [401, 401, 401]


def test_wrong_keys_end_at_the_limit_of_their_address(door: Door, settings):
    settings.API_REFUSED_KEYS_PER_MINUTE = 2
    client = Client(headers=WRONG_KEY)

    assert statuses(lambda: client.get("/api/v1/feeds"), 4) == [401, 401, 429, 429]


def test_then_no_key_from_there_is_looked_at(door: Door, settings):
    settings.API_REFUSED_KEYS_PER_MINUTE = 1
    Client(headers=WRONG_KEY).get("/api/v1/feeds")

    response = door.get("/api/v1/feeds")

    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert Client(REMOTE_ADDR="192.0.2.7", headers=door.headers).get("/api/v1/feeds").status_code == 200


def test_right_keys_and_none_at_all_are_no_guesses(door: Door, settings):
    settings.API_REFUSED_KEYS_PER_MINUTE = 1
    for _ in range(3):
        door.get("/api/v1/feeds")
        Client().get("/api/v1/feeds")

    assert door.get("/api/v1/feeds").status_code == 200


def test_pages_are_not_counted(client, db, settings):
    settings.API_REQUESTS_PER_MINUTE = 0

    assert client.get("/accounts/login/").status_code == 200
