"""A vendor's sandbox: the same terms, its own results; brought up to date, judged at once, closed, emptied.

Everything here works on the database at hand, which `bpo.sandbox.in_sandbox()` makes the sandbox.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from django.apps import apps
from django.db import IntegrityError, models, transaction

from bpo import audit
from bpo.sandbox import in_sandbox, on_live_database
from contracts.models.service_levels import ServiceLevel
from contracts.sandbox import PARTS, Copy, agreed_with, copied_of, is_foreign, write_copy
from metrics.models.results import Batch
from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.closing import close_next, final_keys
from metrics.services.judging import judge_next
from metrics.services.nights import IN_FORCE, latest_night
from metrics.services.work_queue import enqueue
from metrics.timelines import timelines_of
from vendors.models import Vendor

log = structlog.get_logger("desk.sandbox")
# So far back a night in the sandbox judges periods for which nothing was sent: a contract may have run for years.
LONGEST_REACH = timedelta(days=92)


def refresh_sandbox(vendor: Vendor, *, now: datetime) -> None:
    """Bring the sandbox's terms to what the record says; where rows of it are gone, what depended on them goes too."""
    wanted = agreed_with(vendor)
    with in_sandbox():
        # Another request may write the same at this moment: only what fails twice does not fit.
        for _attempt in range(2):
            have = copied_of(vendor, wanted)
            if have == wanted:
                return
            with suppress(IntegrityError):
                write_terms(vendor, have, wanted, now=now)
                return
        log.warning("sandbox emptied, since it does not fit the record any more")
        empty_all_sandboxes()
        write_terms(vendor, copied_of(vendor, wanted), wanted, now=now)


@transaction.atomic
def write_terms(vendor: Vendor, have: Copy, wanted: Copy, *, now: datetime) -> None:
    """Write new terms, and enqueue what they judge anew."""
    if is_foreign(have, wanted):
        empty_sandbox(vendor)
    write_copy(have, wanted)
    provisional = Verdict.objects.current().filter(service_level__contract__vendor=vendor, is_final=False)
    keys = list(provisional.values_list("service_level", "starts_on"))
    timelines = timelines_of(ServiceLevel.objects.filter(pk__in={pk for pk, _ in keys}))
    cells = [timelines[pk].cell_starting(starts_on) for pk, starts_on in keys]
    enqueue([cell for cell in cells if cell is not None], now=now)


def judge_chunk(vendor: Vendor, *, now: datetime) -> bool:
    """Judge a chunk of the vendor's work items in the sandbox, in this process; False where there is none."""
    items = DirtyCell.objects.filter(service_level__contract__vendor=vendor)
    return judge_next(now=now, items=items) is not None


def run_last_night(vendor: Vendor, *, now: datetime) -> None:
    """Do what the last night before that moment would have done: judge what has ended, close what is due."""
    levels = ServiceLevel.objects.filter(contract__vendor=vendor, contract__status__in=IN_FORCE).order_by("pk")
    timelines = timelines_of(levels)
    zones = {timeline.service_level.contract.zone for timeline in timelines.values()}
    nights = {zone: latest_night(zone, now) for zone in zones}
    cells = []
    for timeline in timelines.values():
        day = nights[timeline.service_level.contract.zone]
        cells += [cell for cell in timeline.cells_until(day) if cell.period.end > day - LONGEST_REACH]
    final = final_keys(cells)
    enqueue([cell for cell in cells if cell.key not in final], now=now)
    while judge_chunk(vendor, now=now):
        pass
    for zone, day in sorted(nights.items()):
        facts = {"state": Run.State.FINISHED, "started_at": now, "finished_at": now}
        run, _is_new = Run.objects.get_or_create(zone=zone, local_date=day, defaults=facts)
        verdicts = Verdict.objects.filter(service_level__contract__vendor=vendor, service_level__contract__zone=zone)
        while close_next(verdicts, day, run=run, now=now):
            pass


def reset_sandbox(vendor: Vendor, *, actor: object) -> int:
    """Empty the vendor's sandbox; returns how many batches were deleted. The log of its keys' requests stays."""
    with in_sandbox():
        batches = Batch.objects.filter(vendor=vendor).count()
        empty_sandbox(vendor)
    with on_live_database(), transaction.atomic():
        changes = {"batches": (batches, 0)}
        audit.record(actor=actor, action="reset_test_data", thing=vendor, changes=changes, vendor=vendor.organisation)
    return batches


@transaction.atomic
def empty_sandbox(vendor: Vendor) -> None:
    """Delete all that the vendor's test keys sent and what came of it; the terms stay."""
    paths = {model: getattr(model._default_manager.all(), "vendor_path", "") for model in _tables_of_facts()}
    # The longest path to the vendor first: it leads over rows that go later.
    for model, path in sorted(paths.items(), key=lambda item: -item[1].count("__")):
        if path:
            model._base_manager.filter(**{path: vendor.organisation_id})._raw_delete("default")


@transaction.atomic
def empty_all_sandboxes() -> None:
    """Empty the sandbox of all vendors; references are checked at the end of the transaction only."""
    for model in [*_tables_of_facts(), *PARTS]:
        model._base_manager.all()._raw_delete("default")


def _tables_of_facts() -> Iterator[type[models.Model]]:
    """The tables that hold no terms, of this layer, of those below and beside it; those above write nothing here."""
    for app in ("breaches", "intake", "metrics", "contracts", "vendors", "bpo"):
        yield from (model for model in apps.get_app_config(app).get_models() if model not in PARTS)
