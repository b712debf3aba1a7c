"""`make test` tests on both databases what depends on them; `make test-fast` names what it leaves out."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from django.conf import settings

from tests.support import matrix
from tests.support.databases import EDGES_OF_ANY_DATABASE, uses_database
from tests.support.matrix import LONG_RUNNING, Run, main, run_in_turn
from tests.support.order import ENDING, LONGEST, pytest_testnodedown
from tests.support.order import pytest_collection_modifyitems as order_of_files


class Ended:
    """A run of pytest that ends when it is asked the third time, or waited for."""

    def __init__(self, events: list[str], name: str = "", code: int = 0) -> None:
        self.events, self.name, self.code, self.asked = events, name, code, 0

    def poll(self) -> int | None:
        self.asked += 1
        return self.wait() if self.asked > 2 else None

    def wait(self) -> int:
        self.asked = 3
        if (ended := f"{self.name} ended") not in self.events:
            self.events.append(ended)
        return self.code


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The options of each run of pytest, none of which takes place."""
    seen: list[list[str]] = []

    def start(run: Run, output: object) -> Ended:
        seen.append(run.options)
        return Ended([])

    monkeypatch.setattr(matrix, "make_templates", lambda runs: None)
    monkeypatch.setattr(matrix, "start_pytest", start)
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


def events_of(monkeypatch: pytest.MonkeyPatch, folder: Path, *, ending: bool, code: int = 0) -> list[str]:
    """What happens when the first of two runs finds no more tests before it ends, or not; and the exit codes."""
    events: list[str] = []

    def start(run: Run, output: IO[bytes] | None) -> Ended:
        events.append(f"{run.database} started")
        if output:
            output.write(b"what it printed\n")
            output.flush()
        elif ending:
            run.ending.touch()
        return Ended(events, run.database, 0 if output else code)

    monkeypatch.setattr(matrix, "start_pytest", start)
    monkeypatch.setattr(matrix, "PAUSE_SECONDS", 0)
    codes = run_in_turn([Run(name, None, [], folder) for name in ("sqlite", "postgresql")])
    return [*events, *map(str, codes)]


def test_the_second_database_begins_when_the_first_finds_no_more_tests(monkeypatch, tmp_path: Path, capsys) -> None:
    events = events_of(monkeypatch, tmp_path, ending=True)

    assert events == ["sqlite started", "postgresql started", "sqlite ended", "postgresql ended", "0", "0"]
    assert capsys.readouterr().out == "\nTests on PostgreSQL\nwhat it printed\n"


def test_without_word_of_its_last_tests_the_second_database_waits_for_the_end(monkeypatch, tmp_path: Path) -> None:
    events = events_of(monkeypatch, tmp_path, ending=False)

    assert events == ["sqlite started", "sqlite ended", "postgresql started", "postgresql ended", "0", "0"]


def test_a_failure_of_the_first_database_is_not_lost_behind_the_second(monkeypatch, tmp_path: Path) -> None:
    assert events_of(monkeypatch, tmp_path, ending=True, code=1)[-2:] == ["1", "0"]


def test_a_process_without_tests_is_word_of_the_last_tests(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv(ENDING, str(tmp_path / "ending"))

    pytest_testnodedown()

    assert (tmp_path / "ending").exists()


def test_the_longest_files_are_taken_first() -> None:
    class Item:
        def __init__(self, nodeid: str) -> None:
            self.nodeid = nodeid

    items = [Item(f"{path}::test") for path in ("a.py", "b.py", LONGEST[1], LONGEST[0])]

    order_of_files(items)

    assert [item.nodeid.partition("::")[0] for item in items] == [LONGEST[0], LONGEST[1], "a.py", "b.py"]


@pytest.mark.parametrize("path", [*LONG_RUNNING, *LONGEST, *sorted(EDGES_OF_ANY_DATABASE)])
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
