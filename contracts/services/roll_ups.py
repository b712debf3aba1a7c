"""Commands on roll-ups."""

from bpo.changes import save_recorded
from contracts.models.parties import Client
from contracts.models.roll_ups import RollUpTarget


def add_roll_up_target(*, actor: object, client: Client, code: str, **fields: object) -> RollUpTarget:
    """What the client expects of a roll-up, from `effective_on` on, or always; targets before it end there."""
    target = RollUpTarget(client=client, code=code, **fields)
    save_recorded(target, actor=actor)
    return target
