"""`make proof`: compare the desk with the plain model over many random contracts, and note the outcome in docs.

python -m tests.plain_model WORLDS [FIRST_SEED [LEVELS]]

More service levels in each world make more cells in the same time.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.plain_model.worlds import LEVELS

NOTES = Path("docs/proofs.md")
HEAD = """# Proofs

Long runs of tests whose short form is part of every test run. `make proof` adds a row.

| Day | Commit | What | Worlds and seeds | Cells | Outcome |
| --- | --- | --- | --- | --- | --- |
"""


def main(arguments: list[str]) -> int:
    worlds = int(arguments[0]) if arguments else 5_000
    seed = int(arguments[1]) if len(arguments) > 1 else 1_000
    levels = arguments[2] if len(arguments) > 2 else str(LEVELS)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True)
    with TemporaryDirectory() as folder:
        compared = Path(folder) / "cells"
        compared.touch()
        environment = {**os.environ, "PLAIN_MODEL_WORLDS": str(worlds), "PLAIN_MODEL_SEED": str(seed)}
        environment["PLAIN_MODEL_LEVELS"] = levels
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--no-header", "tests/plain_model"]
        code = subprocess.run(command, env={**environment, "PLAIN_MODEL_CELLS": str(compared)}, check=False).returncode
        cells = sum(map(int, compared.read_text(encoding="utf-8").split()))
    outcome = "all agree" if code == 0 else "differences: see the run"
    row = (f"{datetime.now(UTC):%Y-%m-%d}", commit.stdout.strip(), "what is owed and counted, against the plain model",
           f"{worlds:,} of {levels} levels from seed {seed}", f"{cells:,}", outcome)  # fmt: skip
    text = NOTES.read_text(encoding="utf-8") if NOTES.exists() else HEAD
    NOTES.write_text(f"{text}| {' | '.join(row)} |\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
