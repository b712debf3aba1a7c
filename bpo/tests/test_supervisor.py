"""The programs of a desk are kept up together and go down together."""

import asyncio
import os
import re
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from bpo.supervisor import LONGEST_PAUSE_SECONDS, SHORT_RUNS_ALLOWED, Supervisor, pause_before_start, programs_of
from tests.support.waiting import eventually


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


SLEEPER = python("import os, time; print('here', os.getpid(), flush=True); time.sleep(600)")
PARENT = python(
    "import os, subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print('here', os.getpid(), flush=True); print('child', child.pid, flush=True); time.sleep(600)"
)


class Stage:
    """Runs a supervisor, acts as soon as it says a certain thing, and keeps all that it said."""

    def __init__(self, programs: dict[str, list[str]], **order):
        self.programs = programs
        self.order = order
        self.said: list[str] = []
        self.cues: list[tuple[str, object]] = []

    def when(self, pattern: str, act) -> None:
        self.cues.append((pattern, act))

    def play(self) -> bool:
        async def scene() -> bool:
            self.supervisor = Supervisor(self.programs, environment=os.environ, say=self.hear, **self.order)
            return await asyncio.wait_for(self.supervisor.run(), timeout=60)

        return asyncio.run(scene())

    def hear(self, line: str) -> None:
        self.said.append(line)
        if self.cues and (found := re.search(self.cues[0][0], line)):
            self.cues.pop(0)[1](found)

    def stop(self, _found: object = None) -> None:
        self.supervisor.stop()

    def pids(self, word: str) -> list[int]:
        return [int(pid) for pid in re.findall(rf"{word} (\d+)", "\n".join(self.said))]


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet counts as ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] == "Z"
    return True


def kill(found: re.Match) -> None:
    os.kill(int(found[1]), signal.SIGKILL)


def test_stopping_ends_every_program():
    stage = Stage({"one": SLEEPER, "two": SLEEPER})
    stage.when(r"here", lambda found: None)
    stage.when(r"here", stage.stop)

    assert stage.play() is True
    assert len(stage.pids("here")) == 2
    assert all(map(is_gone, stage.pids("here")))


def test_a_killed_program_is_started_again():
    stage = Stage({"one": SLEEPER})
    stage.when(r"here (\d+)", kill)
    stage.when(r"here", stage.stop)

    assert stage.play() is True
    assert "one stopped with code -9; starting it again in 2 s." in stage.said


def test_a_program_that_is_killed_as_often_as_it_starts_is_started_all_the_same(monkeypatch):
    monkeypatch.setattr("bpo.supervisor.pause_before_start", lambda short_runs: 0)
    stage = Stage({"one": SLEEPER})
    for _ in range(SHORT_RUNS_ALLOWED):
        stage.when(r"here (\d+)", kill)
    stage.when(r"here", stage.stop)

    assert stage.play() is True


def test_pauses_grow_up_to_a_bound():
    assert [pause_before_start(runs) for runs in (0, 1, 2, 3, 4, 1000)] == [1, 2, 4, 8, *[LONGEST_PAUSE_SECONDS] * 2]


def test_a_killed_service_is_started_again():
    stage = Stage({"one": SLEEPER}, services={"broker": SLEEPER})
    stage.when(r"broker \| here (\d+)", kill)
    stage.when(r"broker \| here", stage.stop)

    assert stage.play() is True


def test_services_are_stopped_when_everything_else_has_stopped():
    last_words = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye', flush=True)));"
    )
    polite = python(last_words + "print('here', flush=True); time.sleep(600)")
    stage = Stage({"one": polite, "two": polite}, services={"broker": polite})
    for _ in range(2):
        stage.when(r"here", lambda found: None)
    stage.when(r"here", stage.stop)

    stage.play()

    assert [line.split()[0] for line in stage.said if line.endswith("bye")][-1] == "broker"


def test_the_children_of_a_killed_program_do_not_outlive_it():
    stage = Stage({"one": PARENT})
    pids: list[int] = []
    stage.when(r"here (\d+)", lambda found: pids.append(int(found[1])))
    stage.when(r"child \d+", lambda found: os.kill(pids[0], signal.SIGKILL))
    stage.when(r"here", stage.stop)

    stage.play()

    assert all(eventually(lambda pid=pid: is_gone(pid), within=10) for pid in stage.pids("child"))


def test_a_program_that_will_not_listen_is_ended_when_asked_twice():
    stubborn = python(
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('here', os.getpid(), flush=True); time.sleep(600)"
    )
    stage = Stage({"one": stubborn})
    stage.when(r"here", lambda found: (stage.stop(), stage.stop()))

    assert stage.play() is True
    assert all(map(is_gone, stage.pids("here")))


def test_a_program_that_cannot_start_ends_everything_with_a_failure():
    stage = Stage({"broken": python("raise SystemExit(3)"), "fine": SLEEPER})

    assert stage.play() is False
    assert sum("stopped with code 3" in line for line in stage.said) == SHORT_RUNS_ALLOWED - 1
    assert any("does not stay up (code 3)" in line for line in stage.said)
    assert all(map(is_gone, stage.pids("here")))


def test_a_program_that_comes_later_starts_when_the_first_has_succeeded():
    first = python("import time; time.sleep(0.3); print('loaded', flush=True)")
    stage = Stage({"web": SLEEPER, "worker": SLEEPER}, first={"demo": first}, after_first=("worker",))
    stage.when(r"worker.*here", stage.stop)

    assert stage.play() is True
    lines = [line.split("|")[0].strip() for line in stage.said if "|" in line]
    assert lines == ["web", "demo", "worker"]


def test_a_first_program_that_fails_stops_everything():
    stage = Stage(
        {"web": SLEEPER, "worker": SLEEPER}, first={"demo": python("raise SystemExit(4)")}, after_first=("worker",)
    )

    assert stage.play() is False
    assert "demo failed (code 4); stopping everything." in stage.said
    assert not any(line.startswith("worker") for line in stage.said)
    assert all(map(is_gone, stage.pids("here")))


def test_stopping_ends_the_first_program_too():
    stage = Stage({"web": SLEEPER}, first={"demo": SLEEPER})
    stage.when(r"here", lambda found: None)
    stage.when(r"here", stage.stop)

    assert stage.play() is True
    assert len(stage.pids("here")) == 2
    assert all(map(is_gone, stage.pids("here")))


def test_a_procfile_is_read_with_the_environments_values(tmp_path):
    (tmp_path / "Procfile").write_text("# kept\n\nweb: serve --port $PORT 'two words'\n", encoding="utf-8")

    assert programs_of(tmp_path / "Procfile", {"PORT": "81"}) == {"web": ["serve", "--port", "81", "two words"]}


def test_a_procfile_that_names_an_unknown_value_is_refused(tmp_path):
    (tmp_path / "Procfile").write_text("web: serve --port $PROT\n", encoding="utf-8")

    with pytest.raises(KeyError, match="PROT"):
        programs_of(tmp_path / "Procfile", {"PORT": "81"})
