"""Where people are signed in: listed, ended by hand, by time, by a new password and by an admin."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bpo.models import AuditEntry, SignInFailure, User, UserSession
from bpo.sessions import end_all_sessions, watch_sessions
from bpo.sign_in_limits import TRIES_OF_ACCOUNT
from reports.links import reset_link
from tests.support.cast import Cast
from tests.support.factors import add_app, force_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
START = "2025-11-06T08:00:00+00:00"
PASSWORD, NEW = "a long old phrase 17", "a long new phrase 41"


@pytest.fixture
def person(cast: Cast, time_machine) -> User:
    time_machine.move_to(START, tick=False)
    person = cast.people["acme-manager"]
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(person: User, password: str = PASSWORD, device: str = "Firefox") -> Client:
    client = Client(headers={"User-Agent": device})
    client.post("/accounts/login/", {"login": person.email, "password": password}, REMOTE_ADDR="192.0.2.7")
    return client


def is_in(client: Client) -> bool:
    return client.get("/me").status_code == 200


def test_a_sign_in_is_listed_with_device_and_address(person: User):
    page = sign_in(person).get("/me/sessions").content.decode()

    assert "Firefox" in page
    assert "192.0.2.7" in page
    assert "this one" in page


def test_a_person_ends_another_session_and_keeps_this_one(person: User):
    lost, here = sign_in(person, device="Lost phone"), sign_in(person)
    row = UserSession.objects.get(device="Lost phone")
    here.post(f"/me/sessions/{row.public_id}/end")

    assert (is_in(lost), is_in(here)) == (False, True)
    assert AuditEntry.objects.filter(action="end_sessions", actor=person).count() == 1


def test_all_others_end_at_once(person: User):
    others, here = [sign_in(person) for _ in range(3)], sign_in(person)
    here.post("/me/sessions/end-others")

    assert [is_in(other) for other in others] == [False] * 3
    assert is_in(here)


def test_nobody_ends_sessions_of_others(person: User, cast: Cast):
    theirs = sign_in(person)
    rival = Client()
    force_sign_in(rival, cast.people["acme-viewer"])
    answer = rival.post(f"/me/sessions/{UserSession.objects.get().public_id}/end")

    assert answer.status_code == 404
    assert is_in(theirs)


def test_the_api_lists_and_ends_them_too(person: User):
    lost, here = sign_in(person, device="Lost phone"), sign_in(person)
    rows = {row["device"]: row for row in here.get("/api/v1/sessions").json()["results"]}
    answer = here.post(f"/api/v1/sessions/{rows['Lost phone']['id']}/end", "{}", content_type="application/json")

    assert answer.json() == {"done": True}
    assert (is_in(lost), rows["Firefox"]["is_this_one"]) == (False, True)


def test_the_api_ends_all_others_at_once_and_twice_is_once(person: User):
    others, here = [sign_in(person) for _ in range(3)], sign_in(person)
    for _ in range(2):
        answer = here.post("/api/v1/sessions/end-others", "{}", content_type="application/json")

    assert (answer.status_code, answer.json()) == (200, {"done": True})
    assert ([is_in(other) for other in others], is_in(here)) == ([False] * 3, True)
    ended = AuditEntry.objects.get(action="end_sessions", actor=person)
    assert ended.changes == {"sessions": [3, 0], "reason": [None, "by_hand"]}


def test_after_a_while_sessions_are_ended_only_by_who_confirms_that_it_is_them(person: User, time_machine):
    other, here = sign_in(person), sign_in(person)
    time_machine.shift(timedelta(minutes=6))
    asked = here.post("/me/sessions/end-others")
    by_api = here.post("/api/v1/sessions/end-others", "{}", content_type="application/json")

    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert (by_api.json()["code"], is_in(other)) == ("confirm_identity", True)
    here.post(asked["Location"], {"password": PASSWORD})
    assert (is_in(here), is_in(other)) == (True, False)


def test_signing_out_forgets_it(person: User):
    sign_in(person).post("/accounts/logout/")

    assert not UserSession.objects.exists()


@pytest.mark.parametrize(("idle", "works"), [(timedelta(minutes=60), True), (timedelta(minutes=60, seconds=1), False)])
def test_an_idle_session_ends(person: User, time_machine, idle: timedelta, works: bool):
    client = sign_in(person)
    time_machine.shift(idle)

    assert is_in(client) == works
    assert UserSession.objects.exists() == works


def test_a_session_in_use_ends_after_twelve_hours(person: User, time_machine):
    client = sign_in(person)
    for _ in range(24):
        assert is_in(client)
        time_machine.shift(timedelta(minutes=30))

    assert is_in(client)
    time_machine.shift(timedelta(seconds=1))
    assert not is_in(client)


def test_when_it_was_seen_is_written_once_a_minute(person: User, time_machine):
    client = sign_in(person)

    def writes() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get("/help")
        return sum("bpo_usersession" in query["sql"] for query in asked)

    assert [writes(), writes()] == [0, 0]
    time_machine.shift(timedelta(minutes=1))
    assert [writes(), writes()] == [1, 0]


def test_a_new_password_ends_all_others_and_the_session_goes_on_to_be_known(person: User):
    lost, here = sign_in(person, device="Lost phone"), sign_in(person)
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert (is_in(lost), is_in(here)) == (False, True)
    row = UserSession.objects.get()
    assert Session.objects.filter(session_key=row.session_key).exists()
    end_all_sessions(person, actor=None, reason="test")
    assert not is_in(here)


def test_an_open_session_gains_no_tries_of_its_persons_password(person: User):
    client = sign_in(person)
    tries = [*(f"guess {number}" for number in range(TRIES_OF_ACCOUNT.most)), PASSWORD]
    for password in tries:
        client.post("/accounts/password/change/", {"oldpassword": password, "password1": NEW, "password2": NEW})

    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert SignInFailure.objects.filter(address=person.email).count() == len(tries)


def test_a_request_that_ends_late_brings_no_old_key_back(person: User, time_machine, rf):
    request = rf.get("/")
    request.session = sign_in(person).session
    time_machine.shift(timedelta(minutes=1))

    def answer_late(request: HttpRequest) -> HttpResponse:
        UserSession.objects.update(session_key="that of a new password")
        return HttpResponse()

    watch_sessions(answer_late)(request)

    assert UserSession.objects.get().session_key == "that of a new password"


def test_a_new_password_by_a_link_ends_all(person: User):
    lost, browser = sign_in(person), Client()
    person.refresh_from_db()
    page = browser.get(reset_link(person), follow=True)
    browser.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

    assert not is_in(lost)
    assert not UserSession.objects.exists()


def test_the_form_for_a_new_password_says_what_follows_in_the_words_of_other_pages(person: User):
    page = sign_in(person).get("/accounts/password/change/").content.decode()

    assert "Your other sessions end" in page
    assert ("New password again" in page, "placeholder" in page.partition("<main")[2]) == (True, False)


def change_person(cast: Cast, person: User, **values: str) -> None:
    client = Client()
    force_sign_in(client, cast.operator)
    inline = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    usual = {"email": person.email, "name": person.name, "is_active": "on", "zone": "UTC", "digest_at": "06:30"}
    data = {name: value for name, value in (usual | values | inline).items() if value}
    assert client.post(f"/admin/bpo/user/{person.pk}/change/", data).status_code == 302


def test_an_operator_who_deactivates_somebody_ends_their_sessions(person: User, cast: Cast):
    client = sign_in(person)
    change_person(cast, person, is_active="")

    assert not is_in(client)
    assert not UserSession.objects.exists()


def test_an_operator_who_sets_a_password_ends_their_sessions(person: User, cast: Cast):
    client = sign_in(person)
    change_person(cast, person, new_password=NEW)

    assert not is_in(client)
    assert not UserSession.objects.exists()


def test_after_a_while_a_key_is_made_only_by_who_confirms_that_it_is_them(cast: Cast, time_machine):
    time_machine.move_to(START, tick=False)
    person = cast.people["brightline-manager"]
    person.set_password(PASSWORD)
    person.save()
    client = sign_in(person)
    time_machine.shift(timedelta(minutes=6))
    key = {"name": "n", "mode": "test", "scopes": "read", "days": "30"}
    asked = client.post("/api-keys", key)

    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert not person.memberships.get().organisation.vendor.api_keys.exists()
    made = client.post(asked["Location"], {"password": PASSWORD})
    assert made.status_code == 201
    assert person.memberships.get().organisation.vendor.api_keys.count() == 1


def test_who_confirms_that_it_is_them_goes_on_under_a_new_key(person: User, time_machine):
    client = sign_in(person)
    old = client.session.session_key
    time_machine.shift(timedelta(minutes=6))
    client.post("/accounts/reauthenticate/?next=/me", {"password": PASSWORD})

    assert is_in(client)
    assert not Session.objects.filter(session_key=old).exists()
    assert UserSession.objects.get().session_key == client.session.session_key


def test_what_a_browser_holds_is_cleared_when_a_session_ends(person: User, time_machine):
    signed_out, idle = sign_in(person), sign_in(person)
    held = signed_out.get("/me")
    left = signed_out.post("/accounts/logout/")
    time_machine.shift(timedelta(hours=2))

    assert "Clear-Site-Data" not in held.headers
    assert left.headers["Clear-Site-Data"] == idle.get("/me").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_so_it_is_with_people_their_roles_and_what_is_demanded_of_them_in_the_admin(
    person: User, cast: Cast, time_machine
):
    cast.operator.set_password(PASSWORD)
    cast.operator.save()
    client = sign_in(cast.operator)
    time_machine.shift(timedelta(minutes=6))
    answers = [
        client.post(f"/admin/bpo/{page}/", {"email": "x@example.com"})
        for page in (
            f"user/{person.pk}/change",
            "membership/add",
            f"organisation/{cast.clients['Acme'].organisation_id}/change",
        )
    ]

    assert [answer["Location"].split("?")[0] for answer in answers] == 3 * ["/accounts/reauthenticate/"]


def test_each_way_to_confirm_has_the_name_that_the_other_pages_give_it(person: User, time_machine):
    client = sign_in(person)
    add_app(person)
    time_machine.shift(timedelta(minutes=6))

    assert "Use a code of your app, or a recovery code" in client.get("/accounts/reauthenticate/").content.decode()


def test_a_code_confirms_it_too(person: User, time_machine):
    client = sign_in(person)
    add_app(person)
    time_machine.shift(timedelta(minutes=6))

    assert client.get("/accounts/2fa/reauthenticate/?next=/me").status_code == 200
