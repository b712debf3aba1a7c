"""Whether somebody gets the nightly mail."""

from bpo.changes import save_recorded
from bpo.models import User


def stop_digests(*, reader: User) -> bool:
    """Stop one person's nightly mails; False where they had been stopped before."""
    if not reader.wants_digest:
        return False
    reader.wants_digest = False
    save_recorded(reader, actor=reader, action="unsubscribe")
    return True
