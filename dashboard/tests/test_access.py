"""Access of operators by page and API: asked for, answered and ended, and what an operator without it sees."""

import pytest
from django.test import Client

from bpo.models import AccessGrant, Membership, Role, User
from tests.builders import NOW
from tests.support.cast import Cast
from tests.support.factors import force_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
API = "/api/v1/access-grants"


def session(person: User) -> Client:
    client = Client()
    force_sign_in(client, person)
    return client


@pytest.fixture
def stranger(cast: Cast) -> User:
    return User.objects.create(email="second@example.com", name="Second", is_operator_admin=True)


@pytest.fixture
def operator(stranger: User) -> Client:
    return session(stranger)


@pytest.fixture
def admin(cast: Cast) -> Client:
    return session(cast.people["acme-admin"])


@pytest.fixture
def asked(operator: Client, cast: Cast) -> AccessGrant:
    form = {"client": cast.clients["Acme"].organisation.public_id, "reason": "A wrong figure.", "days": "3"}
    assert operator.post("/access/ask", form).status_code == 302
    return AccessGrant.objects.get(reason="A wrong figure.")


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_the_admin_reads_who_asks_and_why(asked: AccessGrant, admin: Client):
    page = text(admin, "/access")

    assert "Waiting for your answer" in page
    assert "second@example.com" in page
    assert "A wrong figure." in page


def test_a_grant_on_the_page_opens_the_operators_next_page(asked: AccessGrant, admin: Client, operator: Client, cast):
    level = f"/service-levels/{cast.levels['A-1/ACCURACY'].public_id}"
    assert operator.get(level).status_code == 404
    admin.post(f"/access/{asked.public_id}/grant", {"days": "2"})

    assert operator.get(level).status_code == 200


def test_ended_on_the_page_it_is_closed_at_once(asked: AccessGrant, admin: Client, operator: Client, cast: Cast):
    admin.post(f"/access/{asked.public_id}/grant", {"days": "2"})
    admin.post(f"/access/{asked.public_id}/withdraw")

    assert operator.get(f"/service-levels/{cast.levels['A-1/ACCURACY'].public_id}").status_code == 404


def test_ending_asks_nobody_to_confirm(asked: AccessGrant, cast: Cast, admin: Client):
    admin.post(f"/access/{asked.public_id}/grant", {"days": "2"})
    long_ago = Client()
    long_ago.force_login(cast.people["acme-admin"])
    long_ago.post("/access/withdraw-all")

    assert not AccessGrant.objects.filter(client=asked.client).standing(NOW).exists()


def test_a_number_of_days_that_is_none_is_refused_in_a_sentence(asked: AccessGrant, admin: Client):
    page = admin.post(f"/access/{asked.public_id}/grant", {"days": "many"}, follow=True)

    assert "Access lasts from 1 to 30 days." in page.content.decode()
    assert AccessGrant.objects.get(pk=asked.pk).state == "asked"


def test_a_question_without_a_reason_is_shown_again(operator: Client, cast: Cast):
    client = cast.clients["Acme"].organisation.public_id
    page = operator.post("/access/ask", {"client": client, "reason": " ", "days": "3"})

    assert "This field is required." in page.content.decode()


def test_an_operator_sees_the_head_of_a_contract_alone(operator: Client, cast: Cast):
    page = text(operator, f"/contracts/{cast.contracts['A-1'].public_id}")

    assert "You see the head of this contract alone." in page
    assert "ACCURACY" not in page


def test_lists_say_what_they_leave_out_and_count_nothing_as_zero(operator: Client):
    assert "Data of clients that do not let you read it is left out." in text(operator, "/")
    lines = text(operator, "/contracts?format=csv").splitlines()
    assert {line.split(",")[-5:-3] == ["", ""] for line in lines[1:]} == {True}


def test_of_a_client_without_an_admin_all_is_read(operator: Client, cast: Cast):
    Membership.objects.filter(organisation=cast.clients["Acme"].organisation, role=Role.CLIENT_ADMIN).delete()

    assert "ACCURACY" in text(operator, f"/contracts/{cast.contracts['A-1'].public_id}")


def test_by_the_api_it_is_asked_granted_and_ended(operator: Client, admin: Client, cast: Cast):
    client = cast.clients["Acme"].organisation.public_id
    body = {"organisation": client, "reason": "A wrong figure.", "days": 3}
    first, again = (operator.post(API, body, content_type="application/json") for _ in range(2))
    one = f"{API}/{first.json()['id']}"
    granted = admin.post(f"{one}/decision", {"decision": "grant", "days": 2}, content_type="application/json")
    ended = admin.post(f"{API}/withdraw-all", {"organisation": client}, content_type="application/json")

    assert (first.status_code, again.status_code) == (201, 200)
    assert (granted.json()["state"], granted.json()["days"]) == ("granted", 2)
    assert ended.json() == {"ended": 2}
    assert operator.get(one).json()["state"] == "withdrawn"


def test_a_dry_run_grants_nothing(asked: AccessGrant, admin: Client):
    url = f"{API}/{asked.public_id}/decision?dry_run=true"
    answer = admin.post(url, {"decision": "grant"}, content_type="application/json")

    assert answer.json()["state"] == "granted"
    assert AccessGrant.objects.get(pk=asked.pk).state == "asked"


def test_half_a_day_is_refused(asked: AccessGrant, admin: Client):
    url = f"{API}/{asked.public_id}/decision"
    answer = admin.post(url, {"decision": "grant", "days": "1.5"}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_access")


def test_an_admin_sees_nothing_of_others(asked: AccessGrant, cast: Cast):
    zenith = session(cast.people["zenith-admin"])

    assert asked.public_id not in text(zenith, "/access")
    assert zenith.get(f"{API}/{asked.public_id}").status_code == 404
