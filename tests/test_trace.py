"""The way of one result to its row, and of one work item to its verdict, does not become longer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

# Modules and returns as tests/trace.py counts them. A change may only make them fewer.
MOST = {"post": (8, 3), "judge": (12, 54)}


@pytest.fixture(scope="module")
def figures():
    command = [sys.executable, "-m", "tests.trace", "--json"]
    answer = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("walk", MOST)
def test_a_walk_passes_no_more_modules_and_returns_than_it_may(figures, walk):
    modules, returns = figures[walk]
    assert (modules <= MOST[walk][0], returns <= MOST[walk][1]) == (True, True), figures
