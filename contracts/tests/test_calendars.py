"""Calendars that make sense, and those that do not."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from contracts.models.parties import BusinessCalendar, CalendarException
from contracts.services.agreements import activate_contract
from contracts.services.parties import add_calendar_exception, create_calendar
from contracts.tests.test_contract_rules import refusal


def calendar(**more) -> BusinessCalendar:
    return BusinessCalendar(**({"name": "Office", "zone": "Europe/Berlin", "week": {"0": [["09:00", "17:00"]]}} | more))


@pytest.mark.parametrize(
    "week",
    [
        {"0": [["08:00", "12:00"], ["12:00", "17:00"]]},
        {"0": [["00:00", "24:00"]], "1": [["00:00", "24:00"]]},
        {"0": [["22:00", "06:00"]], "1": [["06:00", "14:00"]]},
        {"6": [["22:00", "06:00"]], "0": [["06:00", "14:00"]]},
    ],
)
@pytest.mark.django_db
def test_windows_that_touch_are_taken(week):
    calendar(week=week).full_clean()


@pytest.mark.parametrize(
    ("week", "sentence"),
    [
        ({"0": [["08:00", "12:00"], ["11:59", "17:00"]]}, "Two windows overlap on Monday."),
        ({"0": [["22:00", "06:00"]], "1": [["05:00", "14:00"]]}, "Two windows overlap on Tuesday."),
        ({"6": [["22:00", "06:00"]], "0": [["05:00", "14:00"]]}, "Two windows overlap on Monday."),
        ({}, "must be open at some time of the week"),
        ({"0": []}, "must be open at some time of the week"),
        ({"7": [["08:00", "12:00"]]}, "“0” for Monday to “6” for Sunday"),
        ({"0": [["8:00", "12:00"]]}, "Windows look like"),
        ({"0": [["12:00", "12:00"]]}, "Windows look like"),
        ({"0": [["24:00", "12:00"]]}, "Windows look like"),
    ],
)
@pytest.mark.django_db
def test_windows_that_make_no_sense_are_refused(week, sentence):
    assert sentence in refusal(calendar(week=week))


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"zone": "UTC+1"}, "is not an IANA time zone"),
        ({"country": "XX"}, "No holidays are known for 'XX'."),
        ({"country": "DE", "subdivision": "ENG"}, "No holidays are known for 'DE, ENG'."),
        ({"subdivision": "ENG"}, "A subdivision needs its country."),
    ],
)
@pytest.mark.django_db
def test_places_that_do_not_exist_are_refused(more, sentence):
    assert sentence in refusal(calendar(**more))


@pytest.mark.django_db
def test_windows_of_an_exception_do_not_overlap():
    kept = create_calendar(actor=None, owner=None, name="Office", zone="UTC", week={"0": [["09:00", "17:00"]]})
    windows = [["08:00", "12:00"], ["11:00", "13:00"]]
    row = CalendarException(
        calendar=kept, on=date(2025, 1, 6), windows=windows, reason="Stocktaking", known_from=date(2025, 1, 1)
    )

    assert "Two windows overlap on 2025-01-06." in refusal(row)


def test_the_week_of_a_calendar_in_use_stays(agreement):
    kept = create_calendar(
        actor=None, owner=agreement.client.organisation, name="Office", zone="UTC", week={"0": [["09:00", "17:00"]]}
    )
    agreement.contract.calendar = kept
    agreement.contract.save()
    activate_contract(actor=None, contract=agreement.contract)
    kept.week = {"0": [["09:00", "18:00"]]}

    assert "Contracts are timed by this calendar" in refusal(kept)


def test_a_calendar_in_use_takes_exceptions(agreement):
    kept = create_calendar(
        actor=None, owner=agreement.client.organisation, name="Office", zone="UTC", week={"0": [["09:00", "17:00"]]}
    )

    add_calendar_exception(actor=None, calendar=kept, on=date(2025, 1, 6), reason="Feast", known_from=date(2025, 1, 2))

    assert str(kept.exceptions.get()) == "2025-01-06: Feast"


def test_a_calendar_differs_on_a_date_once(agreement):
    kept = create_calendar(actor=None, owner=None, name="Office", zone="UTC", week={"0": [["09:00", "17:00"]]})
    feast = {"calendar": kept, "on": date(2025, 1, 6), "reason": "Feast", "known_from": date(2025, 1, 2)}
    add_calendar_exception(actor=None, **feast)

    with pytest.raises(ValidationError, match="already has an exception on that date"):
        add_calendar_exception(actor=None, **feast)
