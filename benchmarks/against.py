"""Intake of this tree beside that of another one, pair by pair in one run: the same bodies, CPU seconds of each.

    REFERENCE=path/to/974a565 python -m benchmarks.against [sqlite|postgresql [PART OF A TASK'S NAME]]

`REFERENCE` is a clone or worktree of the commit to compare with; it is read and run, never written to. Each tree works
on a scratch database of its own, in a process of its own, and the two take turns.
"""

import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks.databases import scratch

ROOT = Path(__file__).resolve().parent.parent
WORKER = Path(__file__).with_name("against_worker.py")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "15"))


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


def main(database: str = "sqlite", part: str = "") -> None:
    reference = os.environ.get("REFERENCE")
    if not reference or not Path(reference, "manage.py").exists():
        sys.exit("REFERENCE names the tree to compare with: REFERENCE=path/to/clone python -m benchmarks.against")
    with ExitStack() as stack:
        trees = []
        for root in (ROOT, Path(reference).resolve()):
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
            middles = [1000 * statistics.median(side) for side in zip(*pairs, strict=True)]
            ratio = statistics.median(ours / theirs for ours, theirs in pairs)
            print(f"{task}: {middles[0]:.1f} / {middles[1]:.1f} ms = {ratio:.3f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
