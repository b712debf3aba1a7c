"""`make test`: the whole suite on SQLite, then on PostgreSQL; the last line names what was skipped.

The second database begins when the first one's last tests run, and is shown when these have ended.

Arguments: `sqlite` or `postgresql` for one of them, `fast` for a quick choice (`make test-fast`), and anything else for
pytest.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.support.order import ENDING
from tests.support.postgresql import postgresql_server

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
TEMPLATE = "TEST_TEMPLATE"
PAUSE_SECONDS = 0.2

QUICK = "not browser and not broker and not worker and not slow"
# Many generated or similar cases each: half of the remaining time, for rules that shorter tests state as well.
LONG_RUNNING = (
    "api/tests/test_examples.py",
    "api/tests/test_sandbox.py",
    "bpo/tests/test_strict_columns.py",
    "bpo/tests/test_supervisor.py",
    "breaches/tests/test_transitions.py",
    "contracts/tests/test_library.py",
    "contracts/tests/test_terms_round_trip.py",
    "metrics/tests/test_order.py",
    "metrics/tests/test_catalogue_whole.py",
    "reports/tests/test_killed_senders.py",
    "tests/cases",
    "tests/edges",
    "tests/faults",
    "tests/fuzz",
    "tests/plain_model",
    "tests/test_access_matrix.py",
    "tests/test_same_words.py",
    "tests/test_sandbox.py",
)


@dataclass(frozen=True)
class Run:
    """One run of pytest on one database.

    Tests wait for browsers, workers and servers half of their time: four processes keep two cores busy.
    """

    database: str
    url: str | None
    options: list[str]
    folder: Path
    processes: int = 4

    @property
    def ledger(self) -> Path:
        return self.folder / f"{self.database}.skips.json"

    @property
    def ending(self) -> Path:
        """A file that is there once a process of the run finds no more tests."""
        return self.folder / f"{self.database}.ending"

    @property
    def output(self) -> Path:
        """What the run prints while another one is shown."""
        return self.folder / f"{self.database}.txt"

    def environment(self) -> dict[str, str]:
        environment = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
        environment |= {"SKIPS_FILE": str(self.ledger), ENDING: str(self.ending)}
        if self.url:
            environment["TEST_DATABASE_URL"] = self.url
        environment[TEMPLATE] = "test_template" if self.url else str(self.folder / "template.sqlite3")
        return environment

    def skips(self) -> list[dict]:
        return json.loads(self.ledger.read_text(encoding="utf-8")) if self.ledger.exists() else []


def main(arguments: list[str]) -> int:
    if "fast" in arguments:
        return run_fast([word for word in arguments if word != "fast"])
    chosen = [name for name in arguments if name in DATABASES] or list(DATABASES)
    options = [word for word in arguments if word not in DATABASES]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # What no database has a part in (pages in a browser, the maths) is tested once.
        once = ["--database-tests-only"] if "-m" not in options else []
        runs = [
            Run(name, stack.enter_context(address_of(name)), [*(once if place else []), *options], folder)
            for place, name in enumerate(chosen)
        ]
        make_templates(runs)
        codes = run_in_turn(runs)
        skips = [skip for run in runs for skip in run.skips()]
    if failed := [DATABASES[run.database] for run, code in zip(runs, codes, strict=True) if code]:
        say(f"Failed on {' and on '.join(failed)}.")
    if skips:
        say(skip_line(skips))
    return max(codes)


def run_fast(options: list[str]) -> int:
    """Run a quick choice on SQLite alone, and name what it leaves out."""
    ignored = [f"--ignore={path}" for path in LONG_RUNNING]
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("HYPOTHESIS_PROFILE", "quick")
        # Nothing here waits for another process: more would only share two cores.
        chosen = ["-m", QUICK, *ignored, *options]
        run = Run("sqlite", None, chosen, Path(folder), processes=2)
        make_templates([run])
        [code] = run_in_turn([run])
    left_out = ["PostgreSQL", "most generated examples", "tests marked browser, broker, worker or slow", *LONG_RUNNING]
    say(f"Not run: {'; '.join(left_out)}. `make test` runs everything.")
    return code


@contextmanager
def address_of(database: str) -> Iterator[str | None]:
    """The URL to test on; None for the SQLite file that each test process makes for itself."""
    if database == "sqlite":
        yield None
    elif url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    else:
        with postgresql_server() as url:
            yield url


def make_templates(runs: list[Run]) -> None:
    """Migrate a database for each run, which its processes copy."""
    command = [sys.executable, "-m", "tests.support.template"]
    for maker in [subprocess.Popen(command, env=run.environment()) for run in runs]:
        if code := maker.wait():
            sys.exit(code)


def run_in_turn(runs: list[Run]) -> list[int]:
    """Run the suite on each database, each in its own processes; pytest's exit codes."""
    with ExitStack() as stack:
        started = []
        for run in runs:
            output = stack.enter_context(run.output.open("wb")) if started else None
            started.append(process := start_pytest(run, output))
            stack.callback(stop, process)
            while run is not runs[-1] and process.poll() is None and not run.ending.exists():
                time.sleep(PAUSE_SECONDS)
        return [show(run, process) for run, process in zip(runs, started, strict=True)]


def start_pytest(run: Run, output: IO[bytes] | None) -> subprocess.Popen[bytes]:
    """Start pytest for a run; it prints into the file, or for all to see."""
    if output is None:
        say(f"\nTests on {DATABASES[run.database]}")
    number = os.environ.get("TEST_PROCESSES", str(run.processes))
    command = [sys.executable, "-m", "pytest", "-n", number, "--dist", "loadfile", "--no-loadscope-reorder"]
    return subprocess.Popen([*command, *run.options], env=run.environment(), stdout=output, stderr=output)


def show(run: Run, process: subprocess.Popen[bytes]) -> int:
    """Print what a run has printed into its file, until it ends; its exit code."""
    if not run.output.exists():
        return process.wait()
    say(f"\nTests on {DATABASES[run.database]}")
    with run.output.open(encoding="utf-8", errors="replace") as printed:
        while process.poll() is None:
            say(printed.read(), end="")
            time.sleep(PAUSE_SECONDS)
        say(printed.read(), end="")
    return process.wait()


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a run that is still running because something failed meanwhile."""
    if process.poll() is None:
        process.terminate()
        process.wait()


def skip_line(skips: list[dict]) -> str:
    """The skips in one line, counted by kind and reason."""
    counts: dict[str, int] = {}
    for skip in skips:
        label = ("browser tests" if skip["is_browser"] else skip["test"]) + f" ({skip['reason']})"
        counts[label] = counts.get(label, 0) + 1
    return "Skipped: " + "; ".join(f"{count} {label}" for label, count in counts.items())


def say(text: str, *, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
