"""The long form of `test_tampers.py`, on both databases, noted in docs/proofs.md.

python -m record.tests TAMPERS [SEED]
"""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

NOTES = Path("docs/proofs.md")


def main(arguments: list[str]) -> int:
    number, seed = (*arguments, "1000")[:2]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True)
    with TemporaryDirectory() as folder:
        noted = Path(folder) / "counts"
        environment = {**os.environ, "TAMPERS": number, "TAMPERS_SEED": seed, "TAMPERS_COUNTS": str(noted)}
        command = [sys.executable, "-m", "tests.support.matrix", "record/tests/test_tampers.py", "-q"]
        code = subprocess.run(command, env=environment, check=False).returncode
        counts = "; ".join(sorted(noted.read_text(encoding="utf-8").splitlines()))
    outcome = "all refused and found" if code == 0 else "some not refused or not found: see the run"
    row = (f"{datetime.now(UTC):%Y-%m-%d}", commit.stdout.strip(), "random tampers of what the chains cover",
           f"{int(number):,} on each database from seed {seed}", counts, outcome)  # fmt: skip
    NOTES.write_text(f"{NOTES.read_text(encoding='utf-8')}| {' | '.join(row)} |\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
