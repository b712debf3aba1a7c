"""How passwords are typed, kept and compared, and that signing in leads nowhere else."""

import re

import pytest
from django.test import Client
from django.utils.module_loading import import_string

from bpo.account_settings import ACCOUNT_SETTINGS
from bpo.admin import UserForm
from bpo.models import User
from reports.links import reset_link
from tests.support.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
# With spaces at both ends.
PASSWORD = "  Some Long phrase of 29 signs "


@pytest.fixture
def person(cast: Cast) -> User:
    person = cast.people["acme-manager"]
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(person: User, password: str, query: str = "") -> str:
    """Return where a sign-in leads; nowhere where it is refused."""
    answer = Client().post(f"/accounts/login/{query}", {"login": person.email, "password": password})
    return answer.headers.get("Location", "")


def test_a_password_is_compared_exactly_as_it_was_typed(person: User) -> None:
    assert sign_in(person, PASSWORD) == "/"
    assert [sign_in(person, typed) for typed in (PASSWORD.strip(), PASSWORD.lower(), PASSWORD[:-1])] == ["", "", ""]


def test_an_operator_sets_a_password_exactly_as_it_was_typed() -> None:
    assert UserForm().fields["new_password"].clean(PASSWORD) == PASSWORD


def test_passwords_are_stored_as_argon2id_hashes() -> None:
    """Tests hash quickly; these are the hashers of the desk."""
    hasher = import_string(ACCOUNT_SETTINGS["PASSWORD_HASHERS"][0])()

    assert hasher.encode(PASSWORD, "saltsaltsalt").startswith("argon2$argon2id$")
    assert (hasher.time_cost, hasher.memory_cost) >= (2, 19 * 1024)


def test_password_fields_are_masked_and_open_to_password_managers(person: User) -> None:
    client = Client()
    link = re.sub(r"https?://[^/]+", "", reset_link(person))
    pages = [client.get("/accounts/login/"), client.get(link, follow=True)]
    client.force_login(person)
    pages += [client.get("/accounts/password/change/"), client.get("/accounts/reauthenticate/")]
    fields = [field for page in pages for field in re.findall(r"<input[^>]*password[^>]*>", page.content.decode())]

    assert len(fields) == 7
    assert [field for field in fields if 'type="password"' not in field or "autocomplete=" not in field] == []
    assert not any(b"onpaste" in page.content for page in pages)


@pytest.mark.parametrize("query", ["?next=https://evil.example/", "?next=//evil.example/", "?next=javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(person: User, query: str) -> None:
    assert sign_in(person, PASSWORD, query) == "/"
    assert sign_in(person, PASSWORD, "?next=/breaches") == "/breaches"
