"""Heads of chains that people keep: a chain that was written anew, or cut, does not lead to them any more."""

import re
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bpo.formatting import show_count, show_instant
from bpo.tenancy import reach_of
from record.models import INSTALLATION, Chain, Link

# A mail breaks the line before the hash, and a field that it is pasted into leaves the break out.
KEPT_HEAD = re.compile(r"\s*(?P<name>CT-\w+|installation)\s+(?P<position>\d{1,18})\s*(?P<head>[0-9a-f]{64})\s*")
# A mail that names more than these leaves the others to the page.
MOST_PRINTED = 20


@dataclass(frozen=True, slots=True)
class HeadCheck:
    """Whether a head that somebody kept is still in its chain and everything before it is as it was, in a sentence."""

    holds: bool
    sentence: str


def print_head(chain: Chain) -> str:
    """Return a head as mails and pages print it and as `check_head` reads it: "CT-7K2M9 1204 3f2a…"."""
    return f"{chain.name} {chain.length} {chain.head}"


def heads_for(person: object) -> list[str]:
    """Return the heads that a person is mailed: of the contracts that they see; operators keep the installation's."""
    chains = Chain.objects.visible_to(person).filter(length__gt=0)
    if reach_of(person).is_operator:
        chains = chains.filter(name=INSTALLATION)
    return [print_head(chain) for chain in chains[:MOST_PRINTED]]


def check_head(chains: QuerySet[Chain], text: str, *, zone: str = "UTC") -> HeadCheck:
    """Compare a kept head with its chain, among those that its keeper may see."""
    words = KEPT_HEAD.fullmatch(text)
    if words is None:
        return HeadCheck(False, _("A head is three words: the contract, a position, and 64 hexadecimal digits."))
    chain = chains.filter(name=words["name"]).first()
    if chain is None:
        return HeadCheck(False, _("There is no chain %(name)s.") % {"name": words["name"]})
    position = int(words["position"])
    facts = {"name": chain.name, "position": show_count(position), "length": show_count(chain.length)}
    link = Link.objects.filter(chain=chain, position=position).first()
    if link is None:
        sentence = _("The chain %(name)s has %(length)s links and none at position %(position)s: it was cut.")
        return HeadCheck(False, sentence % facts)
    if link.head != words["head"]:
        sentence = _("The chain %(name)s has another head at position %(position)s: it was written anew.")
        return HeadCheck(False, sentence % facts)
    if chain.checked_length < position:
        if chain.finding:
            sentence = _("The chain %(name)s has this head at position %(position)s, and does not hold before it.")
            return HeadCheck(False, sentence % facts)
        sentence = _("The chain %(name)s has this head at position %(position)s; it was not verified since.")
        return HeadCheck(True, sentence % facts)
    facts["at"] = show_instant(chain.checked_at, zone) if chain.checked_at else ""
    sentence = _(
        "This head is position %(position)s of the chain %(name)s. Everything before it holds, verified %(at)s."
    )
    return HeadCheck(True, sentence % facts)
