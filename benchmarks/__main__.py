"""`python -m benchmarks [NAME …]`: measure all benchmarks, or the named ones.

The comparisons with an earlier commit need `REFERENCE=path/to/clone` in the environment, and are left out without it.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.measures import exact_decimals
from benchmarks.registry import Benchmark, measure
from benchmarks.reports import as_markdown, write_reports
from benchmarks.suites import SUITES, Comparison, Suite, run_all

BENCHMARKS = [exact_decimals.BENCHMARK]
RESULTS = Path(__file__).parent / "results"


def chosen(names: list[str]) -> tuple[list[Benchmark], list[Suite | Comparison]]:
    """The benchmarks and suites of these names, or all."""
    known = {each.name: each for each in (*BENCHMARKS, *SUITES)}
    if unknown := set(names) - set(known):
        sys.exit(f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(known)}")
    wanted = [known[name] for name in names] or list(known.values())
    return [each for each in wanted if isinstance(each, Benchmark)], [
        each for each in wanted if not isinstance(each, Benchmark)
    ]


def main(names: list[str]) -> None:
    measured_on = datetime.now(UTC).date().isoformat()
    surroundings = machine()
    benchmarks, suites = chosen(names)
    outcomes = []
    for benchmark in benchmarks:
        print(f"{benchmark.name} …", flush=True)
        outcomes.append(measure(benchmark))
    figures = run_all(suites)
    surroundings["load_at_the_end"] = machine()["load"]
    print(as_markdown(outcomes, figures, surroundings, measured_on=measured_on))
    if not names:
        for path in write_reports(outcomes, figures, surroundings, measured_on=measured_on, folder=RESULTS):
            print(f"written: {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
