"""What is news for a reader, and what is not repeated."""

from datetime import timedelta
from decimal import Decimal

from contracts.models.agreements import Contract
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.verdicts import Verdict
from reports.models import Edition
from reports.tests.conftest import DAY, NIGHT_ENDED, OCTOBER, WEDNESDAY, World, mail_to

Kind = BreachEvent.Kind
Status = Verdict.Status


def test_a_withdrawn_breach_is_shown_with_what_changed(night: World) -> None:
    breach = night.breach(at=NIGHT_ENDED - 10 * DAY)
    Breach.objects.filter(pk=breach.pk).update(state=Breach.State.WITHDRAWN)
    night.event(breach, Kind.WITHDRAWN, at=NIGHT_ENDED, text="Revision 2: 88.4 % → 95.1 %. No longer a breach.")

    message = mail_to(night, night.manager)

    assert "Revision 2: 88.4 % → 95.1 %. No longer a breach." in message.text
    assert message.subject.startswith("No longer a breach: ACCURACY")


def test_a_breach_that_came_and_went_in_one_night_is_no_news(night: World) -> None:
    breach = night.breach()
    Breach.objects.filter(pk=breach.pk).update(state=Breach.State.WITHDRAWN)
    night.event(breach, Kind.WITHDRAWN, at=NIGHT_ENDED + timedelta(minutes=1))

    assert night.morning(night.manager).outcome == Edition.Outcome.EMPTY


def test_a_level_that_is_met_after_a_breach_has_recovered(night: World) -> None:
    night.verdict(night.level, Status.BREACH, starts_on=OCTOBER - 30 * DAY, judged_at=NIGHT_ENDED - 30 * DAY)
    met = night.verdict(night.level, Status.MET, display="96.0\u00a0%", value=Decimal(96))
    history = [{"starts_on": "2025-09-01", "status": "breach"}, {"starts_on": "2025-10-01", "status": "met"}]
    night.standing(night.level, last_closed=met, history=history)

    message = mail_to(night, night.manager)

    assert message.subject == "Recovered: ACCURACY, October 2025, Brightline – Wed 5 Nov"
    assert "96.0 %, expected ≥ 95.0 %" in message.text


def test_a_restatement_tells_before_and_after_and_why(night: World) -> None:
    night.verdict(night.level, Status.BREACH, judged_at=NIGHT_ENDED - 20 * DAY)
    night.verdict(night.level, Status.MET, display="95.6\u00a0%", value=Decimal("95.6"), reason="Two days were late")

    text = mail_to(night, night.manager).text

    assert "Revision 2: 88.4 % → 95.6 %, Breach → Met." in text
    assert "Two days were late" in text


def test_nobody_gets_their_own_restatement(night: World) -> None:
    night.verdict(night.level, Status.BREACH, judged_at=NIGHT_ENDED - 20 * DAY)
    night.verdict(night.level, Status.MET, reason="Two days were late", restated_by=night.manager)

    assert night.morning(night.manager).outcome == Edition.Outcome.EMPTY


def test_the_vendor_reads_of_a_risk_the_first_morning(night: World) -> None:
    risk = night.verdict(night.level, Status.AT_RISK, starts_on=WEDNESDAY.replace(day=1), is_final=False)
    night.standing(night.level, so_far=risk)

    assert mail_to(night, night.vendor).subject.startswith("At risk: ACCURACY, November 2025, Acme")


def test_the_client_reads_of_a_risk_a_working_day_later(night: World) -> None:
    risk = night.verdict(night.level, Status.AT_RISK, starts_on=WEDNESDAY.replace(day=1), is_final=False)
    night.standing(night.level, so_far=risk)

    assert night.morning(night.manager).outcome == Edition.Outcome.EMPTY
    night.ran(day=WEDNESDAY + DAY)
    assert "(^) SL-" in mail_to(night, night.manager, WEDNESDAY + DAY).text


def test_a_risk_that_was_named_is_not_named_again(night: World) -> None:
    risk = night.verdict(
        night.level, Status.AT_RISK, starts_on=WEDNESDAY.replace(day=1), judged_at=NIGHT_ENDED - DAY, is_final=False
    )
    night.standing(night.level, so_far=risk)
    mail_to(night, night.manager)
    later = night.verdict(night.level, Status.AT_RISK, starts_on=WEDNESDAY.replace(day=1), is_final=False)
    night.standing(night.level, so_far=later)
    night.ran(day=WEDNESDAY + DAY)

    assert night.morning(night.manager, WEDNESDAY + DAY).outcome == Edition.Outcome.EMPTY


def test_a_date_within_thirty_days_is_named_once_and_again_in_its_last_week(night: World) -> None:
    contract = Contract.objects.get(reference="A-1")
    Contract.objects.filter(pk=contract.pk).update(ends_on=WEDNESDAY + 20 * DAY)

    assert "Contract has ended: Tue 25 Nov 2025, in 20 days" in mail_to(night, night.manager).subject
    night.ran(day=WEDNESDAY + DAY)
    assert night.morning(night.manager, WEDNESDAY + DAY).outcome == Edition.Outcome.EMPTY
    night.ran(day=WEDNESDAY + 14 * DAY)
    assert "in 6 days" in mail_to(night, night.manager, WEDNESDAY + 14 * DAY).subject


def test_the_vendor_is_reminded_when_an_answer_falls_due_and_not_every_day(night: World) -> None:
    night.breach()
    mail_to(night, night.vendor)
    outcomes = []
    for number in range(1, 8):
        day = WEDNESDAY + number * DAY
        night.ran(day=day)
        if day.weekday() < 5:
            outcomes.append(night.morning(night.vendor, day).outcome)

    assert outcomes == ["empty", "empty", "mailed", "empty", "empty"]
