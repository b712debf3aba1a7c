"""Ids are given before rows are committed: a row with a lower id may appear after one that is linked already."""

from contextlib import closing

import psycopg2
import pytest

from bpo import audit
from record.models import Link
from record.tests.worlds import findings, link_all
from tests.support.databases import url_of_test_database

ENTRY = """
    INSERT INTO bpo_auditentry (at, actor_label, channel, action, thing_type, thing_id, thing_label, changes,
        request_id)
    VALUES (now(), 'BPO desk', 'command', 'late', 'bpo.organisation', 'OR-00000', 'Late', '{}', '') RETURNING id
"""


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_row_that_commits_late_is_linked_after_the_later_ones(cast):
    with closing(psycopg2.connect(url_of_test_database().replace("postgres://", "postgresql://", 1))) as other:
        with other.cursor() as cursor:
            cursor.execute(ENTRY)
            (late,) = cursor.fetchone()
        later = audit.record(actor=None, action="look", thing=cast.operator)
        link_all()
        assert not Link.objects.filter(kind="audit entry", row_id=late).exists()
        other.commit()
    link_all()
    order = list(Link.objects.filter(kind="audit entry").order_by("position").values_list("row_id", flat=True))

    assert late < later.pk
    assert order[-2:] == [later.pk, late]
    assert findings() == []
