"""Every number of every mail equals the rows of the list to which it links, for each reader, now and a day later."""

import re
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from bpo.models import User
from breaches.services.excuse_groups import ask_excuses
from breaches.services.excuses import ask_excuse
from breaches.services.muting import mute_breach
from breaches.services.transitions import BreachAct, act_on_breach
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed
from metrics.models.breaches import Breach
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict
from metrics.services.nights import latest_night
from reports.models import Message
from reports.readers import make_reader
from reports.selecting.digest import UpcomingDates
from reports.services.queueing import queue_digest
from tests.browser.conftest import fill
from tests.builders import make_breach, make_night, make_standing, make_verdict
from tests.edges.test_missing_data import read, rows_behind
from tests.support.cast import build_cast
from tests.support.page_counters import LOOKS_COUNTED

Status = Verdict.Status
# A Wednesday, 06:30 in Berlin; in Manila it is 13:30 and in New York half past midnight.
pytestmark = pytest.mark.any_database
MORNING = datetime(2025, 11, 5, 5, 30, tzinfo=UTC)
DAY = timedelta(days=1)
READERS = (
    "acme-admin", "acme-manager", "zenith-manager", "brightline-manager", "brightline-reporter", "cobalt-manager",
    "delta-manager",
)  # fmt: skip
ADDRESS = r"https?://[^/\s\"]+(/[^\s\"]*)"


@pytest.fixture
def morning():
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture(scope="module")
def built(module_database):
    with time_machine.travel(MORNING, tick=False):
        return make_news(fill(build_cast()))


@pytest.fixture
def db(put_back):
    """The module's world, as it was."""


@pytest.fixture
def mornings(morning, built, db):
    return deepcopy(built)


def make_news(world):
    """The world after a night in which something of every kind of news happened, with more than ten new breaches."""
    for zone in ("Europe/Berlin", "America/New_York"):
        if not Run.objects.filter(zone=zone, local_date=latest_night(zone, MORNING)).exists():
            make_night(zone, on=latest_night(zone, MORNING))
    Feed.objects.update(starts_on=date(2025, 8, 1))
    for reference in ("A-1", "A-2", "Z-1"):
        feed = world.feeds[f"{reference}/QUALITY"]
        for number in range(6):
            level = world.level(feed, f"MORE_{number}")
            make_breach(make_verdict(level, date(2025, 10, 1), Status.BREACH))
        silent = world.level(feed, "SILENT")
        make_verdict(silent, date(2025, 9, 1), Status.NOT_REPORTED, value=None, display="")
        make_verdict(silent, date(2025, 10, 1), Status.NOT_REPORTED, value=None, display="")
        better = world.level(feed, "BETTER")
        make_verdict(better, date(2025, 9, 1), Status.BREACH)
        make_verdict(better, date(2025, 10, 1), Status.MET, revision=2, reason="Two days were late.")
        make_standing(better)
        risky = world.level(feed, "RISKY")
        make_verdict(risky, date(2025, 11, 1), Status.AT_RISK, judged_at=MORNING - 3 * DAY)
        make_standing(risky)
    Contract.objects.update(ends_on=date(2025, 11, 20))
    talk(world)
    return world


def talk(world):
    """What people did since the mails of the day before."""
    for client, vendor in (("acme", "brightline"), ("acme", "cobalt"), ("zenith", "delta")):
        manager, person = world.people[f"{client}-manager"], world.people[f"{vendor}-manager"]
        breaches = list(Breach.objects.visible_to(person).open().order_by("pk"))
        for breach in breaches[:3]:
            given = {"cause_kind": "staffing", "cause": "Two were ill.", "action": "Two were hired."}
            act_on_breach(breach=breach, by=person, act=BreachAct.ANSWER, now=MORNING - 8 * timedelta(hours=1), **given)
        for act in (BreachAct.AGREE, BreachAct.ACCEPT):
            act_on_breach(breach=breaches[0], by=manager, act=act, now=MORNING - timedelta(hours=2), reason="Good.")
        for reader in (world.people[f"{client}-admin"], person):
            mute_breach(breach=breaches[-1], reader=reader, now=MORNING - DAY)
        levels = [breach.service_level for breach in breaches]
        asked = {"starts_on": date(2025, 10, 6), "ends_on": date(2025, 10, 8), "now": MORNING - 3 * timedelta(hours=1)}
        ask_excuse(service_level=levels[0], reason="The portal was down.", asked_by=person, **asked)
        several = list({level.pk: level for level in levels if level.code.startswith("MORE")}.values())
        ask_excuses(service_levels=several[:3], reason="The line was cut.", asked_by=person, **asked)


def mail_to(world, name, day=date(2025, 11, 5)):
    reader = make_reader(User.objects.get(pk=world.people[name].pk), day)
    edition = queue_digest(reader=reader, upcoming=UpcomingDates(), now=timezone.now())
    assert edition.message, "no mail"
    return edition.message


def numbers_of(message):
    """Each number of the two parts of a mail with its link: of sections, of what is not shown, and of the foot."""
    text = [
        *re.findall(rf"^[^\n]+ \((\d+)\)\n-+\n{ADDRESS}$", message.text, re.MULTILINE),
        *re.findall(rf"^(?:All )?(\d+)(?: [^\n]+|:)\n{ADDRESS}$", message.text, re.MULTILINE),
    ]
    links = re.findall(rf'<a href="{ADDRESS}">([^<]*)</a>', unescape(message.html))
    counted = [(re.search(r"\((\d+)\)$|^(?:All )?(\d+)(?= |$)", words), url) for url, words in links]
    html = [(found[1] or found[2], url) for found, url in counted if found]
    assert sorted(text) == sorted(html)
    return [(int(number), url) for number, url in text]


def rows_behind_all(reader, found):
    return {url: rows_behind(reader, url) for _number, url in found}


@pytest.mark.parametrize("name", READERS)
def test_every_number_of_a_mail_equals_the_rows_behind_its_link(mornings, name):
    message, reader = mail_to(mornings, name), mornings.people[name]

    found = numbers_of(message)

    assert len(found) >= 7
    assert {url: number for number, url in found} == rows_behind_all(reader, found)
    # The numbers of the subject and of the first sentence are those of the sections.
    counted = [int(number) for number in re.findall(r"\d+(?= )", message.text.split(" since ")[0])]
    assert set(counted) <= {number for number, _url in found}
    numbers = {number for number, _url in found}
    looks = [words[0] for words in LOOKS_COUNTED.finditer(message.text) if words[0][0].isdigit()]
    assert [words for words in looks if int(words.split()[0]) not in numbers] == []
    subject = re.match(r"(?:You owe \w+ )?(\d+)", message.subject)
    assert int(subject[1]) == counted[0]


@pytest.mark.parametrize("name", ["acme-manager", "brightline-reporter"])
def test_a_day_later_the_links_of_a_mail_show_the_same_rows(mornings, morning, name):
    message, reader = mail_to(mornings, name), mornings.people[name]
    found = [entry for entry in numbers_of(message) if "mail=ML-" in entry[1]]
    assert len(found) >= 6
    for breach in Breach.objects.open():
        Breach.objects.filter(pk=breach.pk).update(state=Breach.State.WITHDRAWN)
    level = mornings.levels["A-1/SILENT"]
    level.verdicts.update(is_current=False)
    make_verdict(level, date(2025, 10, 1), Status.MET, revision=2)
    make_breach(make_verdict(mornings.level(level.feed, "LATER"), date(2025, 10, 1), Status.BREACH))
    morning.move_to(MORNING + DAY)

    assert {url: number for number, url in found} == rows_behind_all(reader, found)


def test_who_has_another_persons_link_sees_what_is_theirs_of_it(mornings):
    found = numbers_of(mail_to(mornings, "acme-manager"))
    number, url = next(entry for entry in found if entry[1].startswith("/breaches"))

    assert rows_behind(mornings.people["acme-viewer"], url) == number
    assert rows_behind(mornings.people["cobalt-manager"], url) == number // 2
    assert rows_behind(mornings.people["zenith-manager"], url) == 0


def test_the_api_and_the_file_have_the_rows_of_a_mail_too(mornings):
    browser = Client()
    browser.force_login(mornings.people["acme-manager"])
    for number, url in numbers_of(mail_to(mornings, "acme-manager")):
        if "mail=ML-" in url:
            assert browser.get(f"/api/v1{url}".replace("tab=all&", "")).json()["count"] == number
            assert len(browser.get(f"{url}&format=csv").getvalue().decode().strip().splitlines()) == number + 1


def test_a_name_that_no_mail_has_is_refused(mornings):
    browser = Client()
    browser.force_login(mornings.people["acme-manager"])

    assert browser.get("/api/v1/breaches?mail=ML-00000").status_code == 400
    assert "was ignored" in browser.get("/breaches?mail=%00").content.decode()


def test_excuses_that_were_asked_for_together_are_named_once(mornings):
    text = mail_to(mornings, "acme-manager").text
    section = text[text.index("EXCUSES WAITING FOR YOU (8)") : text.index("ANSWERS WAITING")]

    assert section.count("Service levels: MORE 0, MORE 1, MORE 2") == 2
    assert len(re.findall(r"^\[/\] EG-", section, re.MULTILINE)) == 2
    assert len(re.findall(r"^\[/\] EX-", section, re.MULTILINE)) == 2


@pytest.mark.parametrize("name", ["operator", "acme-manager", "cobalt-manager"])
def test_the_failures_of_a_night_are_those_of_its_page(mornings, name):
    run = Run.objects.get(zone="Europe/Berlin", local_date=date(2025, 11, 5))
    levels = [level for key, level in mornings.levels.items() if key.startswith(("A-1/MORE", "A-2/"))]
    run.failures = [{"service_level": level.public_id, "period": "2025-10", "error": "no limit"} for level in levels]
    run.failures.append({"service_level": "SL-00000", "period": "2025-10", "error": "it is gone"})
    run.state = Run.State.FAILED
    run.save()
    mornings.people["operator"] = mornings.operator

    message = mail_to(mornings, name)

    number, url = re.search(rf"^(\d+) failures\n{ADDRESS}$", message.text, re.MULTILINE).groups()
    page = read(mornings.people[name], url)
    listed = page[page.index('id="h-failures"') : page.index('id="h-events"')]
    assert int(number) == listed.count("<li>") > 5
    every = re.search(rf'<a href="{ADDRESS}">All (\d+)</a>', message.html)
    assert not every or (every[1], every[2]) == (url, number)


@pytest.mark.parametrize("name", ["acme-admin", "brightline-manager", "zenith-manager"])
def test_every_number_of_the_weekly_check_equals_the_rows_behind_its_link(mornings, morning, name):
    # Everything is named in the mails of two mornings, and answered, so that the Monday after has nothing new.
    mail_to(mornings, name)
    Breach.objects.open().update(state=Breach.State.CAUSE)
    Contract.objects.update(ends_on=None)
    for day in (17, 24):
        morning.move_to(MORNING + (day - 5) * DAY)
        for zone in ("Europe/Berlin", "America/New_York"):
            make_night(zone, on=latest_night(zone, timezone.now()))
        message = mail_to(mornings, name, date(2025, 11, day))

    assert "weekly check" in message.subject
    found = numbers_of(message)
    assert len(found) >= 4
    assert {url: number for number, url in found} == rows_behind_all(mornings.people[name], found)
    assert int(re.search(r"(\d+) breach(?:es)? open", message.subject)[1]) in {number for number, _url in found}


def test_a_reminder_counts_the_rows_behind_its_link(mornings):
    browser = Client()
    browser.force_login(mornings.people["acme-manager"])
    browser.post("/data/remind")
    for name in ("brightline-manager", "cobalt-reporter"):
        reader = mornings.people[name]
        message = Message.objects.get(recipient=reader)
        number = int(re.match(r"\d+", message.subject)[0])
        url = re.search(rf"{ADDRESS.replace('(/', '(/data')}$", message.text, re.MULTILINE)[1]

        assert number == rows_behind(reader, url) > 1
