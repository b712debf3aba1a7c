"""Every number that links to a list equals the rows of that list, for each reader of a world with every status."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from breaches.services.excuse_groups import ask_excuses
from breaches.services.transitions import BreachAct, act_on_breach
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict
from sla.periods import add_months
from tests.browser.conftest import world
from tests.builders import make_breach, make_night, make_standing, make_verdict
from tests.edges.test_missing_data import rows_behind

__all__ = ["world"]
Status = Verdict.Status
READERS = ("operator", "acme-admin", "acme-manager", "acme-viewer", "brightline-manager", "brightline-reporter",
           "cobalt-manager", "delta-manager")  # fmt: skip
# A link whose text has a number in bold or in the tally of the bar, or begins with one.
LINK = re.compile(r'<a href="(/[^"]*)"[^>]*>((?:(?!</a>).)*?)</a>', re.DOTALL)
NUMBER = re.compile(r'<strong>\s*(\d[\d,]*)\s*</strong>|class="tally">\s*(\d[\d,]*)|^\s*(?:All )?(\d[\d,]*)(?=\s|<|$)')
LISTS = ("/breaches", "/service-levels", "/data", "/excuses", "/contracts", "/vendors", "/verdicts")


def counters(reader, address):
    """The numbers of a page that lead to a list, each with its link."""
    browser = Client()
    browser.force_login(reader)
    answer = browser.get(address)
    assert answer.status_code in (200, 404), address
    text = unescape(answer.content.decode()) if answer.status_code == 200 else ""
    found = [(match.group(1), NUMBER.search(match.group(2))) for match in LINK.finditer(text)]
    return [
        (int((number[1] or number[2] or number[3]).replace(",", "")), url)
        for url, number in found
        if number and url.split("?")[0] in LISTS
    ]


def happen(world):
    """Breaches since the night before the last, one of them withdrawn, a recovery, excuses; and the world's runs."""
    now, last = timezone.now(), add_months(timezone.localdate().replace(day=1), -1)
    for run in (runs := list(Run.objects.all())):
        make_night(run.zone, on=run.local_date - timedelta(days=1))
        verdicts = Verdict.objects.filter(service_level__contract__zone=run.zone)
        verdicts.filter(starts_on__gte=add_months(last, -4)).update(run=run)
    for reference in ("A-1", "A-2", "Z-1"):
        feed = world.feeds[f"{reference}/QUALITY"]
        for number, status in enumerate((Status.BREACH, Status.BREACH, Status.MET, Status.NOT_REPORTED)):
            level = world.level(feed, f"NEW_{number}")
            make_verdict(level, add_months(last, -1), Status.BREACH)
            verdict = make_verdict(level, last, status, judged_at=now)
            if status == Status.BREACH:
                breach = make_breach(verdict, answer_due_at=now + timedelta(days=3))
            make_standing(level)
        BreachEvent.objects.create(breach=breach, at=now, kind=BreachEvent.Kind.WITHDRAWN, text="95 %.")
        Breach.objects.filter(pk=breach.pk).update(state=Breach.State.WITHDRAWN)
        person = world.people[{"A-1": "brightline", "A-2": "cobalt", "Z-1": "delta"}[reference] + "-manager"]
        levels = [world.levels[f"{reference}/NEW_{number}"] for number in range(3)]
        for day in range(1, 6):
            asked = {"starts_on": last + timedelta(days=day), "ends_on": last + timedelta(days=day + 1), "now": now}
            several = levels if day == 1 else levels[:1]
            ask_excuses(service_levels=several, reason="The line was cut.", asked_by=person, **asked)
    return runs


@pytest.mark.parametrize("name", READERS)
def test_every_number_equals_the_rows_behind_its_link(world, name):
    reader = world.operator if name == "operator" else world.people[name]
    vendor, client = world.people["brightline-manager"], world.people["acme-manager"]
    breaches = list(Breach.objects.visible_to(vendor).open().order_by("pk"))
    act_on_breach(breach=breaches[0], by=client, act=BreachAct.ACKNOWLEDGE, now=timezone.now())
    Breach.objects.filter(pk=breaches[0].pk).update(answer_due_at=timezone.now() + timedelta(days=3))
    given = {"cause_kind": "staffing", "cause": "Two were ill.", "action": "Two were hired."}
    act_on_breach(breach=breaches[1], by=vendor, act=BreachAct.ANSWER, now=timezone.now(), **given)
    runs = happen(world)
    pages = ["/", "/breaches", "/service-levels", "/data", "/excuses", "/vendors", "/contracts", "/runs"]
    pages += [f"/vendors/{vendor.public_id}" for vendor in world.vendors.values()]
    pages += [f"/runs/{run.local_date}/{run.zone}" for run in runs]

    found = {counter for page in pages for counter in counters(reader, page)}

    assert len(found) > 10
    assert {url.split("?")[0] for _number, url in found} >= {"/breaches", "/service-levels", "/data", "/verdicts"}
    assert {url: number for number, url in found} == {url: rows_behind(reader, url) for _number, url in found}
