"""A terms file is checked without a transaction, and stored in a short one against what it was checked against."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bpo.changes import change_recorded
from bpo.models import AuditEntry
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from contracts.terms_file.loading import ChangedMeanwhile, Report, check_and_store, load_terms, read_terms

pytestmark = pytest.mark.django_db
FULL = (Path(__file__).parent / "full_terms.yaml").read_text(encoding="utf-8")
TERMS = "{metric: X-Q, measure: {aggregation: ratio}, direction: higher, expected: %s}"


def many(levels: int, *, day: str = "2025-01-01", expected: int = 95) -> str:
    """A terms file with so many feeds and levels."""
    head = FULL.partition("feeds:")[0].replace("effective_on: 2025-01-01", f"effective_on: {day}")
    head = head.replace("  number: 0\n", "")
    feeds = "".join(f"  - {{code: F{place}, name: Checks, kind: counts, schedule: daily}}\n" for place in range(levels))
    terms = TERMS % expected
    rows = "".join(f"  - {{code: L{place}, name: Checks, feed: F{place}, terms: {terms}}}\n" for place in range(levels))
    return f"{head}feeds:\n{feeds}service_levels:\n{rows}"


def load(text: str, act: Callable[[Callable[[], Report]], Report]) -> Report:
    return check_and_store(document=read_terms(text), actor=None, now=timezone.now(), act=act)


def count_statements(text: str) -> int:
    """How many statements storing a file takes, while others wait."""

    def act(store: Callable[[], Report]) -> Report:
        with CaptureQueriesContext(connection) as captured:
            report = store()
        counts.append(len(captured))
        return report

    counts: list[int] = []
    load(text, act)
    return counts[0]


def renamed(store: Callable[[], Report], *, names: list[str]) -> Report:
    """Rename a feed before the file is stored, as long as there are names."""
    if names:
        change_recorded(Feed.objects.get(code="F0"), actor=None, name=names.pop())
    return store()


@pytest.mark.parametrize("model", [Feed, ServiceLevel, ServiceLevelTerms])
def test_no_row_is_checked_while_others_wait(model, monkeypatch):
    depths, check = [], model.clean
    monkeypatch.setattr(model, "clean", lambda row: depths.append(len(connection.savepoint_ids)) or check(row))
    outside = len(connection.savepoint_ids)

    load_terms(text=FULL, actor=None)

    assert set(depths) == {outside}


def test_new_levels_are_stored_with_less_than_a_statement_for_each():
    few = count_statements(many(1))

    assert (count_statements(many(61, day="2025-07-01")) - few) / 60 < 0.5


def test_new_terms_of_known_levels_are_stored_with_less_than_a_statement_for_each():
    load_terms(text=many(61), actor=None)
    one = count_statements(many(1, day="2025-07-01", expected=96))

    assert (count_statements(many(61, day="2025-08-01", expected=97)) - one) / 60 < 0.5


def test_terms_that_follow_others_are_recorded_as_if_saved_one_by_one():
    load_terms(text=many(1), actor=None)
    load_terms(text=many(1, day="2025-07-01", expected=96), actor=None)
    old, new = ServiceLevelTerms.objects.order_by("effective_on")

    entries = AuditEntry.objects.filter(thing_type="contracts.servicelevelterms", thing_id__in=[old.pk, new.pk])
    assert list(entries.order_by("pk").values_list("action", "thing_id")) == [
        ("set_terms", str(old.pk)),
        ("end_servicelevelterms", str(old.pk)),
        ("set_terms", str(new.pk)),
    ]
    assert entries.get(action="end_servicelevelterms").changes == {"ends_on": [None, "2025-07-01"]}


def test_a_new_level_is_stored_also_after_new_terms_of_a_known_one():
    load_terms(text=many(1), actor=None)

    load_terms(text=many(2, day="2025-07-01", expected=96), actor=None)

    assert ServiceLevelTerms.objects.filter(service_level__code="L1", effective_on="2025-07-01").exists()


def test_the_entry_of_terms_that_end_does_not_record_that_their_level_has_another_name():
    load_terms(text=many(1), actor=None)

    load_terms(text=many(1, day="2025-07-01", expected=96).replace("L0, name: Checks", "L0, name: Care"), actor=None)

    assert AuditEntry.objects.get(action="end_servicelevelterms").changes == {"ends_on": [None, "2025-07-01"]}


def test_an_entry_names_the_rows_that_were_stored_with_it():
    load_terms(text=many(1), actor=None)
    level = ServiceLevel.objects.get()

    entry = AuditEntry.objects.get(action="add_servicelevel", thing_id=level.public_id)
    assert entry.changes["feed"] == [None, f"{level.feed_id} F0 Checks"]
    assert entry.changes["contract"][1].startswith(level.contract.public_id)
    assert entry.client_organisation == level.contract.client.organisation


def test_a_file_is_checked_again_where_its_contract_was_changed_meanwhile():
    load_terms(text=many(1), actor=None)

    report = load(many(2, day="2025-07-01"), partial(renamed, names=["Other"]))

    assert "feed F0: name Other → Checks" in report.lines
    assert Feed.objects.count() == 2


def test_a_file_whose_contract_is_changed_again_and_again_changes_nothing():
    load_terms(text=many(1), actor=None)

    with pytest.raises(ChangedMeanwhile):
        load(many(2, day="2025-07-01"), partial(renamed, names=["A", "B", "C", "D"]))

    assert Feed.objects.count() == 1
    assert Contract.objects.get().amendments.count() == 1
