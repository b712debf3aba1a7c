"""`make test` tests on both databases what depends on them; `make test-fast` names what it leaves out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.support import matrix
from tests.support.databases import EDGES_OF_ANY_DATABASE, uses_database
from tests.support.matrix import LONG_RUNNING, Run, main


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The options of each run of pytest, none of which takes place."""
    seen: list[list[str]] = []

    def run(run: Run) -> int:
        seen.append(run.options)
        return 0

    monkeypatch.setattr(matrix, "make_templates", lambda runs: None)
    monkeypatch.setattr(matrix, "run_pytest", run)
    monkeypatch.setenv("TEST_DATABASE_URL", "postgres://nobody@localhost/nothing")
    return seen


def test_the_second_database_leaves_out_what_no_database_has_a_part_in(runs: list[list[str]]) -> None:
    main([])

    assert runs == [[], ["--database-tests-only"]]


def test_a_single_database_runs_everything(runs: list[list[str]]) -> None:
    main(["postgresql", "bpo"])

    assert runs == [["bpo"]]


def test_the_quick_choice_says_what_it_left_out(runs: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    main(["fast"])

    assert len(runs) == 1
    line = capsys.readouterr().out.strip().splitlines()[-1]
    assert line.startswith("Not run: PostgreSQL; most generated examples; tests marked browser, broker, worker or slow")
    assert all(path in line for path in LONG_RUNNING)


@pytest.mark.parametrize("path", [*LONG_RUNNING, *sorted(EDGES_OF_ANY_DATABASE)])
def test_what_a_choice_leaves_out_exists(path: str) -> None:
    assert (Path(settings.BASE_DIR) / path).exists()


@pytest.mark.django_db
def test_a_marked_test_uses_the_database(request: pytest.FixtureRequest) -> None:
    assert uses_database(request.node)


def test_a_test_with_a_fixture_that_needs_the_database_uses_it(cast: object, request: pytest.FixtureRequest) -> None:
    assert uses_database(request.node)


@pytest.mark.any_database
@pytest.mark.django_db
def test_one_that_says_the_same_on_every_database_is_left_out_of_the_second(request: pytest.FixtureRequest) -> None:
    assert not uses_database(request.node)


def test_any_other_test_does_not(request: pytest.FixtureRequest) -> None:
    assert not uses_database(request.node)


def test_a_check_of_everything_runs_the_maths_once_while_its_coverage_is_measured() -> None:
    of_make = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "ARGS")
    answer = subprocess.run(
        ["make", "--dry-run", "check"],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if name not in of_make},
        capture_output=True,
        text=True,
        check=True,
    )

    lines = [line.split() for line in answer.stdout.splitlines()]
    [coverage] = [words for words in lines if "--cov=sla" in words]
    [tests] = [words for words in lines if "tests.support.matrix" in words]
    left_out = [word.removeprefix("--ignore=") for word in tests if word.startswith("--ignore=")]
    assert tests[1:] == ["-m", "tests.support.matrix", *(f"--ignore={path}" for path in left_out)]
    assert coverage[0].endswith("pytest")
    assert coverage[1 : 1 + len(left_out)] == left_out == ["sla/tests"]
    assert answer.stderr == ""


def test_no_test_of_the_maths_is_run_twice() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", "-o", "testpaths=sla"]

    answer = subprocess.run(
        [*command, "--ignore=sla/tests"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )

    assert "no tests collected" in answer.stdout
