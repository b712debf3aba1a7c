"""A figure is a measured ratio beside the one that was promised."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from operator import ge, le

COMPARE = {"<=": le, ">=": ge}


@dataclass(frozen=True)
class Figure:
    """What we take, what the reference takes in the same run, and whether their ratio is as promised, if it is."""

    name: str
    ours: str
    our_value: float
    reference: str
    reference_value: float
    ratio: float
    promise: str
    holds: bool | None
    unit: str = "s"


def figure(
    name: str, ours: str, our_value: float, reference: str, reference_value: float, promise: str, unit: str = "s"
) -> Figure:
    """The figure whose ratio is ours over the reference, against a promise such as `<= 1.5`."""
    ratio = our_value / reference_value if reference_value else 0.0
    return paired(name, ours, our_value, reference, reference_value, ratio, promise, unit)


def paired(
    name: str,
    ours: str,
    our_value: float,
    reference: str,
    reference_value: float,
    ratio: float,
    promise: str,
    unit: str = "s",
) -> Figure:
    """The figure whose ratio was taken pair by pair, and is not that of the two values."""
    sign, _, bound = promise.partition(" ")
    holds = COMPARE[sign](ratio, float(bound))
    print(f"  {name}: {our_value:.3f} / {reference_value:.3f} {unit} = {ratio:.3f} ({promise})", flush=True)
    return Figure(
        name, ours, round(our_value, 4), reference, round(reference_value, 4), round(ratio, 3), promise, holds, unit
    )


def noted(name: str, ours: str, our_value: float, reference: str, reference_value: float, unit: str = "s") -> Figure:
    """A ratio of which nothing is promised."""
    ratio = our_value / reference_value if reference_value else 0.0
    print(f"  {name}: {our_value:.3f} / {reference_value:.3f} {unit} = {ratio:.3f}", flush=True)
    values = round(our_value, 4), round(reference_value, 4)
    return Figure(name, ours, values[0], reference, values[1], round(ratio, 3), "", None, unit)


def seconds(run: Callable[[], object]) -> float:
    """How long it takes, once."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def median(run: Callable[[], object], rounds: int) -> float:
    """How long it takes, in the middle of several times."""
    return statistics.median(seconds(run) for _ in range(rounds))
