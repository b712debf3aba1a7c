"""By hand: what the workers do by themselves."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from metrics.models.runs import Run
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.tests.worlds import month, receive

pytestmark = pytest.mark.django_db
MARCH = date(2025, 3, 1)


def call(*words, **options):
    out, err = StringIO(), StringIO()
    try:
        call_command(*words, stdout=out, stderr=err, **options)
    except CommandError as error:
        return f"{out.getvalue()}{err.getvalue()}{error}"
    return out.getvalue() + err.getvalue()


def test_judge_does_all_that_is_dirty_even_if_it_changed_this_very_moment(cast):
    receive(cast.levels["A-1/ACCURACY"].feed, [month(MARCH, 80, 100)], at=timezone.now())

    assert call("judge") == "1 judged, 1 new revisions, 0 parked\n"
    assert Verdict.objects.get().status == "breach"


def test_judge_names_what_it_cannot_judge(cast):
    level = cast.levels["A-1/ACCURACY"]
    level.terms.update(params={"scale": "0"})
    receive(level.feed, [month(MARCH, 80, 100)])

    said = call("judge")

    assert f"{level.public_id} 2025-03-01 is parked" in said
    assert "Not everything could be judged" in said


def test_judge_parked_tries_again(cast):
    level = cast.levels["A-1/ACCURACY"]
    receive(level.feed, [month(MARCH, 80, 100)])
    DirtyCell.objects.update(parked_at=timezone.now(), attempts=3)

    assert "0 judged, 0 new revisions, 1 parked" in call("judge")
    assert call("judge", "--parked").startswith("1 judged")


def test_night_runs_the_latest_night_of_a_zone(cast):
    receive(cast.levels["A-1/ACCURACY"].feed, [month(MARCH, 96, 100)])

    call("night", "Europe/Berlin")

    assert Run.objects.get().state == "finished"
    assert Verdict.objects.current().get(period_label="2025-03", numerator=96).is_final


def test_night_of_all_zones(cast):
    call("night", "all")

    assert set(Run.objects.values_list("zone", flat=True)) == {"America/New_York", "Europe/Berlin"}


def test_night_refuses_a_zone_without_contracts_and_a_day_to_come(cast):
    tomorrow = (timezone.now() + timedelta(days=2)).date().isoformat()

    assert "No contract runs in the zone Mars/Olympus" in call("night", "Mars/Olympus")
    assert "only" in call("night", "Europe/Berlin", tomorrow)
    assert not Run.objects.exists()
