"""Which passwords are guessed first: common ones in every disguise, and names; a phrase of one's own is none."""

import pytest
from django.contrib.auth.password_validation import get_default_password_validators, validate_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from bpo.guessable import GuessablePasswordValidator
from bpo.models import User
from demo.people import PASSPHRASE
from tests.support.cast import Cast

pytestmark = pytest.mark.any_database
VALIDATOR = GuessablePasswordValidator()
PERSON = User(email="runa.solberg@haldenmutual.example", name="Runa Solberg")
COMMON = sorted(word for word in VALIDATOR.passwords if word.isalpha() and word.isascii() and len(word) >= 4)
DISGUISES = (
    lambda word, number: word,
    lambda word, number: word * 2,
    lambda word, number: f"{word} {word}",
    lambda word, number: word.upper() + word,
    lambda word, number: word[::-1],
    lambda word, number: word + word[::-1],
    lambda word, number: f"{word}{number}",
    lambda word, number: f"{number}{word}!",
    lambda word, number: f"{word}{number}{word}",
    lambda word, number: f"{word[::-1] * 2}{number}",
)


def codes(password: str, user: User | None = PERSON) -> list[str]:
    try:
        VALIDATOR.validate(password, user)
    except ValidationError as refusal:
        return [error.code for error in refusal.error_list]
    return []


@given(word=st.sampled_from(COMMON), disguise=st.sampled_from(DISGUISES), number=st.integers(0, 99_999))
def test_a_common_password_is_refused_in_every_disguise(word: str, disguise, number: int):
    assert codes(disguise(word, number), None)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "PasswordPassword1!",
        "p@ssw0rdp@ssw0rd",
        "drowssap drowssap",
        "password2025password",
        "abcabcabcabcabc",
        "aaaaaaaaaaaaaaaa",
        "123456789012",
        "abcdefghijklm",
        "qwertyuiopasdf",
        "lkjhgfdsapoiuytrewq",
    ],
)
def test_these_are_too_common(password: str):
    assert codes(password) == ["password_too_common"]


@pytest.mark.parametrize(
    "password",
    ["bpodesk2025!", "Runa Solberg 1", "solbergsolberg", "haldenmutual77", "runa.solberg@haldenmutual", "grebloS2025!"],
)
def test_names_that_others_know_are_refused(password: str):
    assert codes(password) == ["password_of_names"]


def test_a_common_password_beside_a_name_is_refused():
    assert codes("Solberg-password1") == ["password_too_common"]


@pytest.mark.parametrize(
    "password",
    [
        PASSPHRASE,
        "correct horse battery staple",
        "a long new phrase 41",
        "Solberg walks far on Sundays",
        "vK7#qT2-xW9z",
        "blå hest under brua",
        "x" * 40 + " and then something else",
    ],
)
def test_phrases_of_ones_own_are_taken(password: str):
    assert codes(password) == []


@pytest.mark.django_db
def test_the_names_of_ones_organisations_are_refused(cast: Cast):
    person = cast.people["brightline-manager"]

    assert codes("Brightline-2025") == []
    assert codes("Brightline-2025", person) == ["password_of_names"]


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["passwordpassword", "Acme Insurance 1"])
def test_everywhere_a_password_is_set_this_is_asked(cast: Cast, password: str):
    with pytest.raises(ValidationError):
        validate_password(password, cast.people["acme-manager"])


@pytest.mark.django_db
def test_everybody_of_the_demo_may_choose_its_passphrase(cast: Cast):
    for person in User.objects.all():
        validate_password(PASSPHRASE, person)


@pytest.mark.parametrize(("length", "found"), [(12, []), (128, []), (1000, []), (1001, ["password_too_long"])])
def test_long_passwords_are_taken_up_to_a_limit(length: int, found: list[str]):
    assert codes("".join(chr(97 + (i * i + i // 7) % 26) for i in range(length))) == found


def test_common_passwords_are_looked_for_by_this_rule_alone():
    names = [type(validator).__name__ for validator in get_default_password_validators()]

    assert "GuessablePasswordValidator" in names
    assert "CommonPasswordValidator" not in names
