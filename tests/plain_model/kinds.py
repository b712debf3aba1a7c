"""A world of each kind in turn."""

from tests.plain_model.case_worlds import case_world_of
from tests.plain_model.changes import with_excuses, with_restatements, with_rules
from tests.plain_model.contract import World
from tests.plain_model.outage_worlds import outage_world_of
from tests.plain_model.per_worlds import per_world_of
from tests.plain_model.worlds import count_world_of

KINDS = (count_world_of, case_world_of, outage_world_of, per_world_of)


def world_of(seed: int) -> World:
    """The same world for the same seed."""
    return with_restatements(with_rules(with_excuses(KINDS[seed % len(KINDS)](seed))))
