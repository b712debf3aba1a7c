"""From a reported result to a mailbox: a real night judges, and the mail prints what the record says."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from bpo.models import User
from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.results import Batch, CountResult
from metrics.models.verdicts import Verdict
from metrics.services.nights import run_night
from reports.models import Message
from reports.tests.conftest import World
from tests.support.tampering import as_owner

NOVEMBER = date(2025, 11, 1)
DAY = timedelta(days=1)


def report(world: World, reference: str, numerator: str, denominator: str, at: datetime) -> None:
    contract = world.cast.contracts[reference]
    batch = Batch.objects.create(
        vendor=contract.vendor, channel=Batch.Channel.API, media_type="application/json", received_at=at,
        rows_received=1, rows_new=1, rows_superseded=0, rows_unchanged=0, sha256="0" * 64,
    )  # fmt: skip
    CountResult.objects.create(
        feed=world.cast.feeds[f"{reference}/QUALITY"], key=f"{NOVEMBER - DAY:%Y-%m}", batch=batch,
        starts_on=date(2025, 10, 1), ends_on=NOVEMBER, numerator=Decimal(numerator), denominator=Decimal(denominator),
    )  # fmt: skip


@pytest.fixture
def after_the_night(world: World) -> World:
    """October is reported for two contracts; the night of Monday 3 November judged it."""
    User.objects.filter(pk=world.vendor.pk).update(zone="Europe/Berlin")
    Feed.objects.update(starts_on=date(2025, 10, 1))
    reported_at = datetime(2025, 11, 2, 9, tzinfo=UTC)
    report(world, "A-1", "2678", "3000", reported_at)
    report(world, "A-2", "2981", "3000", reported_at)
    run_night(zone="Europe/Berlin", local_date=date(2025, 11, 3), now=datetime(2025, 11, 3, 1, tzinfo=UTC))
    return world


def october_mail(world: World, person: User) -> Message:
    edition = world.morning(person, date(2025, 11, 3))
    assert edition.message
    return edition.message


def test_the_breach_that_the_night_found_is_in_the_mail_with_the_verdicts_own_strings(after_the_night: World) -> None:
    breach = Breach.objects.get(service_level=after_the_night.level, starts_on=date(2025, 10, 1))

    message = october_mail(after_the_night, after_the_night.manager)

    assert breach.public_id in message.text
    assert breach.verdict.display == "89.3\u00a0%"
    assert "89.3 %, minimum ≥ 90.0 %" in message.text
    assert "Counted: 2,678 of 3,000" in message.text
    assert "Cause due Mon 10 Nov 2025, 17:00 (Europe/Berlin)" in message.text


def test_the_mail_prints_what_the_breach_page_prints(after_the_night: World, client: Client) -> None:
    breach = Breach.objects.get(service_level=after_the_night.level, starts_on=date(2025, 10, 1))
    message = october_mail(after_the_night, after_the_night.manager)
    client.force_login(after_the_night.manager)

    page = client.get(f"/breaches/{breach.public_id}").content.decode()

    for printed in (breach.verdict.display, "≥\u00a090.0\u00a0%"):
        assert printed in message.html
        assert printed in page


def test_every_page_that_the_mail_links_to_opens_for_its_reader(after_the_night: World, client: Client) -> None:
    for person in (after_the_night.manager, after_the_night.vendor):
        message = october_mail(after_the_night, person)
        client.force_login(person)
        paths = {
            line.strip().removeprefix("http://127.0.0.1:8000") for line in message.text.splitlines() if "://" in line
        }

        assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_following_every_link_of_a_mail_changes_no_row(after_the_night: World, client: Client) -> None:
    message = october_mail(after_the_night, after_the_night.manager)
    before = _everything()
    paths = {line.strip().removeprefix("http://127.0.0.1:8000") for line in message.text.splitlines() if "://" in line}

    for path in paths:
        client.get(path)
        client.head(path)

    assert _everything() == before


def _everything() -> list[tuple]:
    models = (User, Message, Breach, BreachEvent, Verdict)
    return [tuple(model.objects.order_by("pk").values_list()) for model in models]


def test_a_correction_that_lifts_the_breach_is_in_the_next_mail(after_the_night: World) -> None:
    october_mail(after_the_night, after_the_night.manager)
    with as_owner():
        CountResult.objects.filter(feed=after_the_night.level.feed).update(numerator=Decimal(2900))
    run_night(zone="Europe/Berlin", local_date=date(2025, 11, 4), now=datetime(2025, 11, 4, 1, tzinfo=UTC))

    message = after_the_night.morning(after_the_night.manager, date(2025, 11, 4)).message

    assert message.subject.startswith("No longer a breach: ACCURACY, October 2025")
    assert "89.3 → 96.7 %. No longer a breach." in message.text


def test_a_provisional_breach_is_told_again_only_when_it_becomes_final(after_the_night: World) -> None:
    subjects = [october_mail(after_the_night, after_the_night.manager).subject]
    for day in (4, 5):
        now = datetime(2025, 11, day, 1, tzinfo=UTC)
        run_night(zone="Europe/Berlin", local_date=now.date(), now=now)
        edition = after_the_night.morning(after_the_night.manager, now.date())
        subjects.append(edition.message.subject if edition.message else "")

    assert subjects == [
        "New breach: ACCURACY 89.3 % (minimum ≥ 90.0 %), Brightline – Mon 3 Nov",
        "Breach now final: ACCURACY, October 2025, Brightline – Tue 4 Nov",
        "",
    ]


def test_a_night_run_again_tells_nobody_anything(after_the_night: World) -> None:
    october_mail(after_the_night, after_the_night.manager)
    run_night(zone="Europe/Berlin", local_date=date(2025, 11, 3), now=datetime(2025, 11, 3, 7, tzinfo=UTC))

    assert after_the_night.morning(after_the_night.manager, date(2025, 11, 3)) is None
    assert Message.objects.count() == 1
