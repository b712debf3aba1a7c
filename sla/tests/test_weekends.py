"""The weekend of a country, after which mails and working days go."""

import pytest

from sla.calendars import weekend_of


@pytest.mark.parametrize(
    ("country", "days"), [("DE", {5, 6}), ("EG", {4, 5}), ("IL", {4, 5}), ("IR", {4}), ("XX", {5, 6})]
)
def test_a_country_has_its_weekend_and_one_that_is_not_known_saturday_and_sunday(country, days):
    assert weekend_of(country) == days
