"""The door that these tests knock at."""

import pytest

from tests.support.api_clients import Door, open_door
from tests.support.cast import Cast


@pytest.fixture
def door(cast: Cast) -> Door:
    """Brightline at the door, with a feed of every kind."""
    return open_door(cast)
