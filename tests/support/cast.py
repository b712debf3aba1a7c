"""The cast of every test: Acme the client, Brightline its vendor, Cobalt a rival of Brightline's, and strangers."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser

from bpo.models import AccessGrant, Membership, Organisation, Role, User
from contracts.models.agreements import Amendment, Contract
from contracts.models.parties import Client, Process
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from tests.builders import NOW
from vendors.models import Vendor

PASSWORD = "correct horse battery staple"
START = date(2025, 1, 1)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Cast:
    """Everybody and everything, by name; `people` by e-mail's local part."""

    operator: User
    people: dict[str, User] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    vendors: dict[str, Vendor] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    levels: dict[str, ServiceLevel] = field(default_factory=dict)

    def person(self, name: str, organisation: Organisation, role: str, **more: Any) -> User:
        """A member of an organisation; `name` is the local part of the address."""
        return self.staff(organisation, {name: role}, **more)[0]

    def staff(self, organisation: Organisation, roles: dict[str, str], **more: Any) -> list[User]:
        """Members of an organisation, by the local parts of their addresses; in two statements."""
        users = [User(email=f"{name}@example.com", name=name.replace("-", " ").title(), **more) for name in roles]
        for user in users:
            user.set_unusable_password()
        User.objects.bulk_create(users)
        Membership.objects.bulk_create(
            Membership(user=user, organisation=organisation, role=role)
            for user, role in zip(users, roles.values(), strict=True)
        )
        self.people.update(zip(roles, users, strict=True))
        return users

    def client(self, name: str, *, zone: str = "Europe/Berlin", currency: str = "EUR", country: str = "DE") -> Client:
        organisation = Organisation.objects.create(kind=Organisation.Kind.CLIENT, name=name)
        client = Client.objects.create(organisation=organisation, country=country, zone=zone, currency=currency)
        self.clients[name] = client
        roles = (Role.CLIENT_ADMIN, Role.CLIENT_MANAGER, Role.CLIENT_VIEWER)
        admin, *_others = self.staff(
            organisation, {f"{name.lower()}-{role.split('_')[1]}": role for role in roles}, zone=zone
        )
        self.grant(self.operator, organisation, admin)
        return client

    def grant(self, operator: User, organisation: Organisation, admin: User) -> AccessGrant:
        """A client's standing grant to an operator, which outlasts every test."""
        return AccessGrant.objects.create(
            client=organisation, operator=operator, reason="Support.", days=30, state=AccessGrant.State.GRANTED,
            asked_at=NOW, answered_by=admin, answered_at=NOW, ends_at=FAR_AHEAD,
        )  # fmt: skip

    def vendor(self, name: str, *, country: str = "PH") -> Vendor:
        organisation = Organisation.objects.create(kind=Organisation.Kind.VENDOR, name=name)
        vendor = Vendor.objects.create(organisation=organisation, country=country)
        self.vendors[name] = vendor
        roles = (Role.VENDOR_MANAGER, Role.VENDOR_REPORTER)
        self.staff(organisation, {f"{name.lower()}-{role.split('_')[1]}": role for role in roles}, zone="Asia/Manila")
        return vendor

    def contract(self, client: Client, vendor: Vendor, reference: str, **more: Any) -> Contract:
        defaults = {
            "title": "Customer care",
            "status": Contract.Status.ACTIVE,
            "starts_on": START,
            "zone": client.zone,
            "currency": client.currency,
        }
        contract = Contract.objects.create(client=client, vendor=vendor, reference=reference, **(defaults | more))
        Amendment.objects.create(contract=contract, number=0, title="Original", effective_on=contract.starts_on)
        Process.objects.get_or_create(
            client=client,
            name="Customer care",
            defaults={"operation": Process.Operation.CUSTOMER_SERVICE, "office": Process.Office.FRONT},
        )
        self.contracts[reference] = contract
        return contract

    def feed(self, contract: Contract, code: str, kind: str, **more: Any) -> Feed:
        defaults = {"name": code.title(), "starts_on": contract.starts_on}
        feed = Feed.objects.create(contract=contract, code=code, kind=kind, **(defaults | more))
        self.feeds[f"{contract.reference}/{code}"] = feed
        return feed

    def level(self, feed: Feed, code: str, **terms: Any) -> ServiceLevel:
        """A service level on a feed with one set of terms from the contract's start."""
        contract = feed.contract
        level = ServiceLevel.objects.create(contract=contract, feed=feed, code=code, name=code.replace("_", " "))
        defaults = {
            "metric": "CC-FCR",
            "aggregation": "ratio",
            "direction": ServiceLevelTerms.Direction.HIGHER,
            "expected": Decimal(95),
            "minimum": Decimal(90),
            "unit": "%",
        }
        ServiceLevelTerms.objects.create(
            service_level=level,
            amendment=contract.amendments.get(number=0),
            effective_on=contract.starts_on,
            **(defaults | terms),
        )
        self.levels[f"{contract.reference}/{code}"] = level
        return level


def build_cast() -> Cast:
    """Acme and Brightline under contract A-1; Cobalt, a rival, under A-2; Zenith and Delta, strangers, under Z-1."""
    operator = User(email="operator@example.com", name="Operator", is_operator_admin=True)
    operator.set_unusable_password()
    operator.save()
    cast = Cast(operator)
    acme, zenith = cast.client("Acme"), cast.client("Zenith", zone="America/New_York", currency="USD", country="US")
    brightline, cobalt, delta = cast.vendor("Brightline"), cast.vendor("Cobalt"), cast.vendor("Delta")
    for client, vendor, reference in ((acme, brightline, "A-1"), (acme, cobalt, "A-2"), (zenith, delta, "Z-1")):
        contract = cast.contract(client, vendor, reference)
        feed = cast.feed(contract, "QUALITY", Feed.Kind.COUNTS, schedule=Feed.Schedule.MONTHLY)
        cast.level(feed, "ACCURACY")
    return cast


# The tables of the cast, each after those that it refers to.
TABLES = (
    User, Organisation, Membership, AccessGrant, Client, Vendor, Contract, Amendment, Process, Feed, ServiceLevel,
    ServiceLevelTerms,
)  # fmt: skip


@dataclass
class Kept:
    """The cast as it was built first, with the statements that write its rows once more."""

    cast: Cast
    inserts: list[tuple[str, list[Any]]]

    @classmethod
    def of(cls, cast: Cast) -> "Kept":
        return cls(deepcopy(cast), [insert_of(model._meta.db_table) for model in TABLES])

    def write(self) -> Cast:
        with connection.cursor() as cursor:
            for statement, values in self.inserts:
                cursor.execute(statement, values)
        return deepcopy(self.cast)


def insert_of(table: str) -> tuple[str, list[Any]]:
    """One statement that writes all rows that the table has now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        columns, rows = [column[0] for column in cursor.description], cursor.fetchall()
    values = [str(value) if isinstance(value, date | time) else value for row in rows for value in row]
    places = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * len(rows))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places}", values


def has_rows() -> bool:
    """Whether another world is there already."""
    return any(model.objects.exists() for model in (User, Organisation))


@pytest.fixture(scope="session")
def kept() -> list[Kept]:
    """The cast of this process, once a test has built it: most tests have one, and building takes ten times longer.

    Its ids are free in each test: SQLite's go back with a transaction, and nothing starts PostgreSQL's sequences again.
    """
    return []


@pytest.fixture
def cast(db: None, kept: list[Kept]) -> Cast:
    """The known people and contracts, each contract with one monthly feed of counts and one service level."""
    if has_rows():
        return build_cast()
    if kept:
        return kept[0].write()
    cast = build_cast()
    kept.append(Kept.of(cast))
    return cast


@pytest.fixture
def signed_in(cast: Cast) -> Iterator[Callable[[str], Browser]]:
    """A session of somebody of the cast, on a known morning."""

    def sign_in(name: str) -> Browser:
        browser = Browser()
        browser.force_login(cast.operator if name == "operator" else cast.people[name])
        return browser

    with time_machine.travel(NOW, tick=False):
        yield sign_in
