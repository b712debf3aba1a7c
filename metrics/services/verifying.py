"""Final verdicts recomputed from the record as it stood when they closed, to prove that they still follow from it."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import QuerySet

from bpo.fields import stored_decimal
from contracts.models.service_levels import ServiceLevel
from metrics.models.verdicts import Verdict
from metrics.services.closed_periods import cells_judged, judge_as_of, recorded_deadlines, recorded_time
from metrics.services.findings import ENGINE_VERSION, Finding
from metrics.services.working import display_of
from metrics.timelines import timelines_of

CHUNK = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """A final verdict that the record does not give any more: which, in what field, as stored and as recomputed."""

    verdict: Verdict
    field: str
    stored: str
    recomputed: str

    def __str__(self) -> str:
        verdict = self.verdict
        name = f"{verdict.service_level.public_id} {verdict.period_label} revision {verdict.revision}"
        text = f"{name}: {self.field} stored {self.stored}, recomputed {self.recomputed}"
        if verdict.engine_version == ENGINE_VERSION:
            return text
        return f"{text} (computed by engine {verdict.engine_version}, today {ENGINE_VERSION})"


@dataclass(frozen=True, slots=True)
class Check:
    """How many final verdicts were recomputed, those that differ, and how many other engines than today's computed."""

    verdicts: int = 0
    differences: tuple[Difference, ...] = ()
    others: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "Check") -> "Check":
        differences = self.differences + other.differences
        return Check(self.verdicts + other.verdicts, differences, self.others + other.others)

    @property
    def by_engine(self) -> list[str]:
        """How many verdicts of each earlier engine are equal today, one line for each version."""
        wrong = Counter({each.verdict.pk: each.verdict.engine_version for each in self.differences}.values())
        return [
            f"computed by engine {version}, today {ENGINE_VERSION}: "
            f"{number - wrong[version]} equal, {wrong[version]} differ"
            for version, number in sorted(self.others.items())
        ]


def verify(verdicts: QuerySet[Verdict]) -> Check:
    """Recompute every final revision among those verdicts."""
    total, last = Check(), 0
    while True:
        check, last = verify_some(verdicts, after=last)
        if not check.verdicts:
            return total
        total += check


def verify_some(verdicts: QuerySet[Verdict], *, after: int) -> tuple[Check, int]:
    """Recompute the next final revisions after a primary key; returns the last one's too, from where to go on."""
    rows = verdicts.filter(is_final=True, pk__gt=after).order_by("pk").defer("days")
    chunk = list(rows.select_related("service_level", "terms__amendment")[:CHUNK])
    total = Check()
    # Revisions that closed at the same moment are read together, neighbours in one statement.
    by_time: dict[datetime, list[Verdict]] = defaultdict(list)
    for verdict in chunk:
        by_time[verdict.closed_at or verdict.judged_at].append(verdict)
    for closed_at in sorted(by_time):
        total += verify_closed_at(by_time[closed_at], closed_at)
    return total, chunk[-1].pk if chunk else after


def verify_closed_at(verdicts: Sequence[Verdict], closed_at: datetime) -> Check:
    """Recompute revisions that became final at one moment."""
    timelines = timelines_of(ServiceLevel.objects.filter(pk__in={verdict.service_level_id for verdict in verdicts}))
    cells = cells_judged(verdicts, timelines)
    deadlines = {
        (verdict.service_level_id, verdict.starts_on): recorded
        for verdict in verdicts
        if (recorded := recorded_deadlines(verdict.working.get("facts", {})))
    }
    # The timelines have the terms of the cells, and the time that they recorded, so that earlier and later periods are
    # cut by them.
    times = {verdict.service_level_id: recorded_time(verdict.working.get("facts", {})) for verdict in verdicts}
    by_level = {pk: {agreed.terms.pk: agreed for agreed in line.agreed} for pk, line in timelines.items()}
    for cell in cells:
        by_level[cell.key[0]][cell.agreed.terms.pk] = cell.agreed
    for pk, rows in by_level.items():
        ordered = sorted(rows.values(), key=lambda agreed: agreed.terms.effective_on)
        timelines[pk] = replace(timelines[pk], agreed=tuple(ordered), within=times.get(pk))
    findings, errors = judge_as_of(cells, timelines, at=closed_at, deadlines=deadlines)
    different: list[Difference] = []
    for verdict in verdicts:
        key = verdict.service_level_id, verdict.starts_on
        if key in errors:
            different.append(Difference(verdict, "everything", verdict.display or verdict.status, str(errors[key])))
        else:
            different += differences(verdict, findings[key])
    others = Counter(each.engine_version for each in verdicts if each.engine_version != ENGINE_VERSION)
    return Check(len(verdicts), tuple(different), others)


def differences(verdict: Verdict, finding: Finding) -> list[Difference]:
    """The fields in which a final verdict differs from what follows from the record."""
    outcome = finding.outcome
    values = verdict.value, stored_decimal(outcome.value)
    display = display_of(finding) if outcome.value is not None else ""
    fields = (
        ("status", verdict.status, str(outcome.status)),
        ("value", *("–" if number is None else f"{number.normalize():f}" for number in values)),
        # Another version may have printed the same value otherwise.
        ("display", verdict.display, display if verdict.engine_version == ENGINE_VERSION else verdict.display),
        ("inputs_sha256", verdict.inputs_sha256, finding.digest(verdict.engine_version)),
    )
    return [Difference(verdict, name, before, after) for name, before, after in fields if before != after]
