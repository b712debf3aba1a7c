"""`make mutation`: change the maths in one small place at a time, and count the changes that no test notices.

It works on a copy below var/, never on the tree. Arguments are patterns of mutants such as 'sla.verdicts*'; without
any, all of the maths is changed, which takes the better part of an hour. Properties draw few examples here, so that
the score is a lower bound. The last line is the score; what survived stands above it.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "var" / "mutation"
SURVIVED, UNTESTED = 0, 33
SETTINGS = """[tool.mutmut]
source_paths = ["sla/"]
do_not_mutate = ["sla/tests/*", "sla/cases/*"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:django", "-q"]
pytest_add_cli_args_test_selection = ["sla/tests"]
also_copy = ["conftest.py", "pytest.ini"]
"""
FEW_EXAMPLES = """from hypothesis import HealthCheck, settings

checks = list(HealthCheck)
settings.register_profile("few", max_examples=12, derandomize=True, database=None, suppress_health_check=checks)
settings.load_profile("few")
"""


def main(patterns: list[str]) -> int:
    prepare()
    mutmut = Path(sys.executable).with_name("mutmut")
    subprocess.run([mutmut, "run", "--max-children", "1", *patterns], cwd=COPY, check=True)
    results = {name: code for file in COPY.rglob("*.meta") for name, code in codes(file).items() if code is not None}
    survivors = sorted(name for name, code in results.items() if code in (SURVIVED, UNTESTED))
    for name in survivors:
        sys.stdout.write(f"{name}: {'no test' if results[name] == UNTESTED else 'survived'}\n")
    counts = Counter(code not in (SURVIVED, UNTESTED) for code in results.values())
    sys.stdout.write(f"{counts[True]:,} of {len(results):,} changes noticed, {share(counts[True], len(results))} %\n")
    return 0 if counts[True] * 100 >= len(results) * 95 else 1


def prepare() -> None:
    """The maths and its tests as they stand, with a conftest that knows no framework."""
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(ROOT / "sla", COPY / "sla", ignore=shutil.ignore_patterns("__pycache__"))
    (COPY / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    (COPY / "pytest.ini").write_text("[pytest]\ntestpaths = sla\nfilterwarnings =\n    error\n", encoding="utf-8")
    (COPY / "conftest.py").write_text(FEW_EXAMPLES, encoding="utf-8")


def codes(file: Path) -> dict[str, int | None]:
    """How each mutant of one module ended."""
    found: dict[str, int | None] = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def share(part: int, whole: int) -> str:
    """A percentage with one decimal, rounded down."""
    return f"{part * 1000 // whole // 10}.{part * 1000 // whole % 10}" if whole else "0.0"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
