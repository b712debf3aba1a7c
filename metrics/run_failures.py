"""The failures of a night as far as somebody may know of them: on its page and in mails."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from bpo.tenancy import reach_of
from contracts.models.service_levels import ServiceLevel
from metrics.models.runs import Run


@dataclass(frozen=True)
class RunFailure:
    """What a night could not judge: a service level, unless it is gone, its period, and why."""

    named: str
    level: ServiceLevel | None
    period: str
    error: str


def failures_of(run: Run, *, principal: object) -> list[RunFailure]:
    """The failures of the reader's own service levels; operators see all, and the errors themselves."""
    named = {str(failure.get("service_level", "")) for failure in run.failures}
    levels = ServiceLevel.objects.visible_to(principal).filter(public_id__in=named)
    mine = {level.public_id: level for level in levels}
    sees_all = reach_of(principal).is_operator
    failures = [
        RunFailure(
            name,
            mine.get(name),
            str(failure.get("period", "")),
            str(failure.get("error", "")) if sees_all else _("not judged; the operator of the desk knows why"),
        )
        for failure in run.failures
        for name in [str(failure.get("service_level", ""))]
    ]
    return [failure for failure in failures if failure.level or sees_all]
