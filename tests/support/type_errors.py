"""mypy over all packages, compared with the known errors in `tests/data/type_errors.txt`, which may only become fewer.

python -m tests.support.type_errors           fails where a file has more errors of a kind than are known
python -m tests.support.type_errors --write   writes the known errors anew; refuses more than there were
"""

import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

BASELINE = Path("tests/data/type_errors.txt")
CONFIGURATION = "tests/support/types.ini"
ERROR = re.compile(r"^(?P<file>[^:]+):(?:\d+:)? error: .*\[(?P<code>[a-z-]+)\]$")
Counts = Counter[tuple[str, str]]


def count_errors(lines: Iterable[str]) -> Counts:
    """Count mypy's errors by file and code, whatever line they are on."""
    return Counter((match["file"], match["code"]) for line in lines if (match := ERROR.match(line)))


def read_baseline(text: str) -> Counts:
    """Parse lines such as `3 bpo/mail.py arg-type`."""
    entries = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return Counter({(file, code): int(number) for number, file, code in entries})


def format_baseline(counts: Counts) -> str:
    lines = [f"{number} {file} {code}" for (file, code), number in sorted(counts.items())]
    header = "# Known type errors by file and code. They only become fewer: make types-baseline"
    return "\n".join([f"{header} ({counts.total()} in all)", *lines, ""])


def find_growth(counts: Counts, known: Counts) -> list[str]:
    """Describe where there are more errors than are known."""
    grown = sorted(counts - known)
    return [f"{file}: {counts[file, code]} errors [{code}], {known[file, code]} are known" for file, code in grown]


def run_mypy() -> list[str]:
    """Return mypy's lines for all packages; raises SystemExit where mypy itself fails."""
    configuration = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    packages = configuration["tool"]["importlinter"]["root_packages"]
    command = [sys.executable, "-m", "mypy", "--config-file", CONFIGURATION, "--no-error-summary", *packages]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode > 1 or result.stderr:
        raise SystemExit(f"mypy failed:\n{result.stdout}{result.stderr}")
    return result.stdout.splitlines()


def main(arguments: list[str]) -> int:
    lines = run_mypy()
    counts, known = count_errors(lines), read_baseline(BASELINE.read_text(encoding="utf-8"))
    if "--write" in arguments:
        if counts.total() > known.total():
            sys.stderr.write(f"{counts.total()} type errors, {known.total()} are known: the baseline does not grow.\n")
            return 1
        BASELINE.write_text(format_baseline(counts), encoding="utf-8")
        return 0
    growth = find_growth(counts, known)
    files = {entry.split(":")[0] for entry in growth}
    sys.stderr.write("".join(f"{line}\n" for line in lines if line.split(":")[0] in files))
    sys.stderr.write("".join(f"New type errors in {entry}\n" for entry in growth))
    if not growth and counts.total() < known.total():
        sys.stdout.write(f"{known.total() - counts.total()} type errors fewer than known: run make types-baseline\n")
    return 1 if growth else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
