"""What a terms file says about rows that more than one contract uses: they are made, and never rewritten."""

from collections.abc import Callable, Iterable
from functools import partial
from operator import itemgetter

from django.db.models import Model
from django.utils.translation import gettext as _

from bpo.changes import change_recorded
from bpo.models import Organisation
from contracts.clocks import standing_exceptions
from contracts.models.parties import BusinessCalendar, Client
from contracts.services.parties import add_calendar_exception, create_calendar, create_client, create_process
from contracts.terms_file.items import CALENDAR, CENTRE, CERTIFICATE, CLIENT, CONTACT, EXCEPTION, PROCESS, VENDOR
from contracts.terms_file.reading import Item, Path
from contracts.terms_file.session import Session, changes_in_words
from contracts.terms_file.shapes import Shape
from vendors.models import Vendor
from vendors.services import add_certificate, add_contact, add_delivery_centre, create_vendor


def load_parties(session: Session) -> None:
    """Client and vendor with what belongs to them, and the calendars and processes that the contract names."""
    client_calendar = load_client(session)
    load_vendor(session)
    load_calendars(session)
    if client_calendar and session.client.calendar is None:
        calendar = session.calendar(client_calendar, ("client",))
        with session.at(("client",), CLIENT):
            change_recorded(session.client, actor=session.actor, calendar=calendar)
    add = partial(create_process, actor=session.actor, client=session.client)
    load_items(session, ("processes",), PROCESS, session.client.processes.all(), _("process"), add)
    session.processes = {row.name: row for row in session.client.processes.all()}


def refuse_difference(session: Session, path: Path, shape: Shape, item: Item, row: Model) -> None:
    """Refuse an item that says something else of a row than the desk knows."""
    stated, known = shape.read(item, whole=False), shape.values(row)
    for name, value in stated.items():
        if known[name] != value:
            sentence = _(
                "“%(row)s” is known otherwise (%(changes)s); it serves other contracts too, so change it by hand."
            )
            changes = changes_in_words(shape, {name: known[name]}, {name: value})
            session.refuse((*path, *shape.path_of(name)), sentence % {"row": row, "changes": changes})


def refuse_other_kind(session: Session, section: str, kind: str) -> None:
    name = session.data[section]["name"]
    other = Organisation.objects.filter(name=name).exclude(kind=kind).first()
    if other:
        sentence = _("“%(name)s” is a %(kind)s.") % {"name": name, "kind": other.get_kind_display()}
        session.refuse((section, "name"), sentence)


def load_client(session: Session) -> str | None:
    """Load the client; return the name of the calendar that the file gives it."""
    item = session.data["client"]
    refuse_other_kind(session, "client", Organisation.Kind.CLIENT)
    client = Client.objects.filter(organisation__name=item["name"]).select_related("organisation", "calendar").first()
    if client:
        if client.calendar is None:
            item = {key: value for key, value in item.items() if key != "calendar"}
        refuse_difference(session, ("client",), CLIENT, item, client)
        session.client = client
        return session.data["client"].get("calendar")
    columns = CLIENT.read(item)
    columns.pop("calendar")
    with session.at(("client",), CLIENT):
        session.client = create_client(actor=session.actor, name=item["name"], **columns)
    session.log(_("client %(name)s is new"), name=item["name"])
    return item.get("calendar")


def load_vendor(session: Session) -> None:
    """The vendor with its contacts, delivery centres and certificates."""
    item = session.data["vendor"]
    refuse_other_kind(session, "vendor", Organisation.Kind.VENDOR)
    known = Vendor.objects.filter(organisation__name=item["name"]).select_related("organisation").first()
    if known:
        refuse_difference(session, ("vendor",), VENDOR, item, known)
        session.vendor = known
    else:
        with session.at(("vendor",), VENDOR):
            session.vendor = create_vendor(actor=session.actor, name=item["name"], **VENDOR.read(item))
        session.log(_("vendor %(name)s is new"), name=item["name"])
    vendor, owner = session.vendor, {"actor": session.actor, "vendor": session.vendor}
    name, standard = ("name",), ("standard", "valid_from")
    certificates = vendor.certificates.prefetch_related("delivery_centres")
    lists: list[tuple[str, Shape, tuple[str, ...], Iterable[Model], str, Callable[..., Model]]] = [
        ("contacts", CONTACT, name, vendor.contacts.all(), _("contact"), add_contact),
        ("delivery_centres", CENTRE, name, vendor.delivery_centres.all(), _("delivery centre"), add_delivery_centre),
        ("certificates", CERTIFICATE, standard, certificates, _("certificate"), add_certificate),
    ]
    for section, shape, key, rows, what, add in lists:
        load_items(session, ("vendor", section), shape, rows, what, partial(add, **owner), key)


def load_items(
    session: Session,
    place: tuple[str, ...],
    shape: Shape,
    rows: Iterable[Model],
    what: str,
    add: Callable[..., Model],
    key: tuple[str, ...] = ("name",),
) -> None:
    """Make the rows of a list of the file that the desk does not know by their key, and rewrite none that it knows."""
    key_of = itemgetter(*key)
    known = {key_of(shape.write(row)): row for row in rows}
    items = session.items_by_key(*place, what=what, key=key_of)
    for name, (path, item) in items.items():
        if name in known:
            refuse_difference(session, path, shape, item, known[name])
            continue
        columns = shape.read(item)
        if names := columns.get("delivery_centres"):
            columns["delivery_centres"] = [session.centre(name, (*path, "delivery_centres")) for name in names]
        with session.at(path, shape):
            add(**columns)
        session.log(_("%(what)s %(name)s is new"), what=what, name=item[key[0]])


def load_calendars(session: Session) -> None:
    owners = {"client": session.client.organisation, "vendor": session.vendor.organisation, "everybody": None}
    items = session.items_by_key(
        "calendars", what=_("calendar"), key=lambda item: (item["name"], item.get("owner", "client"))
    )
    for (name, owner_kind), (path, item) in items.items():
        owner = owners[owner_kind]
        calendar = BusinessCalendar.objects.filter(owner=owner, name=name).first()
        if calendar:
            refuse_difference(session, path, CALENDAR, item, calendar)
        else:
            with session.at(path, CALENDAR):
                calendar = create_calendar(actor=session.actor, owner=owner, **CALENDAR.read(item))
            session.log(_("calendar %(name)s is new"), name=name)
        load_exceptions(session, path, item, calendar)


def load_exceptions(session: Session, path: Path, item: Item, calendar: BusinessCalendar) -> None:
    known = {row.on.isoformat(): row for row in standing_exceptions(calendar)}
    for place, exception in enumerate(item.get("exceptions") or []):
        inner = (*path, "exceptions", place)
        if exception["on"] in known:
            refuse_difference(session, inner, EXCEPTION, exception, known[exception["on"]])
            continue
        with session.at(inner, EXCEPTION):
            columns = EXCEPTION.read(exception) | {"now": session.now if calendar.times_running_contracts else None}
            known[exception["on"]] = add_calendar_exception(actor=session.actor, calendar=calendar, **columns)
        session.log(_("calendar %(name)s differs on %(day)s"), name=calendar.name, day=exception["on"])
