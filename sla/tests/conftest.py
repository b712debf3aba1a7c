"""Lines of the maths are counted while worked examples run.

Each line is run by one of these. Generated cases would find no other line, and while traced they take twice as long.
"""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker("no_cover")
