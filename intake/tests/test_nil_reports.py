"""Nil reports by form and file."""

from datetime import UTC, datetime

import pytest
import time_machine

from contracts.models.service_levels import Feed
from metrics.models.results import Batch, NilResult

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 11, 3, 9, tzinfo=UTC)


@pytest.fixture
def tickets(cast):
    feed = cast.feed(cast.contracts["A-1"], "TICKETS", Feed.Kind.CASES)
    cast.level(feed, "SOLVED", aggregation="share_within", params={"of": "resolved_within", "threshold_seconds": 60})
    return feed


def post(cast, client, feed, **data):
    client.force_login(cast.people["brightline-manager"])
    with time_machine.travel(NOW, tick=False):
        report = f"{feed.contract.public_id}.{feed.code}.2025-10"
        return client.post(f"/data/{report}/nothing", {"first": "2025-10-01", "last": "2025-10-31", **data})


def test_the_form_stores_what_the_api_would(cast, client, tickets):
    answer = post(cast, client, tickets, note="Checked")

    row = NilResult.objects.get()
    assert answer.status_code == 302
    assert (row.feed, str(row.starts_on), str(row.ends_on), row.note) == (
        tickets,
        "2025-10-01",
        "2025-11-01",
        "Checked",
    )
    assert row.batch.channel == Batch.Channel.FORM


def test_the_form_sent_twice_stores_one_statement_and_says_so(cast, client, tickets):
    post(cast, client, tickets)

    answer = post(cast, client, tickets)

    with time_machine.travel(NOW, tick=False):
        page = client.get(answer["Location"]).content.decode()
    assert "Tickets, October 2025: this report is not owed now. Nothing was stored." in page
    assert (NilResult.objects.count(), Batch.objects.count()) == (1, 1)


def test_what_the_rules_refuse_is_shown_in_the_form(cast, client, tickets):
    answer = post(cast, client, tickets, last="2025-12-01")

    assert answer.status_code == 422
    assert "The day lies in the future." in answer.content.decode()
    assert not NilResult.objects.exists()
