"""The first page: what it counts is what it links to, and what it says is what happened."""

import random
from datetime import date

import pytest

from bpo.models import Role
from breaches.services.excuse_groups import ask_excuses
from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach
from metrics.models.verdicts import Verdict
from metrics.tests.worlds import month, receive
from tests.builders import NOW, make_breach, make_history, make_night, make_standing, make_verdict

pytestmark = pytest.mark.any_database
Status = Verdict.Status
SIDES = ["acme-manager", "acme-viewer", "brightline-manager", "cobalt-manager", "zenith-admin", "operator"]


def shake(cast, seed: int) -> None:
    """Months, breaches and open periods by chance, on every contract."""
    chance = random.Random(seed)
    for level in cast.levels.values():
        statuses = chance.choices([Status.MET, Status.BREACH, Status.NOT_REPORTED, Status.BELOW_EXPECTED], k=5)
        make_history(level, *statuses, last=date(2025, 10, 1))
        make_verdict(level, date(2025, 11, 1), chance.choice([Status.ON_TRACK, Status.AT_RISK, Status.ALREADY_LOST]))
        make_standing(level)
    for breach in Breach.objects.all():
        breach.state = chance.choice(Breach.State.values)
        breach.acknowledged_at = chance.choice([None, NOW])
        breach.save()


@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("seed", range(3))
def test_every_counter_links_to_exactly_the_rows_it_counts(signed_in, cast, name, seed):
    shake(cast, seed)
    client = signed_in(name)

    for counter in client.get("/").context["overview"].counters:
        assert client.get(counter.url).context["page"].paginator.count == counter.number, counter.word


def test_the_headline_says_what_is_new_and_since_when(signed_in, cast):
    make_night(on=date(2025, 11, 4))
    make_night(on=date(2025, 11, 5))
    make_history(cast.levels["A-1/ACCURACY"], Status.BREACH)
    make_history(cast.levels["A-2/ACCURACY"], Status.BREACH, Status.MET)
    Feed.objects.update(starts_on=date(2025, 11, 1))

    page = signed_in("acme-manager").get("/")

    assert page.context["overview"].headline == "2 new breaches, 1 recovered, 0 reports missing"
    assert page.context["overview"].compared_with == "since Tue 4 Nov 2025, 02:00 (Europe/Berlin)"
    assert "<title>2 new breaches – Overview – Acme – BPO desk</title>" in page.content.decode()


def test_a_quiet_night_is_said(signed_in, cast):
    make_night()
    Feed.objects.update(starts_on=date(2025, 11, 1))

    assert "No change" in signed_in("acme-manager").get("/").content.decode()


def test_a_night_that_did_not_run_is_said_on_top(signed_in, cast):
    make_night(on=date(2025, 11, 3))

    assert "The last run for Europe/Berlin has not finished" in signed_in("acme-manager").get("/").content.decode()


def test_a_client_sees_nothing_of_another_client(signed_in, cast):
    shake(cast, 1)

    text = signed_in("zenith-manager").get("/?show=all").content.decode()

    assert "Acme" not in text
    assert "Brightline" not in text
    assert cast.levels["A-1/ACCURACY"].public_id not in text


def test_a_vendor_sees_what_it_owes_and_nothing_of_its_rival(signed_in, cast):
    make_history(cast.levels["A-1/ACCURACY"], Status.BREACH)
    make_history(cast.levels["A-2/ACCURACY"], Status.BREACH)
    own, rival = Breach.objects.order_by("service_level__contract__reference")

    text = signed_in("brightline-manager").get("/").content.decode()

    assert own.public_id in text
    assert rival.public_id not in text
    assert "Cobalt" not in text


def test_a_vendor_is_told_which_report_is_due(signed_in, cast):
    Feed.objects.update(starts_on=date(2025, 10, 1))

    owed = signed_in("brightline-manager").get("/").context["overview"].owed

    assert [(report.feed.code, report.period, report.due_on) for report, _levels in owed] == [
        ("QUALITY", "October 2025", date(2025, 11, 3))
    ]
    assert owed[0][0].state == "late"
    assert owed[0][1] == [cast.levels["A-1/ACCURACY"]]


def test_a_report_that_came_is_not_owed(signed_in, cast):
    Feed.objects.update(starts_on=date(2025, 10, 1))
    receive(cast.levels["A-1/ACCURACY"].feed, [month(date(2025, 10, 1), 95, 100)])

    assert signed_in("brightline-manager").get("/").context["overview"].owed == []


def test_overdue_comes_before_what_is_due_later(signed_in, cast):
    late = make_breach(make_verdict(cast.levels["A-2/ACCURACY"], date(2025, 9, 1), Status.BREACH), answer_due_at=NOW)
    make_breach(make_verdict(cast.levels["A-1/ACCURACY"], date(2025, 9, 1), Status.BREACH))

    waiting = signed_in("acme-manager").get("/").context["overview"].waiting

    assert waiting[0].breach == late


def test_an_excuse_for_several_levels_is_named_once_with_their_number(signed_in, cast):
    more = [cast.level(cast.feeds["A-1/QUALITY"], f"MORE_{number}") for number in range(2)]
    asked = {"reason": "Flood.", "asked_by": cast.people["brightline-manager"], "now": NOW}
    days = {"starts_on": date(2025, 10, 6), "ends_on": date(2025, 10, 7)}
    group = ask_excuses(service_levels=[cast.levels["A-1/ACCURACY"], *more], **asked, **days)[0][0].group

    page = signed_in("acme-manager").get("/")

    assert page.content.decode().count(f'group={group}" data-counter>3 service levels</a>') == 1
    assert len(page.context["overview"].excuses) == 1


def test_dates_to_act_by_are_shown_with_the_next_one_first(signed_in, cast):
    contract = cast.contracts["A-1"]
    contract.ends_on, contract.notice_length = date(2025, 12, 31), 30
    contract.save()

    dates = signed_in("acme-manager").get("/").context["overview"].dates

    assert [(found.on, found.text) for found in dates] == [
        (date(2025, 11, 30), "Last day of notice"),
        (date(2025, 12, 31), "Contract has ended"),
    ]


def test_only_people_of_several_organisations_get_a_switcher(signed_in, cast):
    assert 'name="organisation"' not in signed_in("acme-manager").get("/").content.decode()


def test_switching_shows_the_other_organisation_alone(signed_in, cast):
    both = cast.person("both", cast.clients["Acme"].organisation, Role.CLIENT_MANAGER)
    zenith = cast.clients["Zenith"].organisation
    both.memberships.create(organisation=zenith, role=Role.CLIENT_VIEWER)
    client = signed_in("both")
    assert client.get("/").context["viewpoint"].organisation.name == "Acme"

    client.post("/organisation", {"organisation": zenith.public_id})

    assert {level.contract.reference for level in _levels(client)} == {"Z-1"}


def test_nobody_switches_to_an_organisation_that_is_not_theirs(signed_in, cast):
    client = signed_in("acme-manager")

    client.post("/organisation", {"organisation": cast.clients["Zenith"].organisation.public_id})

    assert {level.contract.reference for level in _levels(client)} == {"A-1", "A-2"}


def _levels(client):
    return [row.level for row in client.get("/service-levels").context["table"].rows]
