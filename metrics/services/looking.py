"""Looking ahead without standing in anybody's way: what is tried and undone takes no part in the list of work."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

from contracts.models.service_levels import Feed

_looking: ContextVar[bool] = ContextVar("looking", default=False)


@contextmanager
def only_looking() -> Iterator[None]:
    """What happens inside is undone by the caller: cells are not put onto the list of work, and feeds not locked.

    Rows on that list are the locks of intake and closing, so a preview that wrote them would hold both up.
    """
    token = _looking.set(True)
    try:
        yield
    finally:
        _looking.reset(token)


@contextmanager
def undone() -> Iterator[None]:
    """What is written inside is seen inside, and taken back at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def is_looking() -> bool:
    return _looking.get()


def lock_feeds(feeds: Collection[int]) -> None:
    """Keep others from writing to those feeds until the end of the transaction, in one order."""
    if not is_looking():
        list(Feed.objects.select_for_update(no_key=True).filter(pk__in=feeds).order_by("pk").only("pk"))
