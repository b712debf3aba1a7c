"""Run these tests against an earlier state of the project: each must fail there by its assertion.

    python -m tests.edges PATH

PATH is a clone of that state with its own `.venv`, such as one at 974a565. The tests speak only terms files, commands,
the API and pages, so that they mean the same there; they are copied into it and removed again, except for
`test_controls.py`, which holds what was right before. Prints each test with what became of it, and exits with 1 if one
passed there, or failed by anything but its assertion.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).parent


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not (Path(arguments[0]) / ".venv/bin/python").exists():
        sys.stderr.write(f"{__doc__}\n")
        return 2
    clone = Path(arguments[0]).resolve()
    wrong = 0
    for name, outcome in outcomes_at(clone):
        wrong += outcome != "fails by its assertion"
        sys.stdout.write(f"{outcome:<24} {name}\n")
    sys.stdout.write(f"{wrong} of the tests do not fail there by their assertion.\n" if wrong else "All fail there.\n")
    return 1 if wrong else 0


def outcomes_at(clone: Path) -> list[tuple[str, str]]:
    """The outcome of each test in the clone, by its name."""
    copy, report = clone / "tests/edges", clone / "edges.xml"
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("__pycache__", "test_controls.py"))
    command = [".venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "", "tests/edges"]
    try:
        subprocess.run([*command, f"--junitxml={report}"], cwd=clone, check=False, stdout=subprocess.DEVNULL)
        return [(case.get("name", ""), outcome_of(case)) for case in ElementTree.parse(report).iter("testcase")]
    finally:
        shutil.rmtree(copy)
        report.unlink(missing_ok=True)


def outcome_of(case: ElementTree.Element) -> str:
    if case.find("error") is not None:
        return "cannot run"
    failure = case.find("failure")
    if failure is None:
        return "passes"
    message = failure.get("message", "")
    return (
        "fails by its assertion"
        if message.startswith(("AssertionError", "assert ", "Failed: DID NOT RAISE"))
        else "fails otherwise"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
