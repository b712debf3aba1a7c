"""docs/faults.md names tests that exist."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.support.named_tests import missing_tests, named_tests

pytestmark = pytest.mark.any_database
TEXT = (Path(settings.BASE_DIR) / "docs" / "faults.md").read_text(encoding="utf-8")


def test_what_proves_a_promise_is_there():
    assert missing_tests(TEXT) == []


def test_every_row_names_its_test():
    lines = TEXT.splitlines()
    rows = [line for line in lines if line.startswith("|") and not line.startswith(("| Fault", "| ---"))]

    assert [row for row in rows if "::test_" not in row] == []
    assert len(rows) + 1 == len(named_tests(TEXT))
