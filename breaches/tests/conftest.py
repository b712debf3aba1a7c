"""Who talks to the API about excuses, on the day on which they do."""

import pytest
import time_machine

from metrics.tests.closed import LATER
from tests.support.api_clients import Caller, key_for


@pytest.fixture
def on_that_day():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def machine(cast):
    return Caller(Authorization=f"Bearer {key_for(cast.vendors['Brightline'], 'excuses:ask', 'read')}")


@pytest.fixture
def person(cast):
    def sign_in(name):
        caller = Caller()
        caller.client.force_login(cast.people[name])
        return caller

    return sign_in
