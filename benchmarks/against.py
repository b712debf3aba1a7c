"""Intake of this tree beside that of another one, pair by pair in one run: the same bodies, CPU seconds of each.

    REFERENCE=path/to/974a565 python -m benchmarks.against [sqlite|postgresql [PART OF A TASK'S NAME]]

`REFERENCE` is a clone or worktree of the commit to compare with; it is read and run, never written to. Each tree works
on a scratch database of its own, in a process of its own, and the two take turns. `make bench` does so on both kinds
of databases; where `REFERENCE` is not set, it says that this was left out.
"""

import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks.databases import scratch
from benchmarks.figures import Figure, paired

ROOT = Path(__file__).resolve().parent.parent
WORKER = Path(__file__).with_name("against_worker.py")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "15"))
PROMISE = "<= 1.1"
LEFT_OUT = "Left out: REFERENCE names no clone of the commit to compare with."


class Tree:
    """A process that runs the tasks of the worker with the code of one tree."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER)],
            cwd=root,
            env=os.environ | environment | {"PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, task: str) -> list:
        """Run a task; returns CPU seconds and what has to be equal in both trees. An empty task names all tasks."""
        self.process.stdin.write(f"{task}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)


def compare(database: str, reference: Path, part: str = "") -> list[Figure]:
    """The CPU seconds of each task with this tree and with that one, of tasks whose name has that part."""
    figures = []
    with ExitStack() as stack:
        trees = []
        for root in (ROOT, reference.resolve()):
            tree = Tree(root, stack.enter_context(scratch(database)))
            stack.callback(tree.close)
            trees.append(tree)
        tasks, _theirs = [tree.ask("") for tree in trees]
        for task in [task for task in tasks if part in task]:
            pairs = []
            for turn in range(ROUNDS + 2):
                order = trees if turn % 2 else trees[::-1]
                answers = {tree: tree.ask(task) for tree in order}
                (ours, mine), (theirs, same) = (answers[tree] for tree in trees)
                if mine != same:
                    sys.exit(f"{task}: the two trees answer differently: {mine} and {same}")
                if turn > 1:
                    pairs.append((ours, theirs))
            middle, reference_middle = (statistics.median(side) for side in zip(*pairs, strict=True))
            ratio = statistics.median(ours / theirs for ours, theirs in pairs)
            figures.append(paired(task, "this tree", middle, "REFERENCE", reference_middle, ratio, PROMISE))
    return figures


def reference_tree() -> Path | None:
    """The clone or worktree that the environment names, if it is one."""
    named = os.environ.get("REFERENCE")
    return Path(named) if named and Path(named, "manage.py").exists() else None


if __name__ == "__main__":
    reference = reference_tree()
    if reference is None:
        sys.exit(f"{LEFT_OUT} REFERENCE=path/to/clone python -m benchmarks.against")
    compare(*(sys.argv[1:2] or ["sqlite"]), reference, *sys.argv[2:3])
