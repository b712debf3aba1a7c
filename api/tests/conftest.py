"""What several tests of the API start from."""

import pytest

from tests.support.api_clients import Door, key_for
from vendors.models import ApiKey


@pytest.fixture
def trial(door: Door) -> Door:
    """Brightline with a test key."""
    secret = key_for(door.cast.vendors["Brightline"], mode=ApiKey.Mode.TEST)
    key = ApiKey.objects.get(mode=ApiKey.Mode.TEST)
    return Door(door.cast, door.contract, key, secret, door.feeds, door.levels)
