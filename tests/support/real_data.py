"""A contract under which real data is sent in through the API and judged, and what the verdicts say."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import count, islice
from pathlib import Path
from typing import Any

from django.test import Client as Browser
from django.utils import timezone

from contracts.models.service_levels import Feed, ServiceLevel
from contracts.services.agreements import activate_contract, create_contract
from contracts.services.parties import create_client
from contracts.services.service_levels import add_feed, add_service_level, set_terms
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.judging import judge_all
from vendors.keys import issue_key
from vendors.models import ApiKey
from vendors.services import create_vendor

EXPECTED = Path(__file__).resolve().parent.parent / "data"
ROWS_A_REQUEST = 5_000
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What one verdict says."""

    status: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    reported: bool
    working: Mapping[str, str]

    def printed(self, part: str) -> str:
        """A part as the tables of expected figures print it; a ratio is printed of the exact numbers behind it."""
        if part == "share":
            if not self.denominator:
                return "NA"
            return six_decimals(Fraction(self.numerator or 0) / Fraction(self.denominator))
        number = getattr(self, part)
        return "NA" if number is None else six_decimals(Fraction(number))


@dataclass
class Proof:
    """One client, one vendor with a key, one contract."""

    zone: str
    starts_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        now = timezone.now()
        client = create_client(actor=None, name="Source", country="GB", zone=self.zone, currency="EUR")
        self.vendor = create_vendor(actor=None, name="Reporter", country="GB")
        self.contract = create_contract(
            actor=None, client=client, vendor=self.vendor, reference="PROOF", title="Proof", starts_on=self.starts_on,
            ends_on=self.ends_on,
        )  # fmt: skip
        _, self.key = issue_key(
            vendor=self.vendor, name="proof", scopes=ApiKey.Scope.values, actor=None, expires_at=None, now=now
        )
        self.forms = count()

    def feed(self, code: str, kind: str, **more: Any) -> Feed:
        return add_feed(actor=None, contract=self.contract, code=code, name=code, kind=kind, **more)

    def level(self, feed: Feed, code: str, aggregation: str, params: Mapping[str, Any], **terms: Any) -> ServiceLevel:
        level = add_service_level(actor=None, contract=self.contract, feed=feed, code=code, name=code)
        settings = {"direction": "higher", "expected": Decimal(0)} | terms
        set_terms(
            actor=None,
            service_level=level,
            amendment=self.contract.amendments.get(),
            metric="X-PROOF",
            aggregation=aggregation,
            params=dict(params),
            **settings,
        )
        return level

    def activate(self) -> None:
        activate_contract(actor=None, contract=self.contract)

    def send(self, rows: Iterable[Mapping[str, Any]]) -> int:
        """All rows in requests of some thousands, JSON and CSV in turn; how many the receipts call new."""
        rest, new = iter(rows), 0
        while chunk := list(islice(rest, ROWS_A_REQUEST)):
            answer = self.post(chunk, as_csv=next(self.forms) % 2 == 1)
            assert answer.status_code == 201, answer.content[:2000]
            new += answer.json()["rows"]["new"]
        return new

    def post(self, rows: list[Mapping[str, Any]], *, as_csv: bool = False) -> Any:
        body, media_type = (table_of(rows), "text/csv") if as_csv else (json.dumps(rows), "application/json")
        return Browser().post(
            "/api/v1/results", body, content_type=media_type, headers={"Authorization": f"Bearer {self.key}"}
        )

    def judge(self) -> dict[Key, Said]:
        """Judge all that the rows touched: (code, period) → what its verdict says."""
        judge_all(now=timezone.now())
        assert not DirtyCell.objects.exists()
        verdicts = Verdict.objects.current().select_related("service_level")
        return {(verdict.service_level.code, verdict.period_label): said(verdict) for verdict in verdicts}


def said(verdict: Verdict) -> Said:
    reported = verdict.working["facts"]["is_reported"]
    working = {line["key"]: line["text"] for line in verdict.working["lines"]}
    return Said(verdict.status, verdict.value, verdict.numerator, verdict.denominator, reported, working)


def table_of(rows: list[Mapping[str, Any]]) -> str:
    """Rows as a CSV file; what a row does not say is an empty cell."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, names, restval="")
    writer.writeheader()
    writer.writerows({name: cell_of(value) for name, value in row.items()} for row in rows)
    return file.getvalue()


def cell_of(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value


def six_decimals(number: Fraction) -> str:
    """An exact number as a table with six decimals prints it."""
    micros = Decimal(number.numerator * 10**12 // number.denominator).scaleb(-12)
    return f"{micros.quantize(Decimal('0.000001'), ROUND_HALF_EVEN):f}"


def expected(name: str) -> list[dict[str, str]]:
    """A table of figures that were computed independently."""
    with (EXPECTED / f"expected_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def normal(figure: str) -> str:
    """A figure of a table: whole numbers with the decimals that ratios have, a missing one as NA."""
    return "NA" if figure in ("", "NA") else six_decimals(Fraction(figure))
