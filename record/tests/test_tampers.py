"""Random tampers of all that the chains cover: refused to the desk's own role, found when the owner made them.

The short form of `make proof`, which says how many with TAMPERS and TAMPERS_SEED.
"""

import os
from collections import Counter
from copy import deepcopy
from pathlib import Path

import pytest
from django.db import Error, connection, transaction

from metrics.tests.kept import build_record
from record.tests.tampers import tampers
from record.tests.worlds import findings, link_all
from tests.support.cast import build_cast
from tests.support.databases import undone
from tests.support.tampering import as_owner

NUMBER, SEED = int(os.environ.get("TAMPERS", "30")), int(os.environ.get("TAMPERS_SEED", "1"))


@pytest.fixture(scope="module")
def built(module_database):
    level = build_record(build_cast())
    link_all()
    return level


@pytest.fixture
def db(put_back):
    """The database of this module; each test's own changes are undone."""


@pytest.fixture
def level(db, built):
    return deepcopy(built)


def refused(tamper):
    """Whether the desk's own role, or on SQLite a connection of the desk, cannot do it."""
    with undone():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL ROLE tamper_app")
        try:
            with transaction.atomic():
                tamper.run()
        except Error:
            return True
    return False


def finding(tamper):
    """What a verification finds after the owner did it; None where a constraint of the table refuses it anyway."""
    with undone():
        try:
            with as_owner():
                tamper.run()
        except Error:
            return None
        return findings()


def test_every_tamper_is_refused_and_found(level):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE tamper_app; GRANT USAGE ON SCHEMA public TO tamper_app")
            cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO tamper_app")
            cursor.execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO tamper_app")
    assert findings() == []
    counts, missed = Counter(), []
    for tamper in tampers(NUMBER, SEED):
        found, is_refused = finding(tamper), refused(tamper)
        counts["tampers"] += 1
        counts["refused to the desk's role"] += is_refused
        counts["such as the desk itself writes"] += not tamper.is_refused
        counts["refused to everybody"] += found is None
        counts["found"] += bool(found)
        is_named = found is None or any(name in each for each in found for name in tamper.found)
        if not is_named or (tamper.is_refused and not is_refused):
            missed.append((tamper, is_refused, found))
    if name := os.environ.get("TAMPERS_COUNTS"):
        with Path(name).open("a", encoding="utf-8") as file:
            said = ", ".join(f"{number:,} {what}" for what, number in counts.items())
            file.write(f"{connection.vendor}: {said}\n")

    assert [f"{tamper.statement} {tamper.values}: {is_refused} {found}" for tamper, is_refused, found in missed] == []
