"""What is unlikely: names nobody reads, another scale, totals beside parts, ids and letters that were lost."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.unlikely import (
    FACTORS,
    UnreadName,
    all_below,
    is_garbled,
    lean,
    off_scale,
    rounded_ids,
    total_beside_parts,
    unread_names,
    unusual_scale,
    values_read,
)

BILLING = [{"queue": {"Billing"}}]
DAYS = [85, 88, 90, 91, 87]


@pytest.mark.parametrize("name", ["billing", "Billing ", " BILLING", "Billing\u00a0"])
def test_a_name_in_another_case_or_with_a_blank_is_unread_and_names_the_one_that_is_read(name):
    assert unread_names([(name,)], ["queue"], BILLING) == [UnreadName((name,), ("Billing",), False)]


def test_a_misspelt_name_names_the_closest_one():
    assert unread_names([("Billling",)], ["queue"], BILLING) == [UnreadName(("Billling",), ("Billing",), False)]


@pytest.mark.parametrize("name", ["Sales", ""])
def test_a_name_like_no_other_is_unread_without_a_proposal(name):
    assert unread_names([(name,)], ["queue"], BILLING) == [UnreadName((name,), ("",), False)]


def test_a_name_that_a_level_reads_is_fine():
    assert unread_names([("Billing",)], ["queue"], BILLING) == []


def test_without_levels_nothing_is_unread():
    assert unread_names([("Sales",)], ["queue"], []) == []


def test_a_level_that_reads_all_rows_leaves_only_names_that_differ_in_case_or_blanks():
    found = unread_names([("Sales",), ("billing",), ("Billling",)], ["queue"], [{}, *BILLING])

    assert found == [UnreadName(("billing",), ("Billing",), True)]


def test_terms_read_the_values_that_they_name_or_have_a_target_for():
    targets = {"targets": {"priority": {"P1": {"hours": 4}, "P2": {"days": 1}}}}

    assert values_read({"group": "Tills"}, {}) == {"group": {"Tills"}}
    assert values_read({}, targets) == {"priority": {"P1", "P2"}}
    assert values_read({"priority": ["P2", "P3"]}, targets) == {"priority": {"P2"}}
    assert values_read({}, targets | {"without_target": "default"}) == {}
    assert values_read({}, {"services": "Mail, Payroll"}) == {"service": {"Mail", "Payroll"}}


def test_all_columns_of_a_narrowing_have_to_fit():
    levels = [{"priority": {"1"}, "group": {"Tills"}}, {"priority": {"2"}}]

    found = unread_names([("1", "Tills"), ("1", "tills"), ("2", "Web")], ["priority", "group"], levels)

    assert found == [UnreadName(("1", "tills"), ("", "Tills"), False)]


def test_a_row_whose_names_are_all_known_but_not_together_is_unread_without_a_proposal():
    levels = [{"priority": {"1"}, "group": {"Tills"}}, {"priority": {"2"}, "group": {"Web"}}]

    assert unread_names([("1", "Web")], ["priority", "group"], levels) == [UnreadName(("1", "Web"), ("", ""), False)]


def test_fractions_in_a_history_of_percent_are_100_times_too_low():
    assert unusual_scale([1, None, 88], [85 * 100, 88 * 100, 91 * 100]) == (Fraction(1, 100), [2])


@given(st.sampled_from(FACTORS), st.booleans(), st.lists(st.integers(80_000, 95_000), min_size=3, max_size=40))
def test_every_usual_factor_is_recognised_in_both_directions(factor, is_high, history):
    value = 86_400_000 * factor if is_high else 86_400_000 // factor

    found = unusual_scale([value, value], [1_000 * each for each in history])

    assert found == (Fraction(factor) if is_high else Fraction(1, factor), [0, 1])


@given(st.lists(st.integers(1, 10_000), min_size=3, max_size=60))
def test_a_history_is_never_off_its_own_scale_upwards(history):
    found = unusual_scale([max(history)], history)

    assert found is None


@pytest.mark.parametrize(
    ("values", "history"),
    [(DAYS, DAYS), ([0, -5, None], DAYS), ([8_800], [85, 88]), ([88 * 20_000], DAYS), ([], DAYS)],
    ids=["the same", "nothing above zero", "too short a history", "20,000 times", "nothing"],
)
def test_what_no_factor_explains_is_not_called_off(values, history):
    assert unusual_scale(values, history) is None


def test_a_value_under_thirty_times_off_is_usual():
    assert off_scale(29, 1, 1, 1) is None
    assert off_scale(30, 1, 1, 1) == 60


def test_of_a_long_history_the_lowest_twentieth_tells_nothing():
    history = [1, *range(1_200, 3_600, 60)]

    assert unusual_scale([20], history) == (Fraction(1, 100), [0])


def test_one_long_wait_among_many_is_no_other_scale():
    waits = [88, 90, 8_800]

    assert unusual_scale(waits, DAYS, least_share=Fraction(1, 2)) is None
    assert unusual_scale(waits, DAYS) == (Fraction(100), [2])


def test_without_a_history_values_may_all_lie_below_a_limit():
    assert all_below([0, 139, None, 2_315], [], 1_000_000) == [1, 3]
    assert all_below([139, 2_000_000], [], 1_000_000) == []
    assert all_below([139], [200, 300, 400], 1_000_000) == []


def test_a_part_that_is_the_sum_of_the_others_is_a_total():
    assert total_beside_parts({"Orders": (351, 412), "Returns": (902, 1203), "Both": (1253, 1615)}) == "Both"
    assert total_beside_parts({"A": (3, None), "B": (4, None), "C": (7, None)}) == "C"


@pytest.mark.parametrize(
    "parts",
    [
        {"A": (5, 9), "B": (5, 9)},
        {"A": (5, 9), "B": (5, 9), "C": (0, 0)},
        {"A": (1, 5), "B": (2, 5), "C": (3, 11)},
        {"Total": (5, 9)},
        {},
    ],
)
def test_equal_parts_and_single_ones_are_no_totals(parts):
    assert total_beside_parts(parts) is None


def test_a_part_named_as_a_total_is_one_even_where_a_part_is_missing():
    assert total_beside_parts({"Orders": (351, 412), "TOTAL ": (1253, 1615)}) == "TOTAL "


def test_ids_with_only_zeros_after_the_fifteenth_digit_may_be_rounded():
    assert rounded_ids(["a", "300000000123457000", "300000000123458000"]) == [1, 2]


@pytest.mark.parametrize(
    "ids",
    [[], ["17"], ["3000000001234570"], ["300000000123456701", "300000000123457000"], ["c2b6d0f0-0000-0000-0000"]],
)
def test_other_ids_are_as_they_were(ids):
    assert rounded_ids(ids) == []


def test_letters_read_in_a_wrong_encoding_are_recognised():
    texts = ("Tür", "TÃ¼r", "T\ufffdr", "Fakturace č. 2", "Tills", "Касса", "Rücksendung é")

    assert list(filter(is_garbled, texts)) == ["TÃ¼r", "T\ufffdr"]


@pytest.mark.parametrize(
    ("refused", "accepted", "higher_is_better", "way"),
    [
        (Fraction(6, 10), Fraction(8, 10), True, "worse"),
        (Fraction(6, 10), Fraction(8, 10), False, "better"),
        (Fraction(9, 10), Fraction(8, 10), True, "better"),
        (Fraction(9, 10), Fraction(8, 10), None, "higher"),
        (Fraction(7, 10), Fraction(8, 10), None, "lower"),
        (Fraction(8, 10), Fraction(8, 10), True, "same"),
        (None, Fraction(8, 10), True, "unknown"),
        (Fraction(8, 10), None, True, "unknown"),
    ],
)
def test_refused_rows_lean_to_one_side(refused, accepted, higher_is_better, way):
    assert lean(refused, accepted, higher_is_better=higher_is_better) == way
