"""The door that these tests knock at."""

import pytest

from metrics.api.tests.doors import Door, open_door
from tests.support.cast import Cast


@pytest.fixture
def door(cast: Cast) -> Door:
    """Brightline at the door, with a feed of every kind."""
    return open_door(cast)
