"""What several tests of pages start from."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from tests.builders import NOW


@pytest.fixture
def signed_in(cast) -> Iterator[Callable[[str], Client]]:
    """A session of somebody of the cast, on a known morning."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(cast.operator if name == "operator" else cast.people[name])
        return client

    with time_machine.travel(NOW, tick=False):
        yield sign_in
