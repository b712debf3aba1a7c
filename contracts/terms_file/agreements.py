"""What a terms file says about the contract itself: its head, duties, scope and prices."""

from datetime import date
from operator import itemgetter

from django.db.models import Model
from django.utils.translation import gettext as _

from bpo.changes import change_recorded
from contracts.clocks import agreed_calendar
from contracts.models.agreements import Contract
from contracts.services.agreements import (
    activate_contract,
    add_security_duty,
    create_contract,
    end_contract,
    set_calendar,
)
from contracts.services.successions import set_fee, set_scope_item
from contracts.terms_file.items import CONTRACT, DUTY, FEE, SCOPE
from contracts.terms_file.reading import Item, Path
from contracts.terms_file.session import Session, changes_in_words
from contracts.terms_file.shapes import Shape
from contracts.terms_file.timelines import Entry, Timeline


def load_agreement(session: Session) -> None:
    """The contract and everything that belongs to it alone, but feeds, service levels and its status."""
    open_contract(session)
    load_duties(session)
    load_scope(session)
    load_fees(session)


def open_contract(session: Session) -> None:
    """Find the contract, or create it, and decide whether the file may change it."""
    item = session.data["contract"]
    stated = session.data.get("effective_on")
    contract = Contract.objects.filter(client=session.client, reference=item["reference"]).first()
    if contract is None:
        make_contract(session, item, stated)
        return
    session.contract = contract
    parties = {"reference": contract.reference, "vendor": contract.vendor}
    if contract.vendor_id != session.vendor.pk:
        session.refuse(("vendor", "name"), _("%(reference)s is a contract with %(vendor)s.") % parties)
    latest = contract.amendments.order_by("effective_on").last()
    if latest is None:
        session.refuse(("contract",), _("%(reference)s has no first terms to amend.") % parties)
    session.amendment = latest
    session.effective_on = date.fromisoformat(stated) if stated else contract.starts_on
    if session.effective_on < latest.effective_on:
        sentence = _(
            "The file takes effect on %(day)s, but %(amendment)s already did on %(latest)s: "
            "give it that day, or a later one to amend."
        )
        words = {"day": session.effective_on, "amendment": latest, "latest": latest.effective_on}
        session.refuse(("effective_on",), sentence % words)
    session.may_amend = session.effective_on > latest.effective_on
    change_contract(session, item)


def make_contract(session: Session, item: Item, stated: str | None) -> None:
    path = ("contract",)
    for name in ("title", "starts_on"):
        if not item.get(name):
            words = {"what": item["reference"], "name": name}
            session.refuse(path, _("%(what)s is new, so its “%(name)s” is needed.") % words)
    session.is_new = True
    columns = CONTRACT.read(item)
    columns["is_about_to_run"] = columns.pop("status") != Contract.Status.DRAFT
    columns["calendar"] = session.calendar(columns["calendar"], path) if "calendar" in item else session.client.calendar
    columns = {name: value for name, value in columns.items() if value != "" or name not in ("zone", "currency")}
    session.effective_on = date.fromisoformat(stated) if stated else columns["starts_on"]
    first_terms = session.amendment_columns()
    if not session.data.get("amendment", {}).get("title"):
        first_terms.pop("title")
    with session.at(path, CONTRACT):
        session.contract = create_contract(
            actor=session.actor, client=session.client, vendor=session.vendor, first_terms=first_terms, **columns
        )
    session.amendment = session.contract.amendments.get()
    session.log(_("contract %(name)s is new"), name=session.contract.reference)


def change_contract(session: Session, item: Item) -> None:
    """Bring in what the file says otherwise about the contract's head; what it does not say stays."""
    path, contract = ("contract",), session.contract
    timing = agreed_calendar(contract, session.effective_on)
    stated, known = CONTRACT.read(item, whole=False), CONTRACT.values(contract) | {"calendar": timing and timing.name}
    changed = {name: value for name, value in stated.items() if value != known[name] and name != "status"}
    if (is_proposed := changed.pop("is_proposed", None)) is not None:
        # No term: a draft is proposed without an amendment.
        change_recorded(contract, actor=session.actor, action="propose_contract", is_proposed=is_proposed)
        session.log(_("contract is proposed to its vendor") if is_proposed else _("contract is proposed no longer"))
    if not changed:
        return
    session.amend((*path, *CONTRACT.path_of(next(iter(changed)))), _("The contract's head"))
    session.log(_("contract: %(changes)s"), changes=changes_in_words(CONTRACT, known, changed))
    with session.at(path, CONTRACT):
        if "calendar" in changed:
            set_calendar(
                actor=session.actor,
                contract=contract,
                calendar=session.calendar(changed.pop("calendar"), path),
                effective_on=session.effective_on,
                amendment=session.amendment,
                now=session.now,
            )
        change_recorded(contract, actor=session.actor, **changed)


def load_status(session: Session) -> None:
    """Put the contract in force, or end it, once everything else is there."""
    contract, item = session.contract, session.data["contract"]
    stated = item.get("status", Contract.Status.ACTIVE if session.is_new else contract.status)
    if stated == contract.status:
        return
    path = ("contract", "status")
    session.amend(path, _("The contract's status"))
    with session.at(path):
        if contract.status == Contract.Status.DRAFT and stated != Contract.Status.DRAFT:
            activate_contract(actor=session.actor, contract=contract)
        if stated in (Contract.Status.ENDED, Contract.Status.TERMINATED):
            if contract.ends_on is None:
                session.refuse(path, _("A contract that has ended needs its “ends_on”."))
            is_terminated = stated == Contract.Status.TERMINATED
            end_contract(actor=session.actor, contract=contract, ends_on=contract.ends_on, terminated=is_terminated)
        elif stated != contract.status:
            change_recorded(contract, actor=session.actor, status=stated)
    session.log(_("contract is %(status)s"), status=contract.get_status_display())


def change_row(session: Session, path: Path, shape: Shape, row: Model, columns: Item, what: str) -> None:
    """Give a row that has no history of its own other values, as part of an amendment."""
    known = shape.values(row)
    changed = {name: value for name, value in columns.items() if value != known[name]}
    if not changed:
        return
    session.amend(path, what)
    session.log(_("%(what)s: %(changes)s"), what=what, changes=changes_in_words(shape, known, changed))
    with session.at(path, shape):
        change_recorded(row, actor=session.actor, batch=session.batch, **resolve_names(session, path, changed))


def resolve_names(session: Session, path: Path, columns: Item) -> Item:
    """The same columns, with rows in the place of their names."""
    rows = dict(columns)
    if "process" in rows:
        rows["process"] = session.process(rows["process"], path)
    for name, key in (("feed", "feed"), ("per_feed", "per")):
        if name in rows:
            code = rows[name]
            rows[name] = session.find_named(session.feeds, code, (*path, key), _("feed")) if code else None
    if "sites" in rows:
        sites = rows["sites"].items()
        rows["sites"] = {session.centre(name, (*path, "sites")): location for name, location in sites}
    return rows


def load_duties(session: Session) -> None:
    known = {row.control: row for row in session.contract.security_duties.all()}
    items = session.items_by_key("security_duties", what=_("duty"), key=itemgetter("control"))
    for control, (path, item) in items.items():
        what = _("duty “%s”") % control
        if control in known:
            change_row(session, path, DUTY, known[control], DUTY.read(item), what)
            continue
        session.amend(path, what)
        with session.at(path, DUTY):
            add_security_duty(actor=session.actor, contract=session.contract, **DUTY.read(item))
        session.log(_("%(what)s is new"), what=what)


def load_scope(session: Session) -> None:
    """Functions, each known by its process and its name."""
    for (name, function), entries in session.timelines("scope", "process", "function"):
        process = session.process(name, entries[0][0])
        rows = session.contract.scope_items.filter(process=process, function=function).order_by("starts_on")
        Timeline(
            what=_("scope “%s”") % function,
            shape=SCOPE,
            start="starts_on",
            known=lambda rows=rows: rows.select_related("process").prefetch_related("sites__delivery_centre"),
            save=lambda entry: set_scope_item(**entry_columns(session, entry)),
        ).settle(session, entries)


def entry_columns(session: Session, entry: Entry) -> Item:
    """The columns of a row that the file's amendment brings the contract."""
    return {
        "actor": session.actor,
        "contract": session.contract,
        "amendment": session.amendment,
        "starts_on": entry.starts_on,
        "ends_on": entry.ends_on,
        **resolve_names(session, entry.path, entry.values),
    }


def load_fees(session: Session) -> None:
    """Prices, each known by its code."""
    for (code,), entries in session.timelines("fees", "code"):
        rows = session.contract.fees.filter(code=code).order_by("starts_on")
        Timeline(
            what=_("fee %s") % code,
            shape=FEE,
            start="starts_on",
            known=lambda rows=rows: rows.select_related("process"),
            save=lambda entry: set_fee(**entry_columns(session, entry)),
        ).settle(session, entries)
