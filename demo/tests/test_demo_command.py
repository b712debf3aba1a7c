"""When the demo world is loaded, and when it is not."""

from datetime import time
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from bpo.models import Organisation, User
from demo import loading
from demo.desk import DemoFailed
from demo.loading import cast as demo_cast
from demo.people import OPERATOR, PASSPHRASE, client_people, create_people
from demo.size import Size
from demo.story import Story
from demo.worlds import it_firm
from tests.support.cast import Cast


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_desk_with_organisations_is_left_as_it_is(cast: Cast) -> None:
    before = Organisation.objects.count()

    assert said("--if-empty") == ""
    assert Organisation.objects.count() == before


@pytest.mark.django_db
def test_without_a_word_about_it_a_full_desk_is_not_loaded_over(cast: Cast) -> None:
    with pytest.raises(CommandError, match="not empty"):
        said()


@pytest.mark.django_db
def test_a_load_that_breaks_off_leaves_an_empty_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(story: Story, size: Size) -> None:
        story.tell(story.today, time(0), lambda desk: desk.send(it_firm.VENDOR, [{"feed": "NOWHERE"}]))

    known = {name: getattr(it_firm, name) for name in ("CLIENT", "ZONE", "people", "load_contracts")}
    monkeypatch.setattr(loading, "WORLDS", [SimpleNamespace(**known, tell=tell)])

    with pytest.raises(DemoFailed, match="unknown_feed"):
        said("--if-empty")
    assert not Organisation.objects.exists()


@pytest.mark.django_db
def test_production_has_no_demo_world(settings: Any) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="not for production"):
        said("--if-empty")


@pytest.mark.postgresql
@pytest.mark.django_db
def test_only_the_embedded_database_is_emptied(cast: Cast) -> None:
    with pytest.raises(CommandError, match="embedded"):
        said("--rebuild")


@pytest.mark.django_db
def test_the_sign_ins_are_those_of_people_who_are_there() -> None:
    Organisation.objects.create(kind=Organisation.Kind.CLIENT, name=it_firm.CLIENT)
    people = [OPERATOR, *client_people("it", "IT firm", it_firm.CLIENT, it_firm.ZONE)]
    create_people(people)

    assert PASSPHRASE in said("--sign-ins")
    assert [word for word in said("--sign-ins").split() if "@" in word] == [person.email for person in people]


@pytest.mark.django_db
def test_a_desk_of_ones_own_has_no_demo_sign_ins(cast: Cast) -> None:
    assert PASSPHRASE not in said("--sign-ins")


@pytest.mark.django_db
def test_the_passphrase_opens_every_account() -> None:
    create_people([OPERATOR])

    assert User.objects.get(email=OPERATOR.email).check_password(PASSPHRASE)


def test_nobody_of_the_cast_shares_an_address() -> None:
    addresses = [person.email for person in demo_cast()]

    assert len(addresses) == len(set(addresses))
