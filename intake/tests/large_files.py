"""Files that count as large in a test, and the worker that takes them in."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.models.service_levels import Feed
from intake.files import sizes
from intake.files.parts.working import work_on_next
from intake.forms import address_of
from intake.models.imports import Import
from intake.models.large_imports import LargeImport
from tests.builders import NOW
from tests.support.cast import Cast

HEADS = "external_id,occurred_at,outcome,wait_seconds\n"
ROWS_OF_A_PAGE, LINES_OF_A_PART = 20, 10


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    """Files of more than 20 rows are large, and are read ten lines at a time."""
    monkeypatch.setattr(sizes, "FILE_ROWS", ROWS_OF_A_PAGE)
    settings.IMPORT_PART_LINES = LINES_OF_A_PART


def make_voice(cast: Cast) -> Feed:
    """A feed of calls with a service level that reads them."""
    feed = cast.feed(cast.contracts["A-1"], "VOICE", Feed.Kind.CONTACTS)
    cast.level(feed, "SL8020", metric="CC-SL", aggregation="share_within", params={"seconds": 20})
    return feed


def calls(count: int, *, first: int = 0, wait: int = 10) -> str:
    """Lines of calls, some minutes apart, as a file has them."""
    start = datetime(2025, 11, 3, 8, tzinfo=UTC)
    return "".join(
        f"c{number},{(start + timedelta(minutes=number)).isoformat()},answered,{wait}\n"
        for number in range(first, first + count)
    )


def upload(client, content: str | bytes, feed: str = "", **more: str) -> Import:
    """Bring a file as its page does."""
    body = content.encode() if isinstance(content, str) else content
    form = {"file": SimpleUploadedFile("calls.csv", body), "feed": feed, **more}
    answer = client.post("/imports/new", form)
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.get(public_id=answer["Location"].rsplit("/", 1)[1])


def work() -> None:
    """Have a worker do all that it can."""
    while work_on_next(clock=lambda: NOW):
        pass


def decide(client, imported: Import, act: str, *confirmed: str) -> Import:
    """Press a button of the preview, and have a worker do what follows."""
    client.post(f"/imports/{imported.public_id}/decide", {"act": act, "confirm": confirmed})
    work()
    return Import.objects.get(pk=imported.pk)


def large(imported: Import) -> LargeImport:
    return LargeImport.objects.get(imported=imported)


@pytest.fixture
def feed(cast):
    return make_voice(cast)


@pytest.fixture
def vendor(signed_in, feed):
    return signed_in("brightline-reporter")


@pytest.fixture
def bring(vendor, feed):
    """Upload a file of calls, and have a worker read it."""

    def bring(content: str | bytes, **more: str) -> Import:
        imported = upload(vendor, content, address_of(feed), **more)
        work()
        return imported

    return bring


def counts(imported: Import) -> dict[str, int]:
    """What the preview counts."""
    return large(imported).summary["preview"]["counts"]
