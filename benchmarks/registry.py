"""A benchmark is a ratio: our code against a named reference, in the same run on the same machine."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 7


@dataclass(frozen=True)
class Benchmark:
    """One question, the code that it is about, and what that is compared with; both do the same work."""

    name: str
    question: str
    subject: str
    run_subject: Callable[[], object]
    reference: str
    run_reference: Callable[[], object]
    rounds: int = ROUNDS


@dataclass(frozen=True)
class Outcome:
    """What was measured: medians in milliseconds, and the ratio of each round's pair."""

    name: str
    question: str
    subject: str
    reference: str
    rounds: int
    subject_milliseconds: float
    reference_milliseconds: float
    ratio: float
    ratio_least: float
    ratio_greatest: float


def measure(benchmark: Benchmark) -> Outcome:
    """Run subject and reference in turns, so that a busy moment of the machine meets both."""
    benchmark.run_subject()
    benchmark.run_reference()
    pairs = [(_seconds(benchmark.run_subject), _seconds(benchmark.run_reference)) for _ in range(benchmark.rounds)]
    ratios = [subject / reference for subject, reference in pairs]
    return Outcome(
        name=benchmark.name,
        question=benchmark.question,
        subject=benchmark.subject,
        reference=benchmark.reference,
        rounds=benchmark.rounds,
        subject_milliseconds=round(1000 * statistics.median(subject for subject, _ in pairs), 3),
        reference_milliseconds=round(1000 * statistics.median(reference for _, reference in pairs), 3),
        ratio=round(statistics.median(ratios), 3),
        ratio_least=round(min(ratios), 3),
        ratio_greatest=round(max(ratios), 3),
    )


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
