"""A large file whose worker is killed again and again is there once, and whole.

python -m tests.million [ROWS] [KILLS] [SEED] [sqlite|postgresql]
"""

import os
import subprocess
import sys

from benchmarks.databases import scratch

DEFAULTS = ["1000000", "12", "1", "sqlite"]

if __name__ == "__main__":
    given = sys.argv[1:]
    rows, kills, seed, kind = [*given, *DEFAULTS[len(given) :]]
    with scratch(kind) as environment:
        command = [sys.executable, "-m", "tests.million.run", rows, kills, seed]
        sys.exit(subprocess.run(command, env=os.environ | environment, check=False).returncode)
