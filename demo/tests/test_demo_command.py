"""When the demo world is loaded, and when it is not."""

import os
from collections.abc import Iterator
from datetime import time
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from bpo.demo_load import DemoLoad, forget_demo_load, write_demo_load
from bpo.models import Organisation, User
from demo import loading
from demo.desk import DemoError
from demo.loading import all_people
from demo.people import OPERATOR, PASSPHRASE, client_people, create_people
from demo.schedule import Schedule
from demo.size import Size
from demo.worlds import it_firm
from tests.support.cast import Cast


def run_demo(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_desk_with_organisations_is_left_as_it_is(cast: Cast) -> None:
    before = Organisation.objects.count()

    assert run_demo("--if-empty") == ""
    assert Organisation.objects.count() == before


@pytest.mark.django_db
def test_without_a_word_about_it_a_full_desk_is_not_loaded_over(cast: Cast) -> None:
    with pytest.raises(CommandError, match="not empty"):
        run_demo()


@pytest.fixture
def failing_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A world of one client, whose vendor sends what the desk refuses."""

    def plan_events(schedule: Schedule, size: Size) -> None:
        schedule.plan(schedule.today, time(0), lambda desk: desk.send(it_firm.VENDOR, [{"feed": "NOWHERE"}]))

    known = {name: getattr(it_firm, name) for name in ("CLIENT", "ZONE", "people", "load_contracts")}
    monkeypatch.setattr(loading, "WORLDS", [SimpleNamespace(**known, plan_events=plan_events)])
    yield
    forget_demo_load()


@pytest.mark.django_db
@pytest.mark.usefixtures("failing_world")
def test_a_load_that_fails_leaves_a_desk_that_says_it_is_incomplete() -> None:
    """On PostgreSQL, where the load is one transaction, it leaves an empty desk."""
    with pytest.raises(DemoError, match="unknown_feed"):
        run_demo("--if-empty")

    if connection.vendor == "postgresql":
        assert not Organisation.objects.exists()
    else:
        with pytest.raises(CommandError, match="incomplete: its load was stopped"):
            run_demo("--if-empty")


@pytest.mark.django_db
def test_production_has_no_demo_world(settings: Any) -> None:
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="not for production"):
        run_demo("--if-empty")


@pytest.mark.postgresql
@pytest.mark.django_db
def test_only_the_embedded_database_is_emptied(cast: Cast) -> None:
    with pytest.raises(CommandError, match="embedded"):
        run_demo("--rebuild")


@pytest.mark.django_db
def test_the_sign_ins_are_those_of_people_who_are_there() -> None:
    Organisation.objects.create(kind=Organisation.Kind.CLIENT, name=it_firm.CLIENT)
    people = [OPERATOR, *client_people("it", "IT firm", it_firm.CLIENT, it_firm.ZONE)]
    create_people(people)

    assert PASSPHRASE in run_demo("--sign-ins")
    assert [word for word in run_demo("--sign-ins").split() if "@" in word] == [person.email for person in people]


@pytest.mark.django_db
def test_while_the_world_loads_the_sign_ins_are_those_of_everybody() -> None:
    write_demo_load(DemoLoad(os.getpid()))
    printed = run_demo("--sign-ins")
    forget_demo_load()

    assert all(person.email in printed for person in all_people() if not person.is_silent)


@pytest.mark.django_db
def test_a_desk_of_ones_own_has_no_demo_sign_ins(cast: Cast) -> None:
    assert PASSPHRASE not in run_demo("--sign-ins")


@pytest.mark.django_db
def test_the_passphrase_opens_every_account() -> None:
    create_people([OPERATOR])

    assert User.objects.get(email=OPERATOR.email).check_password(PASSPHRASE)


def test_no_two_people_share_an_address() -> None:
    addresses = [person.email for person in all_people()]

    assert len(addresses) == len(set(addresses))
