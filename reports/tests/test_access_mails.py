"""What a client's admins and operators are mailed about access."""

import pytest

from bpo.access.services import ask_access, grant_access, refuse_access, withdraw_access
from bpo.models import AccessGrant, User
from reports.models import Message
from reports.services.access_mails import queue_access_mails
from reports.services.sending import is_still_entitled
from reports.tests.conftest import MORNING, World

pytestmark = pytest.mark.any_database


@pytest.fixture
def asked(world: World, time_machine) -> AccessGrant:
    time_machine.move_to(MORNING, tick=False)
    operator = User.objects.create(email="second@example.com", name="Second", is_operator_admin=True)
    client = world.cast.clients["Acme"].organisation
    return ask_access(client=client, reason="A wrong figure.", days=3, actor=operator, now=MORNING)


def mailed() -> dict[str, str]:
    """Subjects by address, of all that was queued since the last time."""
    Message.objects.all().delete()
    queue_access_mails(now=MORNING)
    return {message.recipient.email: message.subject for message in Message.objects.order_by("pk")}


def test_a_question_reaches_the_clients_admins(asked: AccessGrant):
    assert mailed() == {"acme-admin@example.com": "Second asks to read the data of Acme"}
    assert "A wrong figure." in Message.objects.get().text


def test_a_question_that_is_answered_already_is_no_news(asked: AccessGrant, world: World):
    refuse_access(grant=asked, actor=world.cast.people["acme-admin"], now=MORNING)

    assert mailed() == {"second@example.com": "Acme does not let you read its data"}


def test_nobody_is_mailed_twice(asked: AccessGrant):
    for _ in range(2):
        queue_access_mails(now=MORNING)

    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("act", "subject"),
    [
        (grant_access, "Second may read the data of Acme"),
        (refuse_access, "Acme does not let you read its data"),
        (withdraw_access, "The access of Second to the data of Acme is ended"),
    ],
)
def test_an_answer_reaches_the_operator(asked: AccessGrant, world: World, act, subject: str):
    act(grant=asked, actor=world.cast.people["acme-admin"], now=MORNING)

    assert mailed()["second@example.com"] == subject


def test_an_operators_mail_does_not_leave_once_the_grant_ended(world: World):
    acme = world.cast.clients["Acme"].organisation
    mail = Message(recipient=world.cast.operator, kind=Message.Kind.DIGEST, facts={"organisations": [acme.pk]})
    assert is_still_entitled(mail)

    AccessGrant.objects.filter(client=acme).update(state="withdrawn")
    mail.recipient = User.objects.get(pk=world.cast.operator.pk)
    assert not is_still_entitled(mail)
