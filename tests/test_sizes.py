"""Functions and files stay short enough to read."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.support.sizes import (
    DATA_TABLES,
    SourceFile,
    overlong_files,
    overlong_functions,
    read_source,
    read_sources,
)


@pytest.fixture(scope="module")
def sources() -> list[SourceFile]:
    return read_sources(Path(settings.BASE_DIR))


def test_functions_are_short(sources: list[SourceFile]) -> None:
    assert overlong_functions(sources) == []


def test_files_are_short(sources: list[SourceFile]) -> None:
    assert overlong_files(sources) == []


def test_every_data_table_exists(sources: list[SourceFile]) -> None:
    assert {source.path for source in sources} >= set(DATA_TABLES)


@pytest.mark.parametrize(("lines", "expected"), [(40, 0), (41, 1)])
def test_a_function_is_counted_from_its_def_to_its_end(lines: int, expected: int) -> None:
    text = "@decorated\ndef long():\n" + "    pass\n" * (lines - 1) + "\n\nREST = 1\n"

    assert len(overlong_functions([read_source("long.py", text)])) == expected


@pytest.mark.parametrize(("lines", "expected"), [(300, 0), (301, 1)])
def test_a_file_is_counted_with_all_its_lines(lines: int, expected: int) -> None:
    assert len(overlong_files([read_source("long.py", "x = 1\n" * lines)])) == expected
