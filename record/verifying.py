"""Verifies the chains against the rows as they are now, and names the first place that does not hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from bpo.append_only import find_missing
from metrics.models.results import RESULT_TABLES, Batch, SupersededResult
from metrics.models.verdicts import Verdict, Withdrawal
from record.contents import Key, head_after, read_readable
from record.linking import choose, queue_forgotten
from record.models import INSTALLATION, Chain, Link

LINKS_AT_ONCE = 500
log = structlog.get_logger("desk.record")


@dataclass(frozen=True, slots=True)
class Finding:
    """The first place of a chain that does not hold: the link that should be there, and what is wrong with it."""

    chain: str
    position: int
    key: Key | None
    what: str

    def __str__(self) -> str:
        place = _("Chain %(chain)s, position %(position)s") % {"chain": self.chain, "position": self.position}
        row = f", {self.key[0]} {self.key[1]}" if self.key else ""
        return f"{place}{row}: {self.what}"


def verify_next(chain: Chain, *, now: datetime) -> bool:
    """Verify the next links of a chain and note how far it came; return whether there is more to do."""
    if chain.checking_since is None:
        chain.checking_since, chain.checked_to = now, 0
    finding, reached = verify_links(chain, after=chain.checked_to)
    is_over = finding is not None or reached == chain.checked_to
    chain.checked_to = reached
    if is_over:
        problem = str(finding or "")
        if not problem and chain.name == INSTALLATION:
            problem = " ".join(verify_tables(now))
        if problem:
            log.error("the record does not hold", problem=problem)
        chain.finding, chain.checked_length = problem, reached
        chain.checked_at, chain.checking_since = chain.checking_since, None
    names = ["checking_since", "checked_to", "checked_at", "checked_length", "finding"]
    Chain.objects.filter(pk=chain.pk).update(**{name: getattr(chain, name) for name in names})
    return not is_over


def verify_links(chain: Chain, *, after: int) -> tuple[Finding | None, int]:
    """Verify the next links after a position; return the first that does not hold, and the last that does."""
    length = Chain.objects.values_list("length", flat=True).get(pk=chain.pk)
    links = choose(list(Link.objects.filter(chain=chain, position__gt=after).order_by("position")[:LINKS_AT_ONCE]))
    if not links:
        return find_end(chain, after, at_least=length), after
    before = Link.objects.filter(chain=chain, position=after).values_list("head", flat=True).first() or ""
    contents = read_readable([(link.kind, link.row_id) for link in links])
    marked = wrongly_marked([link.row_id for link in links if link.kind == "verdict"])
    for link in links:
        key, position = (link.kind, link.row_id), after + 1
        if link.position != position:
            return Finding(chain.name, position, None, _("the link is missing.")), after
        content = contents.get(key)
        if content is None:
            return Finding(chain.name, position, key, _("the row is gone, or cannot be read.")), after
        if chain.contract_id not in content.contracts:
            return Finding(chain.name, position, key, _("the row belongs to another contract.")), after
        if link.head != head_after(before, chain.name, position, key, content.digest):
            return Finding(chain.name, position, key, _("the row, or the link, is not what was linked.")), after
        if link.row_id in marked and link.kind == "verdict":
            return Finding(chain.name, position, key, _("is_current is not what later revisions say.")), after
        before, after = link.head, position
    return None, after


def find_end(chain: Chain, last: int, *, at_least: int) -> Finding | None:
    """Whether a chain ends where its links end; it may have grown since it had a length."""
    head = Link.objects.filter(chain=chain, position=last).values_list("head", flat=True).first() or ""
    chain.refresh_from_db(fields=["length", "head"])
    if last < at_least:
        return Finding(chain.name, last + 1, None, _("the link is missing."))
    if last > chain.length or (last == chain.length and head != chain.head):
        return Finding(chain.name, last, None, _("the chain does not end with its last link."))
    return None


def wrongly_marked(pks: Sequence[int]) -> set[int]:
    """Of final verdicts, those that are marked as current, or not, otherwise than revisions and withdrawals say."""
    if not pks:
        return set()
    cell = {"service_level": OuterRef("service_level"), "starts_on": OuterRef("starts_on")}
    later = Verdict.objects.filter(**cell, revision__gt=OuterRef("revision"))
    rows = Verdict.objects.filter(pk__in=pks).values_list(
        "pk", "is_current", Exists(later), Exists(Withdrawal.objects.filter(verdict=OuterRef("pk")))
    )
    return {pk for pk, is_current, has_later, is_withdrawn in rows if is_current == (has_later or is_withdrawn)}


def verify_chain(chain: Chain, *, now: datetime) -> None:
    """Verify a chain from its beginning to its end."""
    chain.checking_since = None
    while verify_next(chain, now=now):
        pass


def verify_tables(now: datetime) -> list[str]:
    """What no link can show: triggers that are missing, and results of no batch. Forgotten rows are queued."""
    problems = []
    if missing := find_missing(connection):
        sentence = _("Triggers that protect the record are missing: %(names)s. Run manage.py migrate as the owner.")
        problems.append(sentence % {"names": ", ".join(missing)})
    batch = Batch.objects.filter(pk=OuterRef("batch_id"))
    past = SupersededResult.objects.filter(feed=OuterRef("feed_id"), key=OuterRef("key"), revision=OuterRef("revision"))
    for kind, table in RESULT_TABLES.items():
        stray = table._base_manager.filter(~Exists(batch) | Exists(past)).order_by()
        if pk := stray.values_list("pk", flat=True).first():
            sentence = _("A result of kind %(kind)s, %(pk)s, belongs to no batch, or was superseded.")
            problems.append(sentence % {"kind": kind, "pk": pk})
    if queued := queue_forgotten(now):
        log.warning("rows were not queued to be linked", rows=queued)
    return problems
