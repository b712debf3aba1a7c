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
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgresql import postgresql_server

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

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


def main(arguments: list[str]) -> int:
    if "fast" in arguments:
        return run_fast([word for word in arguments if word != "fast"])
    chosen = [name for name in arguments if name in DATABASES] or list(DATABASES)
    options = [word for word in arguments if word not in DATABASES]
    codes, skips = [], []
    for database in chosen:
        say(f"\nTests on {DATABASES[database]}")
        # What no database has a part in (pages in a browser, the maths) is tested once.
        is_second = database == "postgresql" and len(chosen) > 1
        once = ["--database-tests-only"] if is_second and "-m" not in options else []
        with address_of(database) as url, tempfile.TemporaryDirectory() as folder:
            ledger = Path(folder) / "skips.json"
            codes.append(run_pytest([*once, *options], database_url=url, ledger=ledger))
            skips += json.loads(ledger.read_text(encoding="utf-8")) if ledger.exists() else []
    failed = [DATABASES[name] for name, code in zip(chosen, codes, strict=True) if code]
    if failed:
        say(f"Failed on {' and on '.join(failed)}.")
    if skips:
        say(skip_line(skips))
    return max(codes)


def run_fast(options: list[str]) -> int:
    """Run a quick choice on SQLite alone, and name what it leaves out."""
    ignored = [f"--ignore={path}" for path in LONG_RUNNING]
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "skips.json"
        os.environ.setdefault("HYPOTHESIS_PROFILE", "quick")
        # Nothing here waits for another process: more would only share two cores.
        code = run_pytest(["-m", QUICK, *ignored, *options], database_url=None, ledger=ledger, processes=2)
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


def run_pytest(options: list[str], *, database_url: str | None, ledger: Path, processes: int = 4) -> int:
    """One run of the suite in its own processes; pytest's exit code.

    Tests wait for browsers, workers and servers half of their time: four processes keep two cores busy.
    """
    environment = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    environment["SKIPS_FILE"] = str(ledger)
    if database_url:
        environment["TEST_DATABASE_URL"] = database_url
    number = os.environ.get("TEST_PROCESSES", str(processes))
    command = [sys.executable, "-m", "pytest", "-n", number, "--dist", "worksteal", *options]
    return subprocess.run(command, env=environment, check=False).returncode


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
