"""Tests that a document names as `path/to/test_file.py::test_name`."""

import ast
import re
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


@cache
def tests_of(file: str) -> frozenset[str]:
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def named_tests(text: str) -> list[tuple[str, str]]:
    """Return the file and the name of each test that a text names."""
    return NAMED.findall(text)


def missing_tests(text: str) -> list[str]:
    """Return the tests that a text names and that are not there."""
    return [f"{file}::{test}" for file, test in named_tests(text) if test not in tests_of(file)]
