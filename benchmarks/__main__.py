"""`python -m benchmarks [NAME …]`: measure all benchmarks, or the named ones."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.measures import exact_decimals
from benchmarks.registry import Benchmark, measure
from benchmarks.reports import as_markdown, write_reports

BENCHMARKS = [exact_decimals.BENCHMARK]
RESULTS = Path(__file__).parent / "results"


def chosen(names: list[str]) -> list[Benchmark]:
    """The benchmarks of these names, or all."""
    known = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    if unknown := set(names) - set(known):
        sys.exit(f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(known)}")
    return [known[name] for name in names] or list(known.values())


def main(names: list[str]) -> None:
    measured_on = datetime.now(UTC).date().isoformat()
    surroundings = machine()
    outcomes = []
    for benchmark in chosen(names):
        print(f"{benchmark.name} …", flush=True)
        outcomes.append(measure(benchmark))
    print(as_markdown(outcomes, surroundings, measured_on=measured_on))
    if not names:
        for path in write_reports(outcomes, surroundings, measured_on=measured_on, folder=RESULTS):
            print(f"written: {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
