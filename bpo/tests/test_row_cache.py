"""RowCache objects are those of the rows as they are now."""

import pytest
from django.db.models import QuerySet

from bpo.models import Organisation
from bpo.row_cache import RowCache

pytestmark = pytest.mark.django_db


def clients() -> QuerySet[Organisation]:
    return Organisation.objects.filter(kind="client").order_by("name")


def test_the_same_rows_give_the_same_objects() -> None:
    Organisation.objects.create(kind="client", name="Acme")
    kept: RowCache[list[Organisation]] = RowCache(list)
    assert kept.get("clients", clients) is kept.get("clients", clients)


def test_a_changed_row_gives_objects_made_anew() -> None:
    acme = Organisation.objects.create(kind="client", name="Acme")
    kept: RowCache[list[Organisation]] = RowCache(list)
    kept.get("clients", clients)
    Organisation.objects.filter(pk=acme.pk).update(name="Apex")
    assert [each.name for each in kept.get("clients", clients)] == ["Apex"]


def test_a_row_more_or_less_gives_objects_made_anew() -> None:
    kept: RowCache[list[Organisation]] = RowCache(list)
    assert kept.get("clients", clients) == []
    acme = Organisation.objects.create(kind="client", name="Acme")
    assert kept.get("clients", clients) == [acme]
    acme.delete()
    assert kept.get("clients", clients) == []


def test_a_query_that_can_find_nothing_finds_nothing() -> None:
    kept: RowCache[list[Organisation]] = RowCache(list)
    assert kept.get("none", Organisation.objects.none) == []


def test_what_changed_while_it_was_made_is_not_kept() -> None:
    acme = Organisation.objects.create(kind="client", name="Acme")

    def slow(rows: QuerySet[Organisation]) -> list[str]:
        names = [each.name for each in rows]
        Organisation.objects.filter(pk=acme.pk).update(name="Apex")
        return names

    kept: RowCache[list[str]] = RowCache(slow)
    assert kept.get("clients", clients) == ["Acme"]
    assert kept.get("clients", clients) == ["Apex"]


def test_no_more_is_kept_than_agreed() -> None:
    kept: RowCache[list[Organisation]] = RowCache(list, most=3)
    for number in range(10):
        kept.get(number, clients)
    assert len(kept._queries) <= 4
