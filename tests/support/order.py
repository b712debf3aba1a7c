"""Which files test processes take first, and when the tests of the next database may begin.

Each process takes whole files, so that what the tests of a module share is built once. Whoever takes a long file last
lets the others wait: the longest come first.
"""

import os
from pathlib import Path

import pytest

ENDING = "TESTS_ENDING_FILE"
# Ten seconds and more, or many other processes.
LONGEST = (
    "tests/browser/test_every_page.py",
    "tests/test_access_matrix.py",
    "tests/backups/test_drill.py",
    "demo/tests/test_world.py",
    "tests/test_desk_start.py",
    "tests/test_counters.py",
    "tests/test_two_worlds.py",
    "tests/test_row_security.py",
    "tests/faults/test_intake_killed.py",
    "tests/browser/test_keyboard_and_no_script.py",
    "tests/corpus/test_corpus.py",
    "tests/upgrades/test_upgrades.py",
    "tests/test_compose.py",
    "tests/browser/test_hostile_text.py",
    "tests/plain_model/test_plain_model.py",
    "tests/test_real_data_tickets.py",
    "tests/test_limits_over_processes.py",
    "tests/test_mail_counters.py",
    "tests/faults/test_parts_killed.py",
    "tests/test_sandbox.py",
    "tests/test_storm.py",
    "tests/test_slow_clients.py",
    "tests/browser/test_bringing_data.py",
    "metrics/tests/test_workers.py",
    "tests/test_drafts.py",
    "tests/faults/test_work_killed.py",
    "tests/browser/test_trying.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {path: place for place, path in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONGEST)))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown() -> None:
    """A process found no more tests: those of the next database may take its place."""
    if file := os.environ.get(ENDING):
        Path(file).touch()
