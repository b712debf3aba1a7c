"""A vendor at the door: its contract with a feed of every kind, its key, and a client that sends with it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel
from tests.support.cast import Cast
from vendors.keys import issue_key
from vendors.models import ApiKey, Vendor

RESULTS = "/api/v1/results"
ISSUED = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass
class Door:
    """Sends and reads as one vendor."""

    cast: Cast
    contract: Contract
    key: ApiKey
    secret: str
    feeds: dict[str, Feed] = field(default_factory=dict)
    levels: dict[str, ServiceLevel] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    def post(
        self, rows: Any, *, query: str = "", headers: dict[str, str] | None = None, type_: str = "application/json"
    ):
        body = rows if isinstance(rows, bytes | str) else json.dumps(rows)
        headers = self.headers | (headers or {})
        return Client().post(RESULTS + query, body, content_type=type_, headers=headers)

    def get(self, path: str, **parameters: Any):
        return Client().get(path, parameters, headers=self.headers)


def open_door(cast: Cast, *, vendor: str = "Brightline", reference: str = "A-1") -> Door:
    """The vendor's contract gets a feed of every kind, each read by one service level."""
    contract = cast.contracts[reference]
    feeds = {
        code: cast.feed(contract, code, kind, **more)
        for code, kind, more in (
            ("FCR", Feed.Kind.COUNTS, {"schedule": Feed.Schedule.EVENT}),
            ("DAYS", Feed.Kind.COUNTS, {"schedule": Feed.Schedule.DAILY}),
            ("WEEKS", Feed.Kind.COUNTS, {"schedule": Feed.Schedule.WEEKLY}),
            ("VOICE", Feed.Kind.CONTACTS, {}),
            ("TICKETS", Feed.Kind.CASES, {}),
            ("AHT", Feed.Kind.OBSERVATIONS, {"lowest": Decimal(0), "highest": Decimal(86400)}),
            ("PORTAL", Feed.Kind.DOWNTIME, {}),
        )
    }
    levels = {
        "FCR": cast.level(feeds["FCR"], "FCR"),
        "AHT": cast.level(
            feeds["AHT"], "AHT", aggregation="mean", direction="lower", expected=300, minimum=400, unit="s"
        ),
    }
    key, secret = issue_key(
        vendor=cast.vendors[vendor], name="test", scopes=ApiKey.Scope.values, actor=None, expires_at=None, now=ISSUED
    )
    return Door(cast, contract, key, secret, feeds, levels)


def key_for(vendor: Vendor, *scopes: str, **more: Any) -> str:
    """The text of one more key."""
    given = {"name": "another", "actor": None, "expires_at": None, "now": ISSUED} | more
    return issue_key(vendor=vendor, scopes=scopes or ApiKey.Scope.values, **given)[1]


def codes(response: Any) -> list[str]:
    """The codes of all errors in an answer."""
    body = response.json()
    return [error["code"] for error in body["errors"]] if "errors" in body else [body["code"]]


@pytest.fixture
def door(cast: Cast) -> Door:
    """Brightline with its key, and a feed of every kind."""
    return open_door(cast)


class Caller:
    """Somebody who talks JSON."""

    def __init__(self, **headers):
        self.client, self.headers = Client(), headers

    def post(self, path, **body):
        return self.client.post(path, body, content_type="application/json", headers=self.headers)

    def get(self, path, **parameters):
        return self.client.get(path, parameters, headers=self.headers)
