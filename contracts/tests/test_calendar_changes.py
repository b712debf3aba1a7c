"""Calendars of running contracts, from the back room and from files: recorded with their instant, never rewritten."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from django.utils import timezone

from contracts.models.agreements import Contract
from contracts.models.calendars import ContractCalendar
from contracts.models.parties import BusinessCalendar, CalendarException
from contracts.services.agreements import activate_contract
from contracts.services.parties import create_calendar
from contracts.terms_file.exporting import export_terms
from contracts.terms_file.loading import load_terms
from contracts.tests.conftest import JUNE
from contracts.tests.test_admin import desk, filled, page

__all__ = ["desk"]
pytestmark = pytest.mark.django_db
FULL = (Path(__file__).parent / "full_terms.yaml").read_text(encoding="utf-8")
LATER = "2031-02-01"


@pytest.fixture
def office(agreement) -> BusinessCalendar:
    """The calendar of a contract that runs."""
    owner = agreement.client.organisation
    found = create_calendar(actor=None, owner=owner, name="Office", zone="UTC", week={"0": [["09:00", "17:00"]]})
    Contract.objects.filter(pk=agreement.contract.pk).update(calendar=found)
    agreement.contract.refresh_from_db()
    activate_contract(actor=None, contract=agreement.contract)
    return found


def test_an_exception_from_the_back_room_has_its_instant(desk, office):
    before = timezone.now()
    sent = {"calendar": office.pk, "on": "2025-06-02", "windows": "[]", "reason": "Feast", "known_from": "2025-05-01"}

    assert desk.post(page(CalendarException, "add"), sent).status_code == 302
    assert CalendarException.objects.get().recorded_at >= before


def test_the_back_room_edits_no_exception(desk, office):
    exception = CalendarException.objects.create(
        calendar=office, on=JUNE, reason="Feast", known_from=JUNE, recorded_at=timezone.now()
    )

    assert desk.post(page(CalendarException, "change", exception.pk), {"reason": "None"}).status_code == 403


def test_a_running_contracts_calendar_is_no_field_to_fill(desk, agreement, office):
    form = filled(desk.get(page(Contract, "change", agreement.contract.pk)))

    assert "calendar" not in form
    assert "title" in form


def test_another_calendar_from_a_date_on_is_recorded_in_the_back_room(desk, agreement, office):
    sent = {"contract": agreement.contract.pk, "calendar": "", "effective_on": "2025-06-01", "amendment": ""}

    assert desk.post(page(ContractCalendar, "add"), sent).status_code == 302
    assert (ContractCalendar.objects.get().effective_on, ContractCalendar.objects.get().calendar) == (JUNE, None)


def test_a_file_brings_a_running_contract_another_calendar_from_its_day_on():
    first = load_terms(text=FULL, actor=None).contract
    data = yaml.safe_load(export_terms(first, on=date(2031, 1, 1)))
    data["effective_on"], data["amendment"] = LATER, {"title": "Another calendar"}
    data["contract"]["calendar"] = None
    report = load_terms(text=yaml.safe_dump(data), actor=None, now=datetime(2031, 1, 5, tzinfo=UTC))

    change = ContractCalendar.objects.get()
    assert (change.effective_on, change.calendar, change.amendment) == (date(2031, 2, 1), None, report.amendment)
    assert Contract.objects.get(pk=first.pk).calendar == first.calendar
    assert yaml.safe_load(export_terms(first, on=date(2031, 3, 1)))["contract"]["calendar"] is None
    assert not load_terms(text=export_terms(first, on=date(2031, 3, 1)), actor=None).lines
