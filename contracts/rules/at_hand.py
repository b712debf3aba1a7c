"""The service levels that rules compare a row with: those of the table, or those that are at hand and stored later."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the models call these rules
    from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
    from contracts.querysets import TermsQuerySet


class LevelsAtHand:
    """The service levels of one contract with their terms, as they will be once everything checked is stored.

    Each is known by its code, which stays.
    """

    def __init__(self, levels: "Iterable[ServiceLevel]" = ()) -> None:
        self.terms: dict[str, list[ServiceLevelTerms]] = defaultdict(list)
        self._roll_ups: dict[str, str] = {}
        self._members: dict[str, list[ServiceLevel]] = defaultdict(list)
        self._elsewhere: dict[str, ServiceLevelTerms | None] = {}
        for level in levels:
            self.place(level)
            self.terms[level.code] = list(level.terms.all())

    def place(self, level: "ServiceLevel") -> None:
        """Take in a level, or the roll-up that it belongs to now."""
        before = self._roll_ups.get(level.code, "")
        if before == level.roll_up:
            return
        if before:
            self._members[before] = [member for member in self._members[before] if member.code != level.code]
        if level.roll_up:
            insort(self._members[level.roll_up], level, key=attrgetter("code"))
        self._roll_ups[level.code] = level.roll_up

    def added_up_with(self, terms: "ServiceLevelTerms") -> "ServiceLevelTerms | None":
        """The first open terms of another level of the roll-up, by contract and code."""
        level = terms.service_level
        if level.roll_up not in self._elsewhere:
            others = open_terms(terms).exclude(service_level__contract=level.contract)
            self._elsewhere[level.roll_up] = others.first()
        members = (member for member in self._members[level.roll_up] if member.code != level.code)
        here = next((own for member in members for own in self.terms[member.code] if own.ends_on is None), None)
        found = [other for other in (self._elsewhere[level.roll_up], here) if other]
        return min(found, key=attrgetter("service_level.contract.reference"), default=None)


def terms_of(level: "ServiceLevel") -> "list[ServiceLevelTerms]":
    """The terms of a service level, in the order of time."""
    at_hand = level.contract.levels_at_hand
    if at_hand is None:
        return list(level.terms.all())
    return sorted(at_hand.terms[level.code], key=attrgetter("effective_on"))


def added_up_with(terms: "ServiceLevelTerms") -> "ServiceLevelTerms | None":
    """The first open terms of another service level of the client's roll-up, by contract and code."""
    at_hand = terms.service_level.contract.levels_at_hand
    if at_hand is None:
        return open_terms(terms).exclude(service_level=terms.service_level).first()
    return at_hand.added_up_with(terms)


def open_terms(terms: "ServiceLevelTerms") -> "TermsQuerySet":
    """What is in force without an end in the client's roll-up to which terms belong."""
    level = terms.service_level
    rows = type(terms)._default_manager.filter(
        service_level__roll_up=level.roll_up, service_level__contract__client=level.contract.client_id, ends_on=None
    )
    return rows.select_related("service_level__contract")
