"""What is unlikely in volumes: days far from their weekday's, and days that are only partly there."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from sla.unlikely_volumes import PartDay, alike, far_volume, lacks_part, part_days

MONDAY = date(2025, 9, 1)
OPEN = dict.fromkeys(range(480, 1080, 30), 20)


def volumes(*numbers):
    return [Fraction(number) for number in numbers]


def far(volume, *earlier):
    return far_volume(Fraction(volume), Fraction(volume), volumes(*earlier))


def cut(begin, end, hours=OPEN):
    """The hours without those from `begin` up to `end`."""
    return {start: volume for start, volume in hours.items() if not begin <= start < end}


def week(**others):
    """Monday to Friday with the same hours, but for those that are given by the day's number."""
    return {MONDAY + timedelta(days=at): others.get(f"day{at}", OPEN) for at in range(5)}


# Worked by hand: the median is 400, the deviation at least √400 = 20, so that 3.5 of them are 70; 3/5 of 400 are 240.
@pytest.mark.parametrize(("volume", "is_far"), [(239, True), (240, False), (400, False), (666, False), (667, True)])
def test_a_volume_is_far_outside_three_fifths_to_five_thirds_of_the_median(volume, is_far):
    assert (far(volume, 400, 400, 400, 400) is not None) == is_far


def test_a_far_volume_is_told_the_usual_one():
    assert far(100, 390, 410, 400, 420) == 405


# The median is 400, that of the distances 100: over 0.6745 and times 3.5 they are 518.9, which is more than 400.
@pytest.mark.parametrize(("volume", "is_far"), [(0, False), (918, False), (919, True)])
def test_a_volume_that_scatters_much_is_far_only_where_its_score_is_above_three_and_a_half(volume, is_far):
    assert (far(volume, 300, 500, 300, 500) is not None) == is_far


def test_counts_scatter_by_chance_though_those_before_were_the_same():
    assert far(10, 25, 25, 25, 25) is None
    assert far(7, 25, 25, 25, 25) == 25


def test_four_earlier_volumes_are_needed_and_days_without_one_do_not_count():
    assert far(100, 400, 400, 400) is None
    assert far(100, 400, 400, 400, 0) is None


def test_small_volumes_are_never_far():
    assert far(0, 19, 19, 19, 19) is None


@pytest.mark.parametrize(
    ("least", "most", "usual"), [(50, 400, None), (50, 100, 400), (800, 900, 400), (350, 900, None)]
)
def test_of_a_volume_that_is_not_known_exactly_the_nearer_bound_counts(least, most, usual):
    assert far_volume(Fraction(least), Fraction(most), volumes(400, 400, 400, 400)) == usual


@pytest.mark.parametrize(("volume", "expected"), [(80, False), (79, True)])
def test_a_day_of_less_than_four_fifths_of_the_usual_volume_lacks_a_part(volume, expected):
    assert lacks_part(Fraction(volume), volumes(100, 100, 100, 100)) == expected


def test_without_four_earlier_days_nobody_knows_what_a_day_lacks():
    assert not lacks_part(Fraction(1), volumes(100, 100, 100))


@pytest.mark.parametrize(("days", "expected"), [(1, True), (7, True), (5, False), (13, False), (4, True)])
def test_working_days_are_alike_and_the_others_only_their_own_weekday(days, expected):
    assert alike(MONDAY, MONDAY + timedelta(days=days)) == expected


def test_whole_days_have_nothing_missing():
    assert part_days(week()) == []


def test_a_gap_inside_a_day_is_sure_where_other_working_days_have_volume():
    assert part_days(week(day2=cut(600, 660))) == [PartDay(MONDAY + timedelta(days=2), (600, 630), True)]


def test_the_end_of_a_day_is_not_sure_beside_other_weekdays():
    (part,) = part_days(week(day4=cut(840, 1080)))

    assert (part.day, part.missing[0], part.missing[-1], part.is_sure) == (MONDAY + timedelta(days=4), 840, 1050, False)


def test_the_end_of_a_day_is_sure_beside_its_own_weekday():
    days = {MONDAY + timedelta(weeks=weeks): OPEN for weeks in range(3)}

    (part,) = part_days(days | {MONDAY + timedelta(weeks=3): cut(840, 1080)})

    assert (part.day, part.is_sure) == (MONDAY + timedelta(weeks=3), True)


def test_hours_that_are_stated_as_empty_are_missing_where_other_days_have_volume():
    assert [part.missing for part in part_days(week(day2=OPEN | {600: 0, 630: 0}))] == [(600, 630)]


def test_hours_in_which_little_is_expected_may_be_empty():
    quiet = OPEN | dict.fromkeys(range(0, 480, 30), 1)
    days = week(day1=cut(0, 210, quiet)) | {MONDAY + timedelta(days=at): quiet for at in (0, 2, 3, 4)}

    assert part_days(days) == []


def test_a_call_late_on_a_day_that_ends_early_makes_no_sure_gap():
    (part,) = part_days(week(day4=cut(840, 1050)))

    early = {start: min(volume, 1) if start > 840 else volume for start, volume in cut(840, 1050).items()}
    assert part.is_sure
    assert [each.is_sure for each in part_days(week(day4=early))] == [False]


def test_what_is_expected_is_scaled_by_what_the_day_has():
    holiday = dict.fromkeys(cut(600, 660), 2)

    assert part_days(week(day2=holiday)) == []


def test_a_day_that_has_more_than_others_lets_expect_no_more_than_they_have():
    few = dict.fromkeys(range(480, 1080, 30), 5)
    days = {MONDAY + timedelta(days=at): few for at in (0, 1, 3, 4)}

    assert part_days(days | {MONDAY + timedelta(days=2): dict.fromkeys(cut(600, 660, few), 500)}) == []


def test_hours_that_one_of_the_other_days_lacks_too_show_nothing():
    assert part_days(week(day2=cut(600, 660), day3=cut(600, 660))) == []


def test_hours_that_no_other_day_has_show_nothing():
    assert part_days(week(day2={0: 100, 30: 100})) == []


def test_a_day_alone_has_a_gap_between_large_neighbours():
    assert part_days({MONDAY: cut(600, 660)}) == [PartDay(MONDAY, (600, 630), False)]


@pytest.mark.parametrize("hours", [OPEN, OPEN | {600: 0, 630: 0}, {480: 7, 510: 7, 570: 7}, {480: 900}])
def test_a_day_alone_without_a_gap_or_beside_small_neighbours_is_whole(hours):
    assert part_days({MONDAY: hours}) == []


def test_days_without_any_volume_are_not_partly_there():
    assert part_days({MONDAY: {}, MONDAY + timedelta(days=1): {480: 0}}) == []
