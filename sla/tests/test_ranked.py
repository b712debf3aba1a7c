"""Amounts kept as integers behave as the tuple of fractions that they stand for."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.excuses import taken_out
from sla.ranked import TEXTS, Ranked, joined
from sla.tallies import Tally

parts = st.lists(st.integers(-50, 50), max_size=12)


def as_fractions(numbers: list[int], whole: int) -> tuple[Fraction, ...]:
    return tuple(sorted(Fraction(number, whole) for number in numbers))


@given(parts)
def test_ranked_amounts_equal_the_tuple_of_fractions_in_rising_order(numbers):
    ranked, plain = Ranked(numbers, 4), as_fractions(numbers, 4)

    assert (ranked, len(ranked), tuple(ranked), hash(ranked)) == (plain, len(plain), plain, hash(plain))
    assert ranked.texts() == [str(value) for value in plain]
    assert ranked[1:3] == plain[1:3]


@given(parts, parts)
def test_amounts_of_the_same_whole_are_equal_where_their_parts_are(one, other):
    assert (Ranked(one, 10) == Ranked(other, 10)) is (sorted(one) == sorted(other))


@pytest.mark.parametrize(("other", "is_equal"), [([3, 1], True), ([1, 2], False), ([1, 3, 3], False)])
def test_amounts_of_one_whole_are_compared_in_any_order(other, is_equal):
    assert (Ranked([1, 3], 10) == Ranked(other, 10)) is is_equal


def test_ranked_amounts_have_the_hash_of_their_fractions():
    assert hash(Ranked([3, 1], 2)) == hash((Fraction(1, 2), Fraction(3, 2)))


def test_amounts_of_one_whole_are_joined_in_rising_order():
    assert joined([Ranked([3, 1], 10), Ranked([], 10), Ranked([2], 10)]).parts == (1, 2, 3)


def test_the_same_amounts_out_of_another_whole_are_equal():
    assert Ranked([2, 4], 2) == Ranked([4, 8], 4)


def test_ranked_amounts_equal_nothing_else():
    assert Ranked([1], 1) != [Fraction(1)]


def test_a_single_amount_is_a_fraction():
    assert Ranked([5, 1], 10)[1] == Fraction(1, 2)


def test_ranked_amounts_print_their_parts():
    assert repr(Ranked([2, 1], 10)) == "Ranked((1, 2), 10)"


@given(parts, parts)
def test_joining_amounts_of_the_same_whole_keeps_them_ranked(one, other):
    both = joined([Ranked(one, 10), Ranked(other, 10)])

    assert isinstance(both, Ranked) is bool(one or other)
    assert both == as_fractions(one + other, 10)


def test_amounts_of_different_wholes_are_joined_as_fractions():
    assert joined([Ranked([1], 2), Ranked([1], 4)]) == (Fraction(1, 2), Fraction(1, 4))


def test_ranked_amounts_and_plain_fractions_are_joined_as_fractions():
    assert joined([Ranked([1], 2), (Fraction(3),)]) == (Fraction(1, 2), Fraction(3))


def test_a_tally_keeps_ranked_amounts_as_they_are():
    ranked = Ranked([3, 1], 10)

    assert Tally.of(4, 2, values=ranked).values is ranked


def test_what_is_not_excused_stays_in_order():
    half = Fraction(1, 2)

    counted, excused = Tally.of(2, 3, values=[half, half, Fraction(1)]), Tally.of(half, 1, values=[half])

    assert taken_out(counted, excused).values == (half, Fraction(1))


def test_excusing_no_value_leaves_the_values_as_they_are():
    ranked = Ranked([1, 2], 10)

    assert taken_out(Tally.of(3, 2, values=ranked), Tally.empty()).values is ranked


def test_a_value_that_was_not_counted_cannot_be_excused():
    counted, excused = Tally.of(3, 2, values=[1, 2]), Tally.of(1, 1, values=[3])

    with pytest.raises(ValueError, match=r"^More values are excused than were counted\.$"):
        taken_out(counted, excused)


def test_texts_stay_right_when_more_amounts_are_written_than_are_remembered(monkeypatch):
    monkeypatch.setattr("sla.ranked.MOST_TEXTS", 2)
    ranked = Ranked(range(1, 8), 6)

    assert ranked.texts() == ranked.texts() == ["1/6", "1/3", "1/2", "2/3", "5/6", "1", "7/6"]
    assert len(TEXTS[6]) <= 2


@pytest.mark.parametrize("most", [1, 2, 100])
def test_amounts_are_written_as_their_fractions_are_however_few_texts_are_kept(monkeypatch, most):
    kept = {}
    monkeypatch.setattr("sla.ranked.TEXTS", kept)
    monkeypatch.setattr("sla.ranked.MOST_TEXTS", most)

    assert Ranked([1, 3, 6, 6, 9, 12], 6).texts() == ["1/6", "1/2", "1", "1", "3/2", "2"]
    assert Ranked([1, 3], 4).texts() == ["1/4", "3/4"]
    assert all(len(texts) <= most for texts in kept.values())
    assert set(kept) == {6, 4}
