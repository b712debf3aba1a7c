"""A world to measure in: service levels with a feed each, and results that came in the order of time."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, transaction

from bpo.models import Organisation
from contracts.models.agreements import Amendment, Contract
from contracts.models.parties import Client
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from metrics.models.results import Batch, ContactResult, ObservationResult
from vendors.models import Vendor

FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2025, 12, 31)
NOW = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
LEVELS_A_CONTRACT = 20
ROWS_AT_ONCE = 100_000
CONTACT = ("feed", "batch", "key", "external_id", "note", "revision", "occurred_at", "occurred_on", "outcome",
           "wait_seconds", "handle_seconds", "resolved", "score", "queue")  # fmt: skip
OBSERVATION = ("feed", "batch", "key", "external_id", "note", "revision", "occurred_at", "occurred_on", "value",
               "weight")  # fmt: skip
# Every fourth service level: share in time, mean handle time, mean of values, percentile of values.
TERMS: tuple[dict[str, Any], ...] = (
    {
        "metric": "CC-SL",
        "aggregation": "share_within",
        "params": {"of": "answered_in_time", "threshold_seconds": 45, "variant": "strict"},
        "direction": "higher",
        "expected": "70",
        "minimum": "55",
        "unit": "%",
    },
    {
        "metric": "CC-AHT",
        "aggregation": "mean",
        "params": {"of": "handle"},
        "direction": "lower",
        "expected": "330",
        "minimum": "350",
        "unit": "s",
    },
    {
        "metric": "QA-MEAN",
        "aggregation": "mean",
        "params": {"of": "value", "unit": "points"},
        "direction": "higher",
        "expected": "48",
        "minimum": "44",
        "unit": "points",
    },
    {
        "metric": "QA-P90",
        "aggregation": "percentile",
        "params": {"of": "value", "percentile": 90, "unit": "points"},
        "direction": "lower",
        "expected": "92",
        "minimum": "96",
        "unit": "points",
    },
)


@dataclass(frozen=True)
class World:
    """What was built: the vendor, the feeds of each kind, all service levels."""

    vendor: Vendor
    batch: Batch
    contacts: list[Feed]
    observations: list[Feed]
    levels: list[ServiceLevel]


def build_world(levels: int) -> World:
    """One client, one vendor, contracts of twenty service levels, each on a feed of its own."""
    parties = [Organisation.objects.create(kind=kind, name=f"Bench {kind}") for kind in ("client", "vendor")]
    client = Client.objects.create(organisation=parties[0], country="DE", zone="UTC", currency="EUR")
    vendor = Vendor.objects.create(organisation=parties[1], country="PH")
    feeds: list[Feed] = []
    made: list[ServiceLevel] = []
    for number in range(levels):
        if number % LEVELS_A_CONTRACT == 0:
            contract = new_contract(client, vendor, number // LEVELS_A_CONTRACT)
        kind = Feed.Kind.CONTACTS if number % 4 < 2 else Feed.Kind.OBSERVATIONS
        feed = Feed.objects.create(
            contract=contract, code=f"F{number}", name=f"Feed {number}", kind=kind, starts_on=FIRST_DAY
        )
        level = ServiceLevel.objects.create(contract=contract, feed=feed, code=f"L{number}", name=f"Level {number}")
        ServiceLevelTerms.objects.create(
            service_level=level,
            amendment=contract.amendments.get(),
            effective_on=FIRST_DAY,
            **TERMS[number % 4],
        )
        feeds.append(feed)
        made.append(level)
    contacts = [feed for feed in feeds if feed.kind == Feed.Kind.CONTACTS]
    observations = [feed for feed in feeds if feed.kind == Feed.Kind.OBSERVATIONS]
    return World(vendor, new_batch(vendor), contacts, observations, made)


def new_contract(client: Client, vendor: Vendor, number: int) -> Contract:
    contract = Contract.objects.create(
        client=client,
        vendor=vendor,
        reference=f"B-{number}",
        title="Measured",
        status=Contract.Status.ACTIVE,
        starts_on=FIRST_DAY,
        zone="UTC",
        currency="EUR",
    )
    Amendment.objects.create(contract=contract, number=0, title="Original", effective_on=FIRST_DAY)
    return contract


def new_batch(vendor: Vendor, rows: int = 0) -> Batch:
    return Batch.objects.create(
        vendor=vendor,
        channel=Batch.Channel.API,
        media_type="application/json",
        received_at=NOW - timedelta(days=1),
        rows_received=rows,
        rows_new=rows,
        rows_superseded=0,
        rows_unchanged=0,
        sha256="0" * 64,
    )


def fill(world: World, rows: int, first_day: date = FIRST_DAY) -> None:
    """So many results, half of each kind, spread evenly over feeds and days; then what autovacuum would do."""
    load(ContactResult, CONTACT, contact_rows(world, rows // 2, first_day))
    load(ObservationResult, OBSERVATION, observation_rows(world, rows - rows // 2, first_day))
    settle()


def contact_rows(world: World, rows: int, first_day: date) -> Iterator[tuple[Any, ...]]:
    pks, batch = [feed.pk for feed in world.contacts], world.batch.pk
    for number, (day, at) in enumerate(moments(rows, first_day)):
        chance = number * 2654435761 % 4294967296
        outcome = "answered" if chance % 20 else "abandoned"
        yield (pks[number % len(pks)], batch, f"c{number}", f"c{number}", "", 1, at, day, outcome,
               chance // 64 % 61_000_000, 300_000_000 + chance // 256 % 60_000_000, None, None, "")  # fmt: skip


def observation_rows(world: World, rows: int, first_day: date) -> Iterator[tuple[Any, ...]]:
    pks, batch = [feed.pk for feed in world.observations], world.batch.pk
    for number, (day, at) in enumerate(moments(rows, first_day)):
        chance = number * 2246822519 % 4294967296
        value = chance // 128 % 10_000 * 10_000
        yield pks[number % len(pks)], batch, f"o{number}", f"o{number}", "", 1, at, day, value, None


def moments(rows: int, first_day: date) -> Iterator[tuple[str, str]]:
    """So many days and moments, from the first day to the last, as text."""
    days = (LAST_DAY - first_day).days + 1
    names = [(first_day + timedelta(days=number)).isoformat() for number in range(days)]
    for number in range(rows):
        place, rest = divmod(number * days, rows)
        second = rest * 86_400 // rows
        yield (
            names[place],
            f"{names[place]} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
            + ("+00:00" if connection.vendor == "postgresql" else ""),
        )


def load(model: Any, names: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    """Rows of raw values into an empty table; PostgreSQL gets its indexes afterwards, which is quicker."""
    table = model._meta.db_table
    columns = ", ".join(model._meta.get_field(name).column for name in names)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, without_indexes(model):
            while chunk := list(islice(rows, ROWS_AT_ONCE)):
                text = "\n".join(["\t".join([r"\N" if cell is None else str(cell) for cell in row]) for row in chunk])
                cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO(text + "\n"))
        return
    places = ", ".join(["%s"] * len(names))
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", chunk)


class without_indexes:
    """Takes a table's own indexes away while it is filled."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __enter__(self) -> None:
        with connection.schema_editor() as editor:
            for index in self.model._meta.indexes:
                editor.remove_index(self.model, index)

    def __exit__(self, *problem: object) -> None:
        with connection.schema_editor() as editor:
            for index in self.model._meta.indexes:
                editor.add_index(self.model, index)


def settle() -> None:
    """Statistics and visibility, as they are on a database that has run for a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
