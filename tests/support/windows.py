"""Each test begins to count requests anew."""

import pytest

from bpo.counters import counters


@pytest.fixture(autouse=True)
def fresh_windows() -> None:
    """What other tests asked for is not held against this one."""
    file = counters().file
    with file.lock:
        (file.connection or file._open()).execute("DELETE FROM counters")
