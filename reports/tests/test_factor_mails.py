"""What people are mailed about their second factors."""

import pytest

from bpo.audit import record
from bpo.models import User
from reports.models import Message
from reports.services.passwords import FACTOR_NEWS, queue_password_mails
from reports.tests.conftest import MORNING, World

pytestmark = pytest.mark.any_database


@pytest.fixture
def person(world: World, time_machine) -> User:
    time_machine.move_to(MORNING, tick=False)
    return world.manager


def mails() -> list[Message]:
    queue_password_mails(now=MORNING)
    return list(Message.objects.filter(kind=Message.Kind.FACTOR))


@pytest.mark.parametrize("action", FACTOR_NEWS)
def test_each_change_brings_one_mail(person: User, action: str):
    record(actor=person, action=action, thing=person, changes={"second_factor": ("Phone", "Phone")})

    (mail,) = mails()
    assert mail.recipient == person
    assert str(FACTOR_NEWS[action]).split("%", maxsplit=1)[0] in " ".join(mail.text.split())
    assert mails() == [mail]


def test_a_reset_by_somebody_else_names_them(person: User, world: World):
    record(actor=world.cast.operator, action="reset_second_factor", thing=person)

    (mail,) = mails()
    assert "Operator did this for acme-manager@example.com" in " ".join(mail.text.split())


def test_of_guesses_they_hear_once_an_hour(person: User):
    for _ in range(3):
        record(actor=person, action="lock_second_factor", thing=person)

    assert len(mails()) == 1
