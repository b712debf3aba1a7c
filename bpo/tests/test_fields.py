"""Exact decimals keep their digits and add up exactly, on every database."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from bpo.fields import LARGEST, ExactDecimalField, tidy
from contracts.models.parties import Process
from metrics.models.results import ObservationResult
from tests.support.cast import Cast, build_cast

exact = st.decimals(min_value=-LARGEST, max_value=LARGEST, places=6)
field = ExactDecimalField()


@given(exact)
def test_a_number_comes_back_from_the_column_as_it_went_in(number: Decimal) -> None:
    assert field.from_db_value(field.get_prep_value(number), None, None) == number


@pytest.mark.parametrize("text", ["0.0000001", "1000000000000", "NaN", "Infinity", "x", "1e400"])
def test_a_number_that_would_be_rounded_or_cut_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        field.to_python(text)


def test_a_float_is_refused() -> None:
    with pytest.raises(ValidationError):
        field.to_python(0.1)


def test_no_needless_zero_is_printed_and_no_exponent() -> None:
    assert [str(tidy(Decimal(text))) for text in ("1.500000", "100", "1E+3", "0.000000")] == ["1.5", "100", "1000", "0"]


class ExactSums(TestCase):
    """Against the database that the tests run on."""

    @settings(max_examples=25)
    @given(st.lists(st.decimals(min_value=-1000, max_value=1000, places=6), min_size=1, max_size=30))
    def test_the_databases_sum_is_the_exact_sum(self, numbers: list[Decimal]) -> None:
        feed = next(iter(build_cast().feeds.values()))
        ObservationResult.objects.bulk_create(
            ObservationResult(
                feed=feed,
                key=str(index),
                batch_id=0,
                value=number,
                occurred_at="2025-01-01T00:00Z",
                occurred_on="2025-01-01",
            )
            for index, number in enumerate(numbers)
        )

        assert ObservationResult.objects.aggregate(total=Sum("value"))["total"] == sum(numbers)


def test_the_largest_number_is_stored_and_read_on_this_database(cast: Cast) -> None:
    process = Process.objects.first()
    process.baseline_cost = LARGEST
    process.save()

    assert Process.objects.get(pk=process.pk).baseline_cost == LARGEST


def test_a_public_id_is_its_prefix_and_five_letters_that_cannot_be_misread(cast: Cast) -> None:
    prefix, letters = cast.contracts["A-1"].public_id.split("-")

    assert prefix == "CT"
    assert len(letters) == 5
    assert not set(letters) & set("ILOU")


def test_a_public_id_stays_when_the_row_is_saved_again(cast: Cast) -> None:
    contract = cast.contracts["A-1"]
    before = contract.public_id
    contract.save()

    assert contract.public_id == before


def test_a_public_id_that_is_taken_is_drawn_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = cast.contracts["A-1"].public_id.removeprefix("CT-")
    letters = iter(taken + "ZZZZZ")
    monkeypatch.setattr("bpo.fields.secrets.choice", lambda alphabet: next(letters))

    assert (
        type(cast.contracts["A-1"])._meta.get_field("public_id").new_ids(type(cast.contracts["A-1"]), 1)[0]
        == "CT-ZZZZZ"
    )


def test_several_public_ids_differ_from_each_other_and_from_those_taken(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = cast.contracts["A-1"].public_id.removeprefix("CT-")
    letters = iter(taken + "YYYYY" + "YYYYY" + "ZZZZZ")
    monkeypatch.setattr("bpo.fields.secrets.choice", lambda alphabet: next(letters))
    model = type(cast.contracts["A-1"])

    assert model._meta.get_field("public_id").new_ids(model, 2) == ["CT-YYYYY", "CT-ZZZZZ"]
