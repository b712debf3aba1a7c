"""The world that the cases presume: two vendors who compete, one contract each, January to March closed."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction

from bpo.models import Membership, Organisation, Role, User
from contracts.models.agreements import Amendment, Contract
from contracts.models.parties import Client
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from intake.receiving import receive
from metrics.identities import result_id
from metrics.models.results import RESULT_TABLES, Batch, SupersededResult
from metrics.models.verdicts import DirtyCell, LateArrival, Verdict
from metrics.services.nights import run_night
from tests.corpus.moment import NOW
from tests.support.tampering import as_owner
from vendors.keys import KeyPrincipal, issue_key, revoke_key
from vendors.models import ApiKey, IdempotentReply, Vendor

ZONE = "Europe/Berlin"
STARTS, ENDS = date(2026, 1, 1), date(2027, 1, 1)
# Sixty days after a period's end it closes: on 15 June, March has closed and April has not.
CLOSES_AFTER = 60
OBSERVED: dict[str, dict[str, Any]] = {
    "AHT": {"lowest": 0, "highest": 86400},
    "CSAT": {"lowest": 0, "highest": 100},
    "NPS": {"lowest": -100, "highest": 100},
    "VOL": {"lowest": 0},
    "AHT-A-ONLY": {"lowest": 0, "highest": 86400},
    "OLD-SL": {"lowest": 0, "ends_on": date(2026, 2, 1)},
}
WRITTEN = (Batch, SupersededResult, LateArrival, DirtyCell, IdempotentReply, *RESULT_TABLES.values())
COUNTING = "SELECT " + ", ".join(f"(SELECT count(*) FROM {model._meta.db_table})" for model in WRITTEN)


@dataclass
class World:
    """What the cases' placeholders stand for."""

    keys: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    kept_batches: list[int] = field(default_factory=list)
    vendor: Vendor | None = None
    rows_at_rest: tuple[int, ...] = ()

    def key(self, name: str) -> str:
        """The key that a case sends with; one that was never issued where the name is unknown."""
        return self.keys.get(name, f"bpo_live_unknown0_{name.lower():0<40.40}")

    def fresh_key(self) -> str:
        """One more key of vendor A, which has written nothing yet."""
        return _key(self.vendor, ApiKey.Scope.values)[1]

    def empty(self) -> None:
        """Take away whatever a case left behind; most leave nothing."""
        if self.rows() == self.rows_at_rest:
            return
        with transaction.atomic():
            for model in (LateArrival, DirtyCell, IdempotentReply):
                model.objects.all().delete()
            with as_owner():
                for table in RESULT_TABLES.values():
                    table.objects.exclude(batch__in=self.kept_batches).delete()
                SupersededResult.objects.all().delete()
                Batch.objects.exclude(pk__in=self.kept_batches).delete()
        self.rows_at_rest = self.rows()

    def rows(self) -> tuple[int, ...]:
        """The number of rows of each table that requests write to."""
        with connection.cursor() as cursor:
            cursor.execute(COUNTING)
            return cursor.fetchone()

    def counts(self) -> dict[str, int]:
        """How much is stored."""
        batches, superseded, _late, _dirty, _replies, *results = self.rows()
        return {"rows": sum(results), "batches": batches, "superseded": superseded}


def build() -> World:
    """The world, in an empty database."""
    world = World()
    client, session = _client()
    vendors = {name: _vendor(f"VENDOR-{name}") for name in ("A", "B")}
    for name, vendor in vendors.items():
        contract = _contract(client, vendor, f"K-{name}")
        for code, more in OBSERVED.items() if name == "A" else (("AHT", {}), ("SECRET-SL", {})):
            _level(contract, code, Feed.Kind.OBSERVATIONS, "mean", **more)
    _level(Contract.objects.get(vendor=vendors["A"]), "FCR", Feed.Kind.COUNTS, "ratio", schedule=Feed.Schedule.EVENT)
    world.vendor = vendors["A"]
    _make_keys(world, vendors)
    _report_for_b(world, vendors["B"])
    run_night(zone=ZONE, local_date=NOW.date(), now=NOW - timedelta(hours=10))
    closed = set(Verdict.objects.filter(is_final=True).values_list("period_label", flat=True))
    assert closed == {"2026-01", "2026-02", "2026-03"}, closed
    world.words["CLIENT_SESSION"] = f"{settings.SESSION_COOKIE_NAME}={session}"
    world.empty()
    return world


def _client() -> tuple[Client, str]:
    organisation = Organisation.objects.create(kind=Organisation.Kind.CLIENT, name="CLIENT")
    person = User.objects.create_user("client@example.com", name="Client", password=None)
    Membership.objects.create(user=person, organisation=organisation, role=Role.CLIENT_MANAGER)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.set_expiry(NOW + timedelta(days=1000))
    session.create()
    client = Client.objects.create(organisation=organisation, country="DE", zone=ZONE, currency="EUR")
    return client, session.session_key


def _vendor(name: str) -> Vendor:
    organisation = Organisation.objects.create(kind=Organisation.Kind.VENDOR, name=name)
    return Vendor.objects.create(organisation=organisation, country="PH")


def _contract(client: Client, vendor: Vendor, reference: str) -> Contract:
    contract = Contract.objects.create(
        client=client,
        vendor=vendor,
        reference=reference,
        title="Customer care",
        status=Contract.Status.ACTIVE,
        starts_on=STARTS,
        ends_on=ENDS,
        zone=ZONE,
        currency="EUR",
    )
    Amendment.objects.create(contract=contract, number=0, title="Original", effective_on=STARTS)
    return contract


def _level(contract: Contract, code: str, kind: str, aggregation: str, **feed: Any) -> None:
    bounds = {name: Decimal(feed.pop(name)) for name in ("lowest", "highest") if name in feed}
    stream = Feed.objects.create(
        contract=contract, code=code, name=code, kind=kind, starts_on=STARTS, due_length=CLOSES_AFTER, **bounds, **feed
    )
    level = ServiceLevel.objects.create(contract=contract, feed=stream, code=code, name=code)
    ServiceLevelTerms.objects.create(
        service_level=level,
        amendment=contract.amendments.get(),
        effective_on=STARTS,
        metric=code,
        aggregation=aggregation,
        direction=ServiceLevelTerms.Direction.HIGHER,
        expected=Decimal(90),
        minimum=Decimal(80),
    )


def _key(vendor: Vendor, scopes: list[str], *, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    """A key whose last character is no 0: cases replace it by one to make a wrong key."""
    made = NOW - timedelta(days=300)
    while True:
        key, text = issue_key(vendor=vendor, name="corpus", scopes=scopes, actor=None, expires_at=expires_at, now=made)
        if not text.endswith("0"):
            return key, text
        key.delete()


def _make_keys(world: World, vendors: dict[str, Vendor]) -> None:
    own = vendors["A"]
    read_only = [ApiKey.Scope.READ]
    world.keys = {name: _key(vendor, ApiKey.Scope.values)[1] for name, vendor in vendors.items()}
    world.keys |= {name: _key(own, read_only)[1] for name in ("CLIENT", "A_RO", "RO", "READ")}
    world.keys["EXPIRED"] = _key(own, ApiKey.Scope.values, expires_at=NOW - timedelta(seconds=1))[1]
    revoked, world.keys["REVOKED"] = _key(own, ApiKey.Scope.values)
    revoke_key(key=revoked, actor=None, now=NOW - timedelta(seconds=1))
    for name, text in world.keys.items():
        world.words |= {
            f"KEY_{name}": text,
            f"{name}_KEY": text,
            f"KEY_{name}_MINUS1": text[:-1],
            f"KEY_{name}_UPPER": text.upper(),
            f"SHA256_OF_KEY_{name}": sha256(text.encode()).hexdigest(),
        }
    world.words |= {f"KEY_A_{name}": world.keys[name] for name in ("EXPIRED", "REVOKED", "RO")}


def _report_for_b(world: World, vendor: Vendor) -> None:
    """One row of B's, which A tries to reach."""
    key = ApiKey.objects.get(vendor=vendor)
    body = b'{"feed":"SECRET-SL","occurred_at":"2026-06-10T10:00:00Z","external_id":"b-row-1","value":1}'
    batch = receive(
        principal=KeyPrincipal(key),
        vendor=vendor,
        body=body,
        media_type="application/json",
        channel=Batch.Channel.API,
        now=NOW,
    ).batch
    feed = Feed.objects.get(code="SECRET-SL")
    world.kept_batches.append(batch.pk)
    contract = feed.contract
    world.words |= {
        "ID_OF_B_ROW": result_id(feed, "b-row-1"),
        "ID_OF_B_IMPORT": batch.public_id,
        "ID_OF_B_BATCH": batch.public_id,
        "ID_OF_B_CONTRACT": contract.public_id,
        "ID_OF_B_SL": ServiceLevel.objects.get(code="SECRET-SL").public_id,
        "ID_OF_B_VENDOR": vendor.public_id,
        "ID_OF_B_CREDIT": "CR-00000",
        "CURSOR_OF_B": "cD0yMDI2LTA2LTEw",
    }
