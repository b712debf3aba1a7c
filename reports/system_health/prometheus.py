"""The state of the installation in the text format of Prometheus; nothing of any client or vendor is in it."""

from collections.abc import Iterator, Mapping, Sequence

from bpo.heartbeats import WORKER
from reports.system_health.examining import SystemHealth
from reports.system_health.lengths import seconds

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def exposition(health: SystemHealth) -> str:
    """Return every condition as one gauge of its value and one of whether it is OK."""
    return "\n".join([*lines_of(health), ""])


def lines_of(health: SystemHealth) -> Iterator[str]:
    yield from gauge("desk_ready", "Whether the desk can do its work.", [({}, int(health.is_ready))])
    states = [({"condition": row.name}, int(row.is_ok)) for row in health.conditions]
    yield from gauge("desk_condition_ok", "Whether a condition has no problem.", states)
    yield from gauge("desk_info", "The versions that run, as labels.", [(health.versions, 1)])
    for row in health.conditions:
        if row.kind.measure and row.value is not None:
            limit = "" if row.limit is None else f" The limit is {row.limit}."
            yield from gauge(f"desk_{row.name}_{row.kind.measure}", f"{row.kind.label}.{limit}", [({}, row.value)])
    ages = [({"worker": row.name.removeprefix(WORKER)}, seconds(health.at - row.at)) for row in health.workers]
    if ages:
        yield from gauge("desk_worker_age_seconds", "Time since a worker's last sign of life.", ages)


def gauge(name: str, explanation: str, samples: Sequence[tuple[Mapping[str, str], int]]) -> Iterator[str]:
    yield f"# HELP {name} {explanation}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        pairs = ",".join(f'{label}="{text.translate(ESCAPES)}"' for label, text in labels.items())
        yield f"{name}{{{pairs}}} {value}" if pairs else f"{name} {value}"
