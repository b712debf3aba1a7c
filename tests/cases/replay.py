"""Case files against the engine: each case goes to its kind, and the answer is compared with the expected one."""

import json
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.cases import credits, fees, measures, outlook, repeats, times, verdicts
from tests.cases.comparison import differences
from tests.cases.kinds import KINDS, MissingInputError, UnknownInputError

KIND_MODULES = (credits, fees, measures, outlook, repeats, times, verdicts)
REFUSALS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
# What a case about business time says of itself beside its inputs; whatever begins with "expected" is its answer.
DESCRIPTION = frozenset({"id", "op", "kind", "title", "note", "notes", "provenance", "published"})


def read_cases(paths: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield every case of the files, one JSON object a line, numbers as exact decimals."""
    for path in paths:
        with Path(path).open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield read_case(line, place=f"{path}:{number}")


def read_case(line: str, place: str) -> dict[str, Any]:
    """Read the case in a line, named by its place where it has no name; a line that is no case says why."""
    try:
        case = json.loads(line, parse_float=Decimal, parse_constant=str)
    except ValueError as error:
        return {"id": place, "unreadable": f"not JSON: {error}"}
    if not isinstance(case, dict):
        return {"id": place, "unreadable": "not a JSON object"}
    return {"id": place, **case}


def replay(case: dict[str, Any]) -> list[str]:
    """Return what is wrong with the engine's answer to one case; nothing where it is right.

    A case names its `kind` and its `inputs`, or, for business time, its `op` beside its inputs.
    """
    if "unreadable" in case:
        return [str(case["unreadable"])]
    name = case.get("kind") or case.get("op")
    if not isinstance(name, str) or name not in KINDS:
        return [f"no adapter for the kind '{name}'"]
    answers = {part: value for part, value in case.items() if part.startswith("expected")}
    expected = case.get("expected") if "kind" in case else answers
    if not isinstance(expected, dict) or not answers:
        return ["the case expects nothing: 'expected' must be an object"]
    beside = {part: value for part, value in case.items() if part not in DESCRIPTION and part not in answers}
    try:
        got = KINDS[name].answer(case.get("inputs", beside))
    except (MissingInputError, UnknownInputError) as error:
        return [f"expected {as_json(expected)}, but {error}"]
    except REFUSALS as error:
        return [f"expected {as_json(expected)}, got {type(error).__name__}: {error}"]
    return differences(expected, got)


def as_json(value: object) -> str:
    """Return a value as it stands in a case file."""
    return json.dumps(value, default=str, ensure_ascii=False)


def run(paths: Iterable[str]) -> tuple[list[str], int, int]:
    """Return the lines that describe failures, and how many cases passed and failed."""
    lines: list[str] = []
    passed = failed = 0
    for case in read_cases(paths):
        faults = replay(case)
        passed += not faults
        failed += bool(faults)
        lines += [f"{case['id']}: {fault}" for fault in faults]
    return lines, passed, failed


def main(paths: list[str]) -> int:
    """Replay the files; the exit status is 1 where anything failed or nothing was replayed."""
    if not paths:
        sys.stderr.write("usage: python -m tests.cases FILE…\n")
        return 2
    try:
        lines, passed, failed = run(paths)
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"tests.cases: {error}\n")
        return 2
    sys.stdout.writelines(f"{line}\n" for line in [*lines, f"{passed} passed, {failed} failed"])
    return 1 if failed or not passed else 0
