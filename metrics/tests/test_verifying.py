"""Final verdicts are recomputed from what is kept; one that does not follow any more is named."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from breaches.services.excuses import ask_excuse, decide_excuse
from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms
from metrics.models.results import CountResult
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict
from metrics.services.closed_periods import judge_as_of
from metrics.services.findings import ENGINE_VERSION
from metrics.services.nights import run_night
from metrics.services.verifying import verify
from metrics.tests.closed import LATER, MARCH, NOW, close, correct, current
from metrics.tests.test_restatements import restate
from metrics.tests.worlds import count, month, receive
from metrics.timelines import timelines_of
from tests.support.tampering import as_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def level(cast):
    return cast.levels["A-1/ACCURACY"]


def wrong():
    check = verify(Verdict.objects.all())
    return [(found.verdict.period_label, found.verdict.revision, found.field) for found in check.differences]


def test_untouched_verdicts_follow_from_their_results(level):
    close(level, 96, 92, 80, 96, 96)

    assert verify(Verdict.objects.filter(service_level=level)).verdicts == 5
    assert wrong() == []


def test_a_correction_after_closing_is_taken_out_again(level):
    close(level, 96, 92, 80)
    correct(level, MARCH, 96)
    correct(level, MARCH, 70, at=LATER)

    assert wrong() == []


def test_a_late_new_row_is_taken_out_again(level):
    close(level, 96, 92, 80)
    receive(level.feed, [month(MARCH, 1, 50, split="other site")], at=NOW, reason="forgotten")

    assert wrong() == []


def test_every_revision_of_a_restated_period_follows(cast, level):
    close(level, 96, 92, 80)
    correct(level, MARCH, 96)
    restate(cast, level)
    correct(level, MARCH, 70, at=LATER + timedelta(hours=1))

    assert verify(Verdict.objects.filter(service_level=level, period_label="2025-03")).verdicts == 2
    assert wrong() == []


def test_periods_judged_with_earlier_ones_follow_before_and_after_a_restatement(cast):
    rules = {"low_volume": {"rule": "rolling", "min_cases": 50, "periods": 3},
             "repeats": [{"rule": "in_window", "count": 2, "window": 3}]}  # fmt: skip
    rolling = cast.level(cast.feeds["A-1/QUALITY"], "ROLLING", rules=rules)
    close(rolling, 10, 10, 10, 5, 10, of=10)
    correct(rolling, MARCH, 1)
    restate(cast, rolling)

    assert Verdict.objects.filter(service_level=rolling, revision=2).count() == 3
    assert wrong() == []


def test_excuses_count_from_their_decision_on(cast):
    feed = cast.feed(cast.contracts["A-1"], "DAILY", Feed.Kind.COUNTS, schedule=Feed.Schedule.DAILY)
    daily = cast.level(feed, "DAYS")
    receive(feed, [count(date(2025, 3, 3), 95, 100), count(date(2025, 3, 4), 70, 100)], at=NOW - timedelta(days=3))
    excuse = ask_excuse(service_level=daily, starts_on=date(2025, 3, 4), ends_on=date(2025, 3, 5), reason="portal",
                        asked_by=cast.people["brightline-manager"], now=NOW - timedelta(days=3))  # fmt: skip
    decide_excuse(excuse=excuse, granted=True, decided_by=cast.people["acme-manager"], now=NOW - timedelta(days=2))
    run_night(zone="Europe/Berlin", local_date=date(2025, 6, 19), now=NOW - timedelta(days=1))

    assert current(daily).value == 95
    assert wrong() == []


def test_a_verdict_by_terms_that_were_ended_since_is_recomputed_by_its_own(level):
    close(level, 96, 92, 80)
    terms = level.terms.get()
    ServiceLevelTerms.objects.filter(pk=terms.pk).update(ends_on=date(2025, 6, 1))

    assert wrong() == []


def test_silence_that_was_closed_stays_silence(cast, level):
    other = cast.level(cast.feeds["A-1/QUALITY"], "OTHER", narrowing={"split": ["north"]})
    close(level, 96, 92)
    assert current(other).status == "not_reported"
    receive(level.feed, [month(MARCH, 9, 10, split="south")], at=NOW, reason="forgotten")

    assert wrong() == []


@pytest.mark.parametrize(
    ("damage", "fields"),
    [
        (lambda: CountResult.objects.filter(starts_on=MARCH).update(numerator=Decimal(81)),
         ["value", "display", "inputs_sha256"]),
        (lambda: CountResult.objects.filter(starts_on=MARCH).delete(),
         ["status", "value", "display", "inputs_sha256"]),
        (lambda: Verdict.objects.filter(status="breach").update(status="met"), ["status"]),
        (lambda: Verdict.objects.filter(status="breach").update(value=Decimal(95)), ["value"]),
        (lambda: ServiceLevelTerms.objects.update(minimum=Decimal(75)), ["status"]),
    ],
    ids=["a row changed behind the desk's back", "a row gone", "a status", "a value", "the limits"],
)  # fmt: skip
def test_what_was_changed_behind_the_desks_back_is_named(level, damage, fields):
    close(level, 96, 92, 80)
    with as_owner():
        damage()

    assert [found for found in wrong() if found[0] == "2025-03"] == [("2025-03", 1, field) for field in fields]


def test_an_older_engines_digest_is_compared_by_its_own_version(level):
    close(level, 96)
    with as_owner():
        Verdict.objects.update(engine_version="0.0.1")

    assert ("2025-01", 1, "inputs_sha256") in wrong()


def by_another_engine(level, numerator=96):
    """A verdict as an engine of another version would have left it: its own digest, perhaps another number."""
    verdict = current(level, "2025-01")
    timelines = timelines_of(ServiceLevel.objects.filter(pk=verdict.service_level_id))
    cell = timelines[verdict.service_level_id].cell_starting(verdict.starts_on)
    findings, _errors = judge_as_of([cell], timelines, at=verdict.closed_at)
    digest = findings[cell.key].digest("0.9")
    with as_owner():
        rows = Verdict.objects.filter(pk=verdict.pk)
        rows.update(engine_version="0.9", inputs_sha256=digest, value=Decimal(numerator))


def said_by_the_command():
    said = StringIO()
    try:
        call_command("verify_verdicts", stdout=said, stderr=said)
    except CommandError as error:
        said.write(str(error))
    return said.getvalue()


def test_another_engines_equal_verdict_is_named_and_holds(level):
    close(level, 96, 92)
    by_another_engine(level)
    said = said_by_the_command()

    assert f"computed by engine 0.9, today {ENGINE_VERSION}: 1 equal, 0 differ" in said
    assert "0 differ\n" in said.splitlines(keepends=True)[-1]


def test_another_engines_other_number_is_named_with_both_versions(level):
    close(level, 96, 92)
    by_another_engine(level, numerator=95)
    said = said_by_the_command()

    assert f"value stored 95, recomputed 96 (computed by engine 0.9, today {ENGINE_VERSION})" in said
    assert f"computed by engine 0.9, today {ENGINE_VERSION}: 0 equal, 1 differ" in said


def test_todays_engine_is_not_spoken_of(level):
    close(level, 96)

    assert "engine" not in said_by_the_command()


def test_the_command_names_what_differs_and_fails(level):
    close(level, 96, 92, 80)
    with as_owner():
        Verdict.objects.filter(service_level=level, period_label="2025-03").update(status="met")
    said = StringIO()

    with pytest.raises(CommandError):
        call_command("verify_verdicts", stdout=StringIO(), stderr=said)
    assert f"{level.public_id} 2025-03 revision 1: status stored met, recomputed breach" in said.getvalue()


def test_the_command_says_how_many_it_recomputed(level):
    close(level, 96, 92, 80)
    said = StringIO()
    call_command("verify_verdicts", service_level=level.public_id, stdout=said)

    assert "5 final verdicts recomputed, 0 differ" in said.getvalue()


def test_the_night_verifies_and_its_ledger_names_what_differs(level):
    close(level, 96, 92, 80)
    with as_owner():
        Verdict.objects.filter(service_level=level, period_label="2025-03").update(status="met")
    run = run_night(zone="Europe/Berlin", local_date=date(2025, 6, 20), now=NOW)

    assert run.state == Run.State.FAILED
    assert run.verified == Verdict.objects.filter(is_final=True).count()
    [failure] = run.failures
    assert (failure["service_level"], failure["period"]) == (level.public_id, "2025-03-01")


def test_a_night_caught_up_leaves_it_to_the_latest(level):
    close(level, 96)
    run = run_night(zone="Europe/Berlin", local_date=date(2025, 6, 20), now=datetime(2025, 6, 25, 9, tzinfo=UTC))

    assert (run.verified, run.state) == (0, Run.State.FINISHED)
