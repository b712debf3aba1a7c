"""A terms file brought into the desk: wholly, or not at all."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bpo import audit
from bpo.models import AuditEntry
from contracts.models.agreements import Amendment, Contract
from contracts.terms_file.agreements import load_agreement
from contracts.terms_file.checking import check_form
from contracts.terms_file.parties import load_parties
from contracts.terms_file.reading import Document, read_document
from contracts.terms_file.repeating import repeat_items
from contracts.terms_file.session import Session


@dataclass(frozen=True, slots=True)
class Report:
    """What a loading did, line by line; nothing where the desk already knew all of it."""

    contract: Contract
    amendment: Amendment
    lines: tuple[str, ...]
    unnamed: tuple[str, ...]


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
    loader = audit.acting(actor, AuditEntry.Channel.FILE, audit.source_of(actor).request_id)
    session = Session(document, loader, now or timezone.now())
    with transaction.atomic():
        load_parties(session)
        load_agreement(session)
        if session.lines:
            Contract.objects.filter(pk=session.contract.pk).update(terms_loaded_at=session.now)
        return Report(session.contract, session.amendment, tuple(session.lines), tuple(unnamed(session)))


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
