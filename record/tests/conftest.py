"""A record that is linked and verified, for a whole module."""

import pytest

from metrics.tests.kept import build_record
from record.models import Chain
from record.tests.worlds import findings, link_all
from tests.support.cast import build_cast


@pytest.fixture(scope="module")
def verified(module_database):
    """The cast, and a service level whose months are closed."""
    cast = build_cast()
    level = build_record(cast)
    link_all()
    findings()
    return cast, level


@pytest.fixture
def chain(db, verified):
    """The chain of the service level's contract."""
    return Chain.objects.get(contract=verified[1].contract)
