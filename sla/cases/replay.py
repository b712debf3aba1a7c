"""Case files against the engine: each case goes through its adapter, and its answer is compared."""

import json
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from sla.cases import adapters_calendar, adapters_core, adapters_money, adapters_outlook, adapters_verdicts
from sla.cases.comparison import differences
from sla.cases.reading import with_numbers
from sla.cases.registry import ADAPTERS

ADAPTER_MODULES = (adapters_calendar, adapters_core, adapters_money, adapters_outlook, adapters_verdicts)
REFUSALS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def read_cases(paths: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Every case of the files, one JSON object a line, numbers as exact decimals."""
    for path in paths:
        with Path(path).open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield read_case(line, place=f"{path}:{number}")


def read_case(line: str, place: str) -> dict[str, Any]:
    """The case that a line holds, named by its place where it has no name; one that cannot be read says why."""
    try:
        found = json.loads(line, parse_float=Decimal, parse_constant=str)
    except ValueError as fault:
        return {"id": place, "unreadable": f"not JSON: {fault}"}
    if not isinstance(found, dict):
        return {"id": place, "unreadable": "not a JSON object"}
    return {"id": place, **found}


def replay(case: dict[str, Any]) -> list[str]:
    """What is wrong with the engine's answer to one case; nothing where it is right.

    A case names its `kind` and its `inputs`, or, for business time, its `op` beside its inputs.
    """
    if "unreadable" in case:
        return [str(case["unreadable"])]
    kind = case.get("kind") or case.get("op")
    if not isinstance(kind, str) or kind not in ADAPTERS:
        return [f"no adapter for the kind '{kind}'"]
    expected = case.get("expected") if "kind" in case else expected_of(case)
    if not isinstance(expected, dict):
        return ["the case expects nothing: 'expected' must be an object"]
    try:
        got = ADAPTERS[kind](with_numbers(case.get("inputs", case)))
    except KeyError as fault:
        return [f"expected {shown(expected)}, but the input {fault} is missing"]
    except REFUSALS as fault:
        return [f"expected {shown(expected)}, got {type(fault).__name__}: {fault}"]
    return differences(expected, got)


def expected_of(case: dict[str, Any]) -> dict[str, Any] | None:
    """All that a business-time case expects: `expected` and whatever else begins with the word."""
    return {name: value for name, value in case.items() if name.startswith("expected")} or None


def shown(value: object) -> str:
    """A value as it stands in a case file."""
    return json.dumps(value, default=str, ensure_ascii=False)


def run(paths: Iterable[str]) -> tuple[list[str], int, int]:
    """The lines that describe failures, and how many cases passed and failed."""
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
        sys.stderr.write("usage: python -m sla.cases FILE…\n")
        return 2
    try:
        lines, passed, failed = run(paths)
    except (OSError, UnicodeDecodeError) as fault:
        sys.stderr.write(f"sla.cases: {fault}\n")
        return 2
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{passed} passed, {failed} failed\n")
    return 1 if failed or not passed else 0
