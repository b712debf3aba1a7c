"""Commands on feeds, service levels and their terms."""

from datetime import date
from typing import Any

from bpo.batches import Batch
from bpo.changes import save_recorded
from contracts.models.agreements import Amendment, Contract
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from contracts.rules.at_hand import terms_of
from contracts.services.successions import succeed


def add_feed(
    *, actor: object, contract: Contract, code: str, name: str, kind: str, batch: Batch | None = None, **fields: object
) -> Feed:
    """A stream of results that the vendor owes, from the contract's start unless `starts_on` says otherwise."""
    feed = Feed(contract=contract, code=code, name=name, kind=kind, **({"starts_on": contract.starts_on} | fields))
    save_recorded(feed, actor=actor, batch=batch)
    return feed


def add_service_level(
    *,
    actor: object,
    contract: Contract,
    feed: Feed,
    code: str,
    name: str,
    batch: Batch | None = None,
    **fields: Any,
) -> ServiceLevel:
    """A promise that is read from a feed; its terms are set apart."""
    level = ServiceLevel(contract=contract, feed=feed, code=code, name=name, **fields)
    save_recorded(level, actor=actor, batch=batch)
    return level


def set_terms(
    *,
    actor: object,
    service_level: ServiceLevel,
    amendment: Amendment,
    effective_on: date | None = None,
    batch: Batch | None = None,
    **fields: object,
) -> ServiceLevelTerms:
    """The terms that an amendment brings a service level; those in force before end, and keep judging their periods."""
    terms = ServiceLevelTerms(
        service_level=service_level, amendment=amendment, effective_on=effective_on or amendment.effective_on, **fields
    )
    succeed(
        terms,
        actor=actor,
        contract=service_level.contract,
        before=service_level.terms.all() if batch is None else terms_of(service_level),
        start="effective_on",
        action="set_terms",
        batch=batch,
    )
    return terms
