"""Who may try passwords: each client by its own address, nobody because of others, and with no server for counts."""

import pytest
from django.test import Client

from bpo.counters import Counters, SharedCounters, counters
from bpo.models import PasswordResetRequest, User
from bpo.sign_in_limits import FORMS_OF_ADDRESS, LINKS_OF_ACCOUNT, TRIES_OF_ACCOUNT, TRIES_OF_ADDRESS
from reports.links import reset_link
from tests.support.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
SIGN_IN = "/accounts/login/"
KNOWN, PASSWORD, NEW = "acme-manager@example.com", "a long old phrase 17", "a long new phrase 41"
PROXY, CLIENT = "10.0.0.1", "192.0.2.101"


@pytest.fixture
def person(cast: Cast, settings) -> User:
    settings.NUM_PROXIES = 1
    person = User.objects.get(email=KNOWN)
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(password: str = PASSWORD, *, login: str = KNOWN, forwarded: str = CLIENT):
    """Try as a client behind the proxy, which appends the client's address."""
    words = {"login": login, "password": password}
    return Client().post(SIGN_IN, words, REMOTE_ADDR=PROXY, headers={"X-Forwarded-For": forwarded})


def fail(times: int, **how: str) -> None:
    for number in range(times):
        sign_in("wrong", **({"login": f"nobody{number}@example.com"} | how))


def is_in(response) -> bool:
    return response.status_code == 302


def test_wrong_passwords_of_100_clients_behind_one_proxy_do_not_touch_the_101st(person: User):
    for number in range(100):
        assert not is_in(sign_in("wrong", login=f"nobody{number}@example.com", forwarded=f"198.51.100.{number}"))

    assert is_in(sign_in())


def test_a_client_that_failed_too_often_has_to_wait(person: User):
    fail(TRIES_OF_ADDRESS.most)

    assert "Too many tries" in sign_in().content.decode()


def test_a_forged_address_gains_nothing(person: User):
    for number in range(TRIES_OF_ADDRESS.most):
        fail(1, login=f"nobody{number}@example.com", forwarded=f"203.0.113.{number}, {CLIENT}")

    assert not is_in(sign_in(forwarded=f"203.0.113.99, {CLIENT}"))


def test_an_account_is_locked_from_every_address(person: User):
    for number in range(TRIES_OF_ACCOUNT.most):
        fail(1, login=KNOWN.upper(), forwarded=f"198.51.100.{number}")

    assert "Too many tries" in sign_in().content.decode()


def test_a_new_password_by_a_mailed_link_ends_the_lock(person: User):
    fail(TRIES_OF_ACCOUNT.most, login=KNOWN)
    client = Client()
    page = client.get(reset_link(person), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

    assert is_in(sign_in(NEW))


def test_an_address_that_is_stopped_locks_no_account(person: User):
    fail(TRIES_OF_ADDRESS.most)
    fail(TRIES_OF_ACCOUNT.most, login=KNOWN)

    assert is_in(sign_in(forwarded="198.51.100.7"))


def test_who_signs_in_is_not_counted(person: User):
    assert all(is_in(sign_in()) for _ in range(TRIES_OF_ADDRESS.most + 1))


def test_the_answer_to_a_locked_account_does_not_say_whether_it_exists(person: User):
    pages = []
    for login, forwarded in ((KNOWN, CLIENT), ("nobody@example.com", "198.51.100.7")):
        fail(TRIES_OF_ACCOUNT.most, login=login, forwarded=forwarded)
        page = sign_in(login=login, forwarded=forwarded)
        pages.append((page.status_code, page.context["form"].errors))

    assert pages[0] == pages[1]


def test_forms_of_an_address_end_at_a_limit_and_the_page_says_when_to_go_on(person: User):
    FORMS_OF_ADDRESS.count(CLIENT, FORMS_OF_ADDRESS.most)

    refused = sign_in()

    assert refused.status_code == 429
    assert f"Try again in {refused['Retry-After']} seconds." in refused.content.decode()
    assert is_in(sign_in(forwarded="198.51.100.7"))


def test_links_for_one_account_are_few(person: User):
    answers = [Client().post("/accounts/password/reset/", {"email": KNOWN}) for _ in range(LINKS_OF_ACCOUNT.most + 1)]

    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    assert PasswordResetRequest.objects.count() == LINKS_OF_ACCOUNT.most


def test_a_cache_that_raises_stops_nobody(person: User, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://[::1]:1"}
    }

    assert is_in(sign_in())


@pytest.fixture
def stopped_server(monkeypatch, tmp_path) -> None:
    """A Valkey that was stopped: nobody listens at its socket."""
    on_it = Counters(SharedCounters(f"unix://{tmp_path}/stopped.sock"), counters().file)
    monkeypatch.setattr("bpo.sign_in_limits.counters", lambda: on_it)


def test_while_the_server_for_counts_is_stopped_people_sign_in(person: User, stopped_server):
    assert is_in(sign_in())


def test_while_it_is_stopped_limits_hold_on_this_machine(person: User, stopped_server):
    fail(TRIES_OF_ACCOUNT.most, login=KNOWN)

    assert not is_in(sign_in())
