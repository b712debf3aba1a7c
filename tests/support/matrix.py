"""`make test`: the whole suite on SQLite, then on PostgreSQL; the last line names what was skipped.

Arguments: `sqlite` or `postgresql` for one of them, `fast` for a quick choice (`make test-fast`), and anything else for
pytest.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.postgresql import postgresql_server

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
TEMPLATE = "TEST_TEMPLATE"

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

    def environment(self) -> dict[str, str]:
        environment = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
        environment["SKIPS_FILE"] = str(self.ledger)
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
        codes = [run_pytest(run) for run in runs]
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
        code = run_pytest(run)
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


def run_pytest(run: Run) -> int:
    """One run of the suite in its own processes; pytest's exit code."""
    say(f"\nTests on {DATABASES[run.database]}")
    number = os.environ.get("TEST_PROCESSES", str(run.processes))
    command = [sys.executable, "-m", "pytest", "-n", number, "--dist", "worksteal", *run.options]
    return subprocess.run(command, env=run.environment(), check=False).returncode


def skip_line(skips: list[dict]) -> str:
    """The skips in one line, counted by kind and reason."""
    counts: dict[str, int] = {}
    for skip in skips:
        label = ("browser tests" if skip["is_browser"] else skip["test"]) + f" ({skip['reason']})"
        counts[label] = counts.get(label, 0) + 1
    return "Skipped: " + "; ".join(f"{count} {label}" for label, count in counts.items())


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
