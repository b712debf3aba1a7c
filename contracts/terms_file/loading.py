"""A terms file brought into the desk: wholly, or not at all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from bpo import audit
from bpo.batches import Batch
from bpo.errors import Refused
from bpo.models import AuditEntry
from contracts.models.agreements import Amendment, Contract
from contracts.models.service_levels import ServiceLevelTerms
from contracts.terms_file.agreements import load_agreement, load_status
from contracts.terms_file.checking import check_form
from contracts.terms_file.items import CONTRACT
from contracts.terms_file.levels import check_feeds, check_levels
from contracts.terms_file.parties import load_parties
from contracts.terms_file.reading import Document, TermsFileRefused, read_document
from contracts.terms_file.repeating import repeat_items
from contracts.terms_file.roll_ups import load_roll_ups
from contracts.terms_file.session import Session, rolled_back

Made = TypeVar("Made")
# How often a file is checked while others change its contract.
ATTEMPTS = 3


class ChangedMeanwhile(Refused):
    """What a terms file was checked against is no longer so."""

    code = "changed_meanwhile"

    def __init__(self) -> None:
        super().__init__(_("The contract was changed while the file was checked. Load the file again."))


@dataclass(frozen=True, slots=True)
class Report:
    """What a loading did, line by line; nothing where the desk already knew all of it."""

    contract: Contract
    amendment: Amendment
    lines: tuple[str, ...]
    unnamed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A document that was checked, with the rows that it brings and what it was checked against."""

    session: Session
    batch: Batch
    against: tuple[object, ...]


def load_terms(*, text: str, actor: object, now: datetime | None = None) -> Report:
    """Load a terms file; TermsFileRefused names every fault with line and column."""
    return load_document(document=read_terms(text), actor=actor, now=now)


def read_terms(text: str) -> Document:
    """Read a terms file without asking the database; TermsFileRefused names every fault of its form."""
    document = read_document(text)
    repeat_items(document)
    check_form(document)
    return document


def load_document(*, document: Document, actor: object, now: datetime | None = None) -> Report:
    """Load what was read, wholly or not at all; TermsFileRefused names the first fault.

    Calendars that it brings a running contract are recorded at `now`, or else at the moment of loading, and so is the
    loading itself where it changed something.
    """
    return check_and_store(document=document, actor=actor, now=now or timezone.now(), act=lambda store: store())


def check_and_store(
    *, document: Document, actor: object, now: datetime, act: Callable[[Callable[[], Report]], Made]
) -> Made:
    """Check a document without a transaction; `act` stores it in one, which others wait for, and returns what it made.

    Where somebody changed meanwhile what the check hung on, it is checked again.
    """
    loader = audit.acting(actor, AuditEntry.Channel.FILE, audit.source_of(actor).request_id)
    for _attempt in range(ATTEMPTS):
        checked = check_document(document, loader, now)
        try:
            return act(partial(store_document, checked))
        except ChangedMeanwhile:
            continue
        except IntegrityError:
            refuse_by_constraints(checked.session, checked.batch)
            raise
    raise ChangedMeanwhile


def check_document(document: Document, actor: object, now: datetime) -> Checked:
    """Work out everything that a document changes; feeds, service levels and terms come into a batch.

    The few rows of the parties and of the contract's head are made and undone, because the rules on them are those of
    their tables.
    """
    session, batch = Session(document, actor, now), Batch()
    with rolled_back():
        load_parties(session)
        load_agreement(session)
    session.batch, session.lines = batch, []
    checked = Checked(session, batch, standing(session))
    try:
        check_feeds(session)
        check_levels(session)
    except TermsFileRefused:
        refuse_by_constraints(session, batch)  # of the rows before
        raise
    return checked


@transaction.atomic
def store_document(checked: Checked) -> Report:
    """Store what was checked; raises ChangedMeanwhile."""
    before = checked.session
    list(Contract.objects.select_for_update().filter(pk=before.contract.pk).order_by().values_list("pk"))
    checked.batch.lock()
    session = Session(before.document, before.actor, before.now)
    load_parties(session)
    load_agreement(session)
    if standing(session) != checked.against:
        raise ChangedMeanwhile
    if before.amendment.effective_on != session.amendment.effective_on:
        session.begin_amendment()
    checked.batch.store(actor=session.actor, instead=dict(counterparts(before, session)))
    session.lines += before.lines
    load_roll_ups(session)
    load_status(session)
    if session.lines:
        Contract.objects.filter(pk=session.contract.pk).update(terms_loaded_at=session.now)
    return Report(session.contract, session.amendment, tuple(session.lines), tuple(unnamed(session)))


def refuse_by_constraints(session: Session, batch: Batch) -> None:
    """Refuse the first row of a batch that a constraint of its table would refuse."""
    for (path, shape), change in zip(session.places, batch.changes, strict=False):
        with session.at(path, shape):
            change.row.validate_constraints()


def counterparts(before: Session, session: Session) -> Iterator[tuple[int, Model]]:
    """By the `id()` of each row that was made and undone, the one that was made again."""
    yield id(before.contract), session.contract
    yield id(before.amendment), session.amendment
    for name, process in before.processes.items():
        yield id(process), session.processes[name]


def standing(session: Session) -> tuple[object, ...]:
    """Everything that the check of feeds, service levels and terms hangs on and that others may change."""
    contract, client = session.contract, session.client
    terms = ServiceLevelTerms.objects.order_by("pk")
    added_up = terms.filter(service_level__contract__client=client).exclude(service_level__roll_up="")
    tables = [
        client.roll_up_targets.order_by("pk"),
        added_up.exclude(service_level__contract=contract).filter(ends_on=None),
    ]
    if not session.is_new:
        tables += [
            contract.feeds.order_by("pk"),
            contract.service_levels.order_by("pk"),
            terms.filter(service_level__contract=contract),
        ]
    head = session.is_new, session.may_amend, session.effective_on, CONTRACT.values(contract)
    return (*head, *(list(table.values_list()) for table in tables))


def unnamed(session: Session) -> list[str]:
    """List what is in force when the file takes effect and is not named by it; it stays as it is."""
    if session.is_new:
        return []
    day, contract = session.effective_on, session.contract
    stated = {
        section: {item["code"] for _path, item in session.items(section)} for section in ("fees", "service_levels")
    }
    functions = {(item["process"], item["function"]) for _path, item in session.items("scope")}
    left = [_("fee %s") % fee.code for fee in contract.fees.in_force(day) if fee.code not in stated["fees"]]
    left += [
        _("scope “%s”") % item.function
        for item in contract.scope_items.in_force(day).select_related("process")
        if (item.process.name, item.function) not in functions
    ]
    levels = contract.service_levels.filter(terms__effective_on__lte=day).exclude(terms__ends_on__lte=day).distinct()
    left += [_("service level %s") % level.code for level in levels if level.code not in stated["service_levels"]]
    return left
