"""`make fuzz`: search for requests that break the desk, round by round with new examples, until the time is over.

`python -m tests.fuzz MINUTES`; every round names its seed, and a fault ends the search with the seed that found it.
"""

import os
import secrets
import subprocess
import sys
import time

EXAMPLES_A_ROUND = "500"
DATABASES = ("sqlite", "postgresql")


def main(minutes: float) -> int:
    environment = {"FUZZ_EXAMPLES": EXAMPLES_A_ROUND, "TEST_PROCESSES": "0"} | os.environ
    environment["HYPOTHESIS_PROFILE"] = "fuzz"
    ends, rounds = time.monotonic() + 60 * minutes, 0
    while time.monotonic() < ends:
        database, seed = DATABASES[rounds % len(DATABASES)], secrets.randbelow(10**9)
        say(f"Round {rounds + 1}: seed {seed} on {database}")
        command = [sys.executable, "-m", "tests.support.matrix", database, "tests/fuzz", "-q", "-p", "no:cacheprovider"]
        if subprocess.run([*command, f"--hypothesis-seed={seed}"], env=environment, check=False).returncode:
            say(f"Found by seed {seed} on {database}.")
            return 1
        rounds += 1
    say(f"{rounds} rounds of {environment['FUZZ_EXAMPLES']} examples a search, nothing found.")
    return 0


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
