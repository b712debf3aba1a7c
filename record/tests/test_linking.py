"""Rows are linked once, in the order in which they were committed, and none is lost."""

from copy import deepcopy

import pytest
from django.db import connection

from bpo import audit
from bpo.kept_tables import BY_KIND, KEPT_TABLES
from bpo.models import AuditEntry
from metrics.models.breaches import BreachEvent
from metrics.models.verdicts import Verdict
from metrics.tests.closed import LATER
from metrics.tests.kept import build_record
from record.linking import link_next, queue_forgotten
from record.models import Chain, Link, Unlinked
from record.tests.worlds import findings, link_all
from tests.support.cast import build_cast
from tests.support.tampering import as_owner


@pytest.fixture(scope="module")
def built(module_database):
    return build_record(build_cast())


@pytest.fixture
def db(put_back):
    """The database of this module; each test's own changes are undone."""


@pytest.fixture
def level(db, built):
    return deepcopy(built)


def linked(kind):
    return Link.objects.filter(kind=kind).count()


def test_every_row_is_linked_once(level):
    link_all()
    link_all()

    counts = {kind: kept.model.objects.count() for kind, kept in BY_KIND.items()}
    counts["verdict"] = Verdict.objects.filter(is_final=True).count()
    assert {kind: linked(kind) for kind in BY_KIND} == counts
    assert min(counts.values()) > 0


def test_a_chain_holds_the_rows_of_its_contract_and_the_audit_trail_is_the_installations(level):
    link_all()
    chain = Chain.objects.get(contract=level.contract)
    events = BreachEvent.objects.filter(breach__service_level__contract=level.contract).values_list("pk", flat=True)

    assert set(chain.links.filter(kind="breach event").values_list("row_id", flat=True)) == set(events)
    assert set(Link.objects.filter(kind="audit entry").values_list("chain__name", flat=True)) == {"installation"}


def test_what_is_linked_holds(level):
    link_all()

    assert findings() == []


def test_a_provisional_verdict_is_linked_when_it_becomes_final(level):
    link_all()
    verdict = Verdict.objects.filter(is_final=False, period_label="2025-06").first()
    Verdict.objects.filter(pk=verdict.pk).update(is_final=True, closed_at=LATER)
    link_all()

    assert Link.objects.filter(kind="verdict", row_id=verdict.pk).exists()


def test_rows_of_before_there_were_chains_are_queued_in_one_go(level):
    rows = Unlinked.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM record_unlinked")

    assert queue_forgotten(LATER) == rows
    assert queue_forgotten(LATER) == 0


def test_a_row_that_its_owner_deleted_before_it_was_linked_holds_nothing_up(level):
    link_all()
    entry = audit.record(actor=None, action="look", thing=level)
    with as_owner():
        AuditEntry.objects.filter(pk=entry.pk).delete()

    assert link_next(LATER) == 1
    assert findings() == []


def test_another_worker_that_read_the_same_rows_links_none_of_them_again(level, monkeypatch):
    """The queue is read without a lock: a second worker may have linked what the first one is still hashing."""
    read, turns = link_next.__globals__["read_contents"], []

    def read_while_another_links(keys):
        if not turns:
            turns.append(1)
            link_next(LATER)
        return read(keys)

    monkeypatch.setitem(link_next.__globals__, "read_contents", read_while_another_links)
    link_all()
    positions = list(Link.objects.order_by("chain", "position").values_list("kind", "row_id", "chain"))

    assert len(positions) == len(set(positions))
    assert findings() == []


def test_every_column_is_covered_but_those_that_are_declared(level):
    """A new column of a kept table: decide whether hashes cover it, and give `added` its value in earlier rows."""
    assert {kept.label: sorted({field.attname for field in kept.model._meta.concrete_fields}
                               - set(kept.covered) - {"id"}) for kept in KEPT_TABLES if kept.kind} == {
        "bpo.AuditEntry": ["actor_label", "thing_label"],
        "metrics.Verdict": ["is_current"],
        "metrics.Withdrawal": [],
        "metrics.BreachEvent": [],
        "metrics.SupersededResult": [],
        "metrics.Batch": [],
    }  # fmt: skip
