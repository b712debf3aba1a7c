"""Signing in with a second factor: an app's code, once; a recovery code, once; and limits on guesses."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from bpo.counters import Counters, SharedCounters, counters
from bpo.models import AuditEntry, User
from bpo.sign_in_limits import CODES_OF_PERSON
from tests.support.cast import Cast
from tests.support.factors import STEP_SECONDS, add_app, code_at, code_now, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
CODE_PAGE = "/accounts/2fa/authenticate/"
PASSWORD = "a long old phrase 17"


@pytest.fixture
def person(cast: Cast, time_machine) -> User:
    time_machine.move_to("2025-11-06 08:00:10+00:00", tick=False)
    person = cast.people["acme-manager"]
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def with_app(person: User) -> User:
    add_app(person)
    return person


def enter(client: Client, code: str):
    return client.post(CODE_PAGE, {"code": code})


def is_in(client: Client) -> bool:
    return client.get("/me").status_code == 200


def actions(person: User) -> list[str]:
    rows = AuditEntry.objects.filter(thing_type="bpo.user", thing_id=str(person.pk))
    return list(rows.order_by("pk").values_list("action", flat=True))


def test_the_password_alone_lets_nobody_in(with_app: User):
    assert not is_in(sign_in(with_app, PASSWORD))


def test_the_apps_code_does(with_app: User):
    client = sign_in(with_app, PASSWORD)
    enter(client, code_now())

    assert is_in(client)
    assert actions(with_app) == ["sign_in"]


def test_a_wrong_code_does_not_and_is_recorded(with_app: User):
    client = sign_in(with_app, PASSWORD)
    page = enter(client, "000000")

    assert "This code is not right" in page.content.decode()
    assert not is_in(client)
    assert actions(with_app) == ["fail_second_factor"]


@pytest.mark.parametrize(("steps", "works"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(with_app: User, steps: int, works: bool):
    client = sign_in(with_app, PASSWORD)
    enter(client, code_at(time.time() + steps * STEP_SECONDS))

    assert is_in(client) == works


def test_a_code_works_once(with_app: User):
    enter(sign_in(with_app, PASSWORD), code_now())
    second = sign_in(with_app, PASSWORD)
    enter(second, code_now())

    assert not is_in(second)


def test_nor_does_an_older_code_work_after_it(with_app: User):
    enter(sign_in(with_app, PASSWORD), code_now())
    second = sign_in(with_app, PASSWORD)
    enter(second, code_at(time.time() - STEP_SECONDS))

    assert not is_in(second)


def test_the_code_that_set_the_app_up_signs_nobody_in(person: User):
    client = sign_in(person, PASSWORD)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", client.get("/accounts/2fa/totp/activate/").content.decode())[1]
    client.post("/accounts/2fa/totp/activate/", {"code": code_now(secret)})
    second = sign_in(person, PASSWORD)
    enter(second, code_now(secret))

    assert not is_in(second)


def set_up(person: User) -> tuple[Client, list[str]]:
    """Set an app up on the pages; return the session and the recovery codes that it shows."""
    client = sign_in(person, PASSWORD)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", client.get("/accounts/2fa/totp/activate/").content.decode())[1]
    page = client.post("/accounts/2fa/totp/activate/", {"code": code_now(secret)}, follow=True)
    return client, re.findall(r"\b\d{8}\b", page.content.decode())


def test_an_app_is_set_up_on_the_pages_and_shows_ten_recovery_codes(person: User):
    _client, codes = set_up(person)

    assert len(codes) == 10
    assert actions(person) == ["sign_in", "add_second_factor"]


def test_recovery_codes_are_shown_once(person: User):
    client, codes = set_up(person)

    again = client.get("/accounts/2fa/recovery-codes/").content.decode()

    assert "10 codes are left" in again
    assert not any(code in again for code in codes)


def test_a_recovery_code_lets_in_once(person: User):
    _client, codes = set_up(person)
    first, second = sign_in(person, PASSWORD), sign_in(person, PASSWORD)
    enter(first, codes[3])
    enter(second, codes[3])

    assert (is_in(first), is_in(second)) == (True, False)
    used = AuditEntry.objects.get(action="use_recovery_code")
    assert used.changes == {"recovery_codes": [10, 9]}


def test_new_recovery_codes_end_the_old_ones(person: User):
    client, codes = set_up(person)
    client.post("/accounts/2fa/recovery-codes/generate/")
    second = sign_in(person, PASSWORD)
    enter(second, codes[0])

    assert not is_in(second)
    assert "make_recovery_codes" in actions(person)


def test_secrets_are_encrypted_in_the_database(person: User):
    _client, codes = set_up(person)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert not re.search(r"[A-Z2-7]{32}'", stored)
    assert not any(code in stored for code in codes)


def test_an_app_is_removed_on_the_pages_and_the_recovery_codes_with_it(person: User):
    client, _codes = set_up(person)
    client.post("/accounts/2fa/totp/deactivate/")

    assert not Authenticator.objects.exists()
    assert actions(person)[-1] == "remove_second_factor"
    assert is_in(sign_in(person, PASSWORD))


def test_wrong_codes_end_at_a_limit_for_the_right_one_too(with_app: User):
    client = sign_in(with_app, PASSWORD)
    for _ in range(CODES_OF_PERSON.most):
        enter(client, "000000")
    page = enter(client, code_now())

    assert "Too many tries" in page.content.decode()
    assert not is_in(client)
    assert actions(with_app)[-1] == "lock_second_factor"


def test_a_new_session_gains_no_tries(with_app: User):
    for _ in range(CODES_OF_PERSON.most):
        enter(sign_in(with_app, PASSWORD), "000000")
    client = sign_in(with_app, PASSWORD)
    enter(client, code_now())

    assert not is_in(client)


def test_codes_of_one_person_do_not_stop_another(with_app: User, cast: Cast):
    CODES_OF_PERSON.count(str(cast.people["acme-admin"].pk), CODES_OF_PERSON.most)
    client = sign_in(with_app, PASSWORD)
    enter(client, code_now())

    assert is_in(client)


def test_with_the_server_for_counts_stopped_codes_work_and_limits_hold(with_app: User, monkeypatch, tmp_path):
    on_it = Counters(SharedCounters(f"unix://{tmp_path}/stopped.sock"), counters().file)
    monkeypatch.setattr("bpo.sign_in_limits.counters", lambda: on_it)
    client = sign_in(with_app, PASSWORD)
    enter(client, code_now())
    second = sign_in(with_app, PASSWORD)
    for _ in range(CODES_OF_PERSON.most):
        enter(second, "000000")
    page = enter(second, code_at(time.time() + STEP_SECONDS))

    assert is_in(client)
    assert "Too many tries" in page.content.decode()


def test_a_secret_that_cannot_be_read_lets_nobody_in_and_says_so(with_app: User, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key " * 6
    client = sign_in(with_app, PASSWORD)
    Authenticator.objects.update(data={"secret": "gAAAAAB-not-ours"})
    page = enter(client, code_now())

    assert "cannot be read" in page.content.decode()
    assert not is_in(client)


@pytest.mark.parametrize(
    "credential",
    ["", "{}", "[]", "1", "null", '"x"', '{"id": 1}', '{"id": "AA", "rawId": "AA", "type": "public-key"}',
     '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA","authenticatorData":"AA",'
     '"signature":"AA","userHandle":"AA"}}', '{"response": {"userHandle": "//"}}'],
)  # fmt: skip
@pytest.mark.parametrize("place", ["authenticate", "passkeys/login", "passkeys/add", "passkeys/reauthenticate"])
def test_what_is_no_passkey_is_refused(with_app: User, credential: str, place: str):
    client = sign_in(with_app, PASSWORD)
    if place in ("passkeys/add", "passkeys/reauthenticate"):
        enter(client, code_now())
        client.get(f"/accounts/2fa/{place}/")
    elif place == "passkeys/login":
        client = Client()
        client.get(f"/accounts/2fa/{place}/", headers={"Accept": "application/json"})
    answer = client.post(f"/accounts/2fa/{place}/", {"credential": credential})

    assert answer.status_code in (200, 302)
    assert Authenticator.objects.filter(type="webauthn").count() == 0
