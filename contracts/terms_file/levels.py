"""What a terms file says about feeds and service levels: thousands of rows, checked first and stored together."""

from operator import itemgetter

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from contracts import catalogue
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from contracts.rules.at_hand import LevelsAtHand, terms_of
from contracts.services.service_levels import add_feed, add_service_level, set_terms
from contracts.terms_file.agreements import change_row, resolve_names
from contracts.terms_file.checking import suggestion
from contracts.terms_file.items import FEED, LEVEL, TERMS, terms_columns
from contracts.terms_file.reading import Item, Path
from contracts.terms_file.session import Session
from contracts.terms_file.timelines import Entry, Timeline

OWN_METRIC = "X-"


def check_feeds(session: Session) -> None:
    """Feeds, each known by its code; their settings have no history, only the audit trail."""
    if not session.is_new:
        session.feeds = {row.code: row for row in session.contract.feeds.select_related("process")}
    items = session.items_by_key("feeds", what=_("feed"), key=itemgetter("code"))
    for code, (path, item) in items.items():
        columns, what = FEED.read(item), _("feed %s") % code
        if code in session.feeds:
            if "starts_on" not in item:
                columns.pop("starts_on")
            change_row(session, path, FEED, session.feeds[code], columns, what)
            continue
        session.amend(path, what)
        start = columns.pop("starts_on") or (session.contract.starts_on if session.is_new else session.effective_on)
        columns = resolve_names(session, path, columns)
        with session.at(path, FEED):
            session.feeds[code] = add_feed(
                actor=session.actor, contract=session.contract, starts_on=start, batch=session.batch, **columns
            )
        session.log(_("%(what)s is new"), what=what)


def known_levels(session: Session) -> dict[str, ServiceLevel]:
    """The contract's service levels by code, with their terms and the feeds at hand."""
    if session.is_new:
        return {}
    # Joined to their amendments, the terms of thousands of levels take SQLite the square of their number.
    terms = Prefetch("terms", ServiceLevelTerms.objects.order_by("effective_on"))
    rows = session.contract.service_levels.select_related("process").prefetch_related(terms, "terms__amendment")
    feeds = {feed.pk: feed for feed in session.feeds.values()}
    for level in rows:
        level.feed, level.per_feed = feeds[level.feed_id], feeds.get(level.per_feed_id)
    return {level.code: level for level in rows}


def check_levels(session: Session) -> None:
    """Service levels, each known by its code, and their terms."""
    known = known_levels(session)
    at_hand = session.contract.levels_at_hand = LevelsAtHand(known.values())
    items = session.items_by_key("service_levels", what=_("service level"), key=itemgetter("code"))
    for code, (path, item) in items.items():
        level, what = known.get(code), _("service level %s") % code
        if level:
            change_row(session, path, LEVEL, level, LEVEL.read(item), what)
        else:
            session.amend(path, what)
            columns = resolve_names(session, path, LEVEL.read(item))
            with session.at(path, LEVEL):
                level = add_service_level(
                    actor=session.actor, contract=session.contract, batch=session.batch, **columns
                )
        at_hand.place(level)
        check_terms_of(session, path, item, level, at_hand)


def check_terms_of(session: Session, path: Path, item: Item, level: ServiceLevel, at_hand: LevelsAtHand) -> None:
    """The terms of one service level: one set, or a list of sets that follow each other."""
    stated = item["terms"]
    entries = [((*path, "terms"), stated)] if isinstance(stated, dict) else [
        ((*path, "terms", place), terms) for place, terms in enumerate(stated)
    ]  # fmt: skip
    for inner, terms in entries:
        code = terms["metric"]
        if code not in catalogue.metrics() and not code.startswith(OWN_METRIC):
            sentence = _("The catalogue has no metric “%(code)s”; one of the contract's own begins with %(prefix)s.")
            words = {"code": code, "prefix": OWN_METRIC}
            session.refuse((*inner, "metric"), sentence % words + suggestion(code, catalogue.metrics()))
    Timeline(
        what=_("service level %s") % level.code,
        shape=TERMS,
        start="effective_on",
        known=lambda: terms_of(level),
        save=lambda entry: at_hand.terms[level.code].append(new_terms(session, level, entry)),
    ).settle(session, entries)


def new_terms(session: Session, level: ServiceLevel, entry: Entry) -> ServiceLevelTerms:
    return set_terms(
        actor=session.actor,
        service_level=level,
        amendment=session.amendment,
        effective_on=entry.starts_on,
        ends_on=entry.ends_on,
        batch=session.batch,
        **terms_columns(entry.values),
    )
