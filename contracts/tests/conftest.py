"""A contract made through the services: Acme and Brightline, two feeds, one service level."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bpo.models import User
from contracts.models.agreements import Contract
from contracts.models.parties import Client, Process
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from contracts.services.agreements import create_contract
from contracts.services.parties import create_client, create_process
from contracts.services.service_levels import add_feed, add_service_level, set_terms
from vendors.models import DeliveryCentre, Vendor
from vendors.services import add_delivery_centre, create_vendor

START = date(2025, 1, 1)
JUNE = date(2025, 6, 1)
IN_TIME = {
    "metric": "CC-SL-NOSA",
    "aggregation": "share_within",
    "params": {"of": "answered_in_time", "variant": "no_short", "threshold_seconds": 20, "short_seconds": 5},
    "direction": "higher",
    "expected": Decimal(80),
    "minimum": Decimal(75),
}


@dataclass
class Agreement:
    """Everything by name; `actor` is the operator who made it."""

    actor: User
    client: Client
    vendor: Vendor
    process: Process
    centre: DeliveryCentre
    contract: Contract
    voice: Feed
    totals: Feed
    level: ServiceLevel

    @property
    def terms(self) -> ServiceLevelTerms:
        return self.level.terms.get()

    def new_terms(self, **changes: Any) -> ServiceLevelTerms:
        """Terms that are not saved: the known ones from June on, with changes."""
        self.level.terms.update(ends_on=JUNE)
        amendment = self.contract.amendments.get(number=0)
        values = IN_TIME | {"amendment": amendment, "effective_on": JUNE, "service_level": self.level} | changes
        return ServiceLevelTerms(**values)


@pytest.fixture
def agreement(db: None) -> Agreement:
    """A draft contract from 2025 on, its terms set."""
    actor = User.objects.create_superuser("operator@example.com", name="Operator")
    client = create_client(actor=actor, name="Acme", country="DE", zone="Europe/Berlin", currency="EUR")
    vendor = create_vendor(actor=actor, name="Brightline", country="PH")
    centre = add_delivery_centre(
        actor=actor, vendor=vendor, name="Bay", city="Manila", country="PH", zone="Asia/Manila"
    )
    process = create_process(actor=actor, client=client, name="Care", operation="customer_service", office="front")
    contract = create_contract(
        actor=actor, client=client, vendor=vendor, reference="A-1", title="Care", starts_on=START
    )
    voice = add_feed(actor=actor, contract=contract, code="VOICE", name="Calls", kind="contacts")
    totals = add_feed(actor=actor, contract=contract, code="TOTALS", name="Totals", kind="counts", schedule="monthly")
    level = add_service_level(actor=actor, contract=contract, feed=voice, code="IN_TIME", name="Answered in time")
    set_terms(actor=actor, service_level=level, amendment=contract.amendments.get(), **IN_TIME)
    return Agreement(actor, client, vendor, process, centre, contract, voice, totals, level)
