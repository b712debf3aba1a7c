"""The people of an organisation, for its admins: who has a second factor, resets, and what is demanded."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from bpo.models import AuditEntry, Membership, Organisation, Role, User
from tests.support.cast import Cast
from tests.support.factors import add_app, force_sign_in
from tests.support.tables import file_rows, page_rows

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
RESET, DEMAND = "/people/reset-second-factor", "/people/second-factor"


@pytest.fixture
def admin(cast: Cast) -> Client:
    return session(cast, "acme-admin")


def session(cast: Cast, name: str) -> Client:
    client = Client()
    force_sign_in(client, cast.operator if name == "operator" else cast.people[name])
    return client


def email(name: str) -> dict[str, str]:
    return {"email": f"{name}@example.com"}


def test_page_file_and_api_list_the_same_people(admin: Client, cast: Cast):
    add_app(cast.people["acme-viewer"])
    page = page_rows(admin.get("/people"))
    file = file_rows(admin.get("/people?format=csv"))
    api = admin.get("/api/v1/people").json()["results"]

    assert [row["email"] for row in file] == [f"acme-{role}@example.com" for role in ("admin", "manager", "viewer")]
    assert [row["second_factor"] for row in file] == ["no", "no", "yes"]
    assert [(row["email"], row["second_factor"]) for row in api] == [(r["email"], r["second_factor"]) for r in file]
    assert len(page) == 3


def test_of_people_of_others_nothing_is_seen(admin: Client, cast: Cast):
    zenith = cast.clients["Zenith"].organisation
    Membership.objects.create(user=cast.people["acme-manager"], organisation=zenith, role=Role.CLIENT_VIEWER)

    assert "Zenith" not in admin.get("/people?format=csv").content.decode()
    assert "Zenith" in session(cast, "operator").get("/people?format=csv").content.decode()


def test_the_page_says_in_words_who_is_deactivated(admin: Client, cast: Cast):
    User.objects.filter(pk=cast.people["acme-viewer"].pk).update(is_active=False)

    marked = [row["Person"] for row in page_rows(admin.get("/people")) if "deactivated" in row["Person"]]
    assert len(marked) == 1
    assert "acme-viewer@example.com" in marked[0]


def test_an_admin_resets_a_colleagues_factor(admin: Client, cast: Cast):
    person = cast.people["acme-viewer"]
    add_app(person)
    theirs = session(cast, "acme-viewer")
    admin.post(RESET, email("acme-viewer"))

    assert not Authenticator.objects.exists()
    entry = AuditEntry.objects.get(action="reset_second_factor")
    assert (entry.actor, entry.thing_id) == (cast.people["acme-admin"], str(person.pk))
    assert theirs.get("/me").status_code == 200  # a session that no sign-in began is not known


def test_an_admin_signs_a_colleague_out_everywhere(admin: Client, cast: Cast):
    person, theirs = cast.people["acme-viewer"], Client()
    person.set_password("a long phrase of theirs 17")
    person.save()
    theirs.post("/accounts/login/", {"login": person.email, "password": "a long phrase of theirs 17"})
    before = theirs.get("/me").status_code
    admin.post("/people/end-sessions", email("acme-viewer"))

    assert (before, theirs.get("/me").status_code, admin.get("/me").status_code) == (200, 302, 200)


def test_twice_is_once(admin: Client, cast: Cast):
    add_app(cast.people["acme-viewer"])
    for _ in range(2):
        page = admin.post(RESET, email("acme-viewer"), follow=True)

    assert "has no second factor" in page.content.decode()
    assert AuditEntry.objects.filter(action="reset_second_factor").count() == 1


@pytest.mark.parametrize("name", ["acme-admin", "operator"])
def test_nobody_resets_their_own(cast: Cast, name: str):
    person = cast.operator if name == "operator" else cast.people[name]
    add_app(person)
    answer = session(cast, name).post(RESET, email(name))

    assert answer.status_code == 403
    assert Authenticator.objects.exists()


def test_who_belongs_to_others_too_is_for_operators_to_reset(admin: Client, cast: Cast):
    person = cast.people["acme-viewer"]
    zenith = cast.clients["Zenith"].organisation
    Membership.objects.create(user=person, organisation=zenith, role=Role.CLIENT_VIEWER)
    add_app(person)

    assert admin.post(RESET, email("acme-viewer")).status_code == 403
    assert Authenticator.objects.exists()
    session(cast, "operator").post(RESET, email("acme-viewer"))
    assert not Authenticator.objects.exists()


def test_an_organisation_demands_more(admin: Client, cast: Cast):
    admin.post(DEMAND, {"second_factor": "everybody"})

    assert Organisation.objects.get(name="Acme").second_factor == "everybody"
    assert AuditEntry.objects.get(action="change_organisation").changes == {"second_factor": [None, "everybody"]}


def test_and_not_less(admin: Client, cast: Cast):
    add_app(cast.people["acme-admin"])
    Organisation.objects.filter(name="Acme").update(second_factor="everybody")
    page = admin.post(DEMAND, {"second_factor": "nobody"}, follow=True)

    assert "You can demand more" in page.content.decode()
    assert Organisation.objects.get(name="Acme").second_factor == "everybody"


def test_an_operator_may_by_the_api(cast: Cast):
    acme = Organisation.objects.get(name="Acme")
    Organisation.objects.update(second_factor="everybody")
    client = session(cast, "operator")
    address = f"/api/v1/organisations/{acme.public_id}/second-factor"
    answer = client.post(address, {"second_factor": "nobody"}, content_type="application/json")

    assert (answer.status_code, Organisation.objects.get(name="Acme").second_factor) == (200, "nobody")


def test_the_api_asks_again_who_it_is_after_a_while(cast: Cast):
    person = User.objects.get(email="acme-admin@example.com")
    person.set_password("a long old phrase 17")
    person.save()
    client = Client()
    client.force_login(person)
    answer = client.post("/api/v1/people/end-sessions", email("acme-viewer"), content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "confirm_identity")


def test_an_admin_deactivates_who_has_left(admin: Client, cast: Cast):
    page = admin.post("/people/deactivate", email("acme-viewer"), follow=True)

    person = User.objects.get(email="acme-viewer@example.com")
    assert not person.is_active
    assert "is deactivated and signed out everywhere" in page.content.decode()
    entry = AuditEntry.objects.get(action="change_user")
    assert (entry.thing_id, entry.changes) == (str(person.pk), {"is_active": [True, False]})


def test_and_once_however_often_it_is_sent(admin: Client):
    for _ in range(2):
        admin.post("/people/deactivate", email("acme-viewer"))

    assert AuditEntry.objects.filter(action="change_user").count() == 1


def test_somebody_is_let_in_again_by_the_api(admin: Client):
    admin.post("/people/deactivate", email("acme-viewer"))
    answer = admin.post("/api/v1/people/reactivate", email("acme-viewer"), content_type="application/json")

    assert answer.status_code == 200
    assert User.objects.get(email="acme-viewer@example.com").is_active


def test_nobody_deactivates_themselves_and_the_api_says_so_in_a_sentence(admin: Client):
    answer = admin.post("/api/v1/people/deactivate", email("acme-admin"), content_type="application/json")

    assert answer.status_code == 403
    assert "Only an operator can do this for yourself" in answer.json()["detail"]
