"""Each test begins to count requests anew, and to examine the installation."""

import pytest

from bpo.counters import counters
from reports.system_health.recent import RECENT


@pytest.fixture(autouse=True)
def fresh_windows() -> None:
    """What other tests asked for is not held against this one."""
    file = counters().file
    with file.lock:
        (file.connection or file._open()).execute("DELETE FROM counters")


@pytest.fixture(autouse=True)
def fresh_health() -> None:
    """What was found of another test's installation is forgotten."""
    RECENT.last = None
