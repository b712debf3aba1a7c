"""Promised figures, measured in processes of their own on scratch databases."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.against import LEFT_OUT, compare, reference_tree
from benchmarks.databases import scratch
from benchmarks.figures import Figure, figure

ROOT = Path(__file__).resolve().parent.parent
CORRECTIONS = "corrections judged"


@dataclass(frozen=True)
class Suite:
    """One module of figures on one kind of database."""

    module: str
    database: str
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return "-".join([self.module, self.database, *self.options])


@dataclass(frozen=True)
class Comparison:
    """The intake of this tree beside that of the tree which REFERENCE names, on one kind of database."""

    database: str

    @property
    def name(self) -> str:
        return f"against-{self.database}"


SUITES: list[Suite | Comparison] = [
    Suite("evaluation", "postgresql"),
    Suite("evaluation", "postgresql", ("short",)),
    Suite("evaluation", "sqlite"),
    Suite("intake", "postgresql"),
    Suite("intake", "postgresql", ("filled",)),
    Suite("intake", "sqlite"),
    Suite("intake", "sqlite", ("filled",)),
    Suite("guards", "postgresql"),
    Suite("guards", "sqlite"),
    Suite("large_files", "postgresql"),
    Suite("large_files", "sqlite"),
    Comparison("postgresql"),
    Comparison("sqlite"),
]


def run(suite: Suite | Comparison) -> list[Figure]:
    """The figures of one suite; none of a comparison without anything to compare with."""
    if isinstance(suite, Comparison):
        reference = reference_tree()
        if reference is None:
            print(f"  {LEFT_OUT}", flush=True)
        return compare(suite.database, reference) if reference else []
    with scratch(suite.database) as environment, TemporaryDirectory() as folder:
        target = Path(folder, "figures.json")
        command = [sys.executable, "-m", f"benchmarks.{suite.module}", str(target), *suite.options]
        subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=True)
        return [Figure(**each) for each in json.loads(target.read_text(encoding="utf-8"))]


def run_all(suites: list[Suite | Comparison]) -> dict[str, list[Figure]]:
    """The figures of several suites by name; six months of history are set beside twenty-four."""
    found = {}
    for suite in suites:
        print(f"{suite.name} …", flush=True)
        found[suite.name] = run(suite)
    long, short = found.get("evaluation-postgresql"), found.pop("evaluation-postgresql-short", None)
    if long and short:
        ours = next(each for each in long if each.name == CORRECTIONS).our_value
        long.append(figure("history", "corrections on 24 months", ours, "on 6 months", short[0].our_value, "<= 1.2"))
    return found
