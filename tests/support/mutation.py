"""`make mutation`: change the maths in one small place at a time, and count the changes that no test notices.

It works on a copy below var/, never on the tree. Without arguments everything is done anew, which takes an hour.
Otherwise what the last run found is kept, and only these are tried: 'rest' (what an interrupted run left), 'survivors'
(what no test noticed, against the tests as they stand now), or patterns such as 'sla.verdicts*'. Properties draw few
examples here, so that the score is a lower bound. The last line is the score; what survived stands above it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "var" / "mutation"
INTERRUPTED, SURVIVED, UNTESTED = 2, 0, 33
SETTINGS = """[tool.mutmut]
source_paths = ["sla/"]
do_not_mutate = ["sla/tests/*"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-q"]
pytest_add_cli_args_test_selection = ["sla/tests", "tests/cases"]
also_copy = ["conftest.py", "pytest.ini", "tests"]
"""
FEW_EXAMPLES = """from hypothesis import HealthCheck, settings

settings.register_profile(
    "few",
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,  # a busy machine must not be taken for a noticed change
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("few")
"""


def main(arguments: list[str]) -> int:
    prepare(anew=not arguments)
    mutmut = Path(sys.executable).with_name("mutmut")
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # other plugins would be loaded for each change
    subprocess.run([mutmut, "run", "--max-children", "1", *chosen(arguments)], cwd=COPY, env=alone, check=True)
    results = outcomes()
    for name in survivors(results):
        sys.stdout.write(f"{name}: {'no test' if results[name] == UNTESTED else 'survived'}\n")
    tried = Counter(code not in (SURVIVED, UNTESTED) for code in results.values() if code not in (None, INTERRUPTED))
    if not_run := len(results) - tried.total():
        sys.stdout.write(f"{not_run:,} changes were not run\n")
    sys.stdout.write(f"{tried[True]:,} of {tried.total():,} changes noticed, {share(tried[True], tried.total())} %\n")
    return 0 if tried[True] * 100 >= tried.total() * 95 else 1


def prepare(anew: bool) -> None:
    """Copy the maths, its tests, case files and data, with a conftest that knows no framework."""
    for old in [COPY] if anew else [COPY / "sla", COPY / "tests", COPY / "mutants/sla/tests", COPY / "mutants/tests"]:
        shutil.rmtree(old, ignore_errors=True)
    (COPY / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    for package in ("sla", "tests/cases", "tests/data"):
        shutil.copytree(ROOT / package, COPY / package, ignore=shutil.ignore_patterns("__pycache__"))
    (COPY / "tests/__init__.py").touch()
    (COPY / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    (COPY / "pytest.ini").write_text("[pytest]\ntestpaths = sla tests\nfilterwarnings =\n    error\n", encoding="utf-8")
    (COPY / "conftest.py").write_text(FEW_EXAMPLES, encoding="utf-8")


def chosen(arguments: list[str]) -> list[str]:
    """What mutmut is told to try; told nothing, it tries what it has not tried yet."""
    if arguments == ["survivors"]:
        return survivors(outcomes()) or sys.exit("Nothing survived the last run.")
    return [] if arguments == ["rest"] else arguments


def outcomes() -> dict[str, int | None]:
    """How each change ended so far."""
    files = sorted(COPY.rglob("*.meta"))
    return {name: code for file in files for name, code in codes(file).items()}


def survivors(results: dict[str, int | None]) -> list[str]:
    """The changes that no test noticed."""
    return sorted(name for name, code in results.items() if code in (SURVIVED, UNTESTED))


def codes(file: Path) -> dict[str, int | None]:
    """How each mutant of one module ended."""
    found: dict[str, int | None] = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def share(part: int, whole: int) -> str:
    """A percentage with one decimal, rounded down."""
    return f"{part * 1000 // whole // 10}.{part * 1000 // whole % 10}" if whole else "0.0"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
