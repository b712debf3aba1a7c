"""What the demo does with the desk: it uses the API and the services that everybody uses."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client as Browser
from django.utils import timezone

from bpo.models import User
from contracts.terms_file.loading import load_terms
from metrics.models.runs import Run
from metrics.services.nights import run_night
from vendors.keys import issue_key
from vendors.models import ApiKey, Vendor

TERMS = Path(__file__).parent / "terms"
MOST_ROWS = 6_000
Row = Mapping[str, Any]


class DemoError(Exception):
    """The desk refused a part of the demo world."""


@dataclass
class Desk:
    """A running load: its people, its keys by vendor, and counts of what it did."""

    operator: User
    counts: Counter[str] = field(default_factory=Counter)
    people: dict[str, User] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    browser: Browser = field(default_factory=lambda: Browser(SERVER_NAME=urlsplit(settings.BASE_URL).hostname))

    def load(self, name: str, **values: object) -> None:
        """Load a terms file of this package, with `values` in place of its variables."""
        text = Template((TERMS / f"{name}.yaml").read_text(encoding="utf-8")).substitute(values)
        if load_terms(text=text, actor=self.operator).lines:
            self.counts["terms files"] += 1

    def send(self, vendor: str, rows: Iterable[Row], *, reason: str = "") -> None:
        """Send rows through the API with the vendor's key; the first refusal ends the demo."""
        rows = list(rows)
        for first in range(0, len(rows), MOST_ROWS):
            chunk = rows[first : first + MOST_ROWS]
            status, answer = self.post(vendor, chunk, reason=reason)
            if status not in (200, 201):
                raise DemoError(f"{vendor}: {status} {json.dumps(answer)[:1000]}")
            self.counts["results"] += answer["rows"]["received"]

    def post(self, vendor: str, rows: Sequence[Row], *, reason: str = "") -> tuple[int, Any]:
        """Send one request to the API with the vendor's key, which the first one issues; return status and answer."""
        if vendor not in self.keys:
            _, self.keys[vendor] = issue_key(
                vendor=Vendor.objects.get(organisation__name=vendor),
                name="Nightly export",
                scopes=ApiKey.Scope.values,
                actor=self.operator,
                expires_at=None,
                now=timezone.now(),
            )
        answer = self.browser.post(
            "/api/v1/results",
            json.dumps(rows),
            content_type="application/json",
            query_params={"reason": reason} if reason else None,
            headers={"Authorization": f"Bearer {self.keys[vendor]}"},
        )
        return answer.status_code, answer.json()

    def run_night(self, zone: str, local_date: date, *, is_last: bool) -> None:
        """Run a zone's night, the last of which verifies all; raises DemoError where it did not finish."""
        run = run_night(zone=zone, local_date=local_date, now=timezone.now(), verifies=is_last)
        if run.state != Run.State.FINISHED:
            raise DemoError(f"The night of {zone} on {local_date} did not finish: {run.failures[:3]}")
        self.counts["nights"] += 1
