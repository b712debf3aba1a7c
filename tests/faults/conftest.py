"""One world and one nursery for all tests in which a process is killed: what is shared need not be built each time."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.faults.desk import FragileDesk
from tests.faults.world import World, build_world


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database for a whole module, seen by other processes, and empty afterwards."""
    with django_db_blocker.unblock():
        yield
        # The ids of the kept cast stay free.
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
        connection.close()


@pytest.fixture(scope="module")
def world(db: None) -> World:
    """Acme, Brightline and their feed of handling times."""
    return build_world()


@pytest.fixture(scope="module")
def desk(db: None, broker_server: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FragileDesk]:
    """A web server that may be killed as often as one likes; its bells ring at a real broker."""
    fragile = FragileDesk(tmp_path_factory.mktemp("desk"))
    fragile.open()
    fragile.start()
    yield fragile
    fragile.close()
