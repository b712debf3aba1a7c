"""Many results in random order, corrected and repeated, by processes that are killed: the verdicts of one clean load.

STORM_RESULTS says how many; 100,000 is the promise, a run of all tests is content with fewer.
"""

import json
import os
import random
import signal
import subprocess
import sys
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone

from bpo.embedded import die_with_parent
from contracts.models.service_levels import Feed
from intake.receiving import receive
from metrics.models.breaches import Breach, BreachEvent
from metrics.models.results import ContactResult, SupersededResult
from metrics.models.verdicts import DirtyCell, LateArrival, Standing, Verdict
from metrics.services.judging import judge_all
from tests.storm.plan import batches, make_plan
from tests.support.databases import url_of_test_database
from tests.support.tampering import as_owner

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
RESULTS = int(os.environ.get("STORM_RESULTS", "1500"))
SENDERS, JUDGES, KILLS = 3, 2, 6
NUMBERS = ("service_level__code", "period_label", "status", "value", "numerator", "denominator", "cases", "display",
           "days", "working__facts__repeats", "inputs_sha256")  # fmt: skip


@pytest.fixture
def feed(cast):
    feed = cast.feed(cast.contracts["A-1"], "VOICE", Feed.Kind.CONTACTS)
    answered = {"of": "answered_in_time", "threshold_seconds": 20, "short_seconds": 5}
    repeats = {"repeats": [{"rule": "in_window", "count": 3, "window": 4, "clause": "§14.2"}]}
    cast.level(feed, "ANSWERED", aggregation="share_within", params=answered, rules=repeats)
    cast.level(feed, "DAILY", aggregation="share_within", params=answered, period="day")
    wait = {"direction": "lower", "expected": Decimal(30), "minimum": Decimal(50), "unit": "s"}
    percentile = {"of": "wait", "percentile": 90}
    cast.level(feed, "P90", aggregation="percentile", params=percentile, period="week", **wait)
    rolling = {"low_volume": {"rule": "rolling", "min_cases": 200, "periods": 3}}
    cast.level(feed, "ROLLING", aggregation="mean", params={"of": "wait"}, period="week", rules=rolling, **wait)
    return feed


class Storm:
    """Senders and judges as processes, some of which are killed and begun anew."""

    def __init__(self, folder, shares):
        self.folder = folder
        self.chance = random.Random(7)
        self.commands = {}
        for number, share in enumerate(shares):
            (folder / f"{number}.json").write_text(json.dumps(share))
            self.commands[f"sender {number}"] = ["send", folder / f"{number}.json", folder / f"{number}.ack"]
        self.commands |= {f"judge {number}": ["judge", folder / "stop"] for number in range(JUDGES)}
        self.running = {name: self.begin(name) for name in self.commands}
        self.kills = 0

    def begin(self, name):
        environment = os.environ | {"DATABASE_URL": url_of_test_database()}
        command = [sys.executable, "-m", "tests.storm.processes", *map(str, self.commands[name])]
        return subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, start_new_session=True, preexec_fn=die_with_parent
        )

    def senders(self):
        return [process for name, process in self.running.items() if name.startswith("sender")]

    def rage(self):
        """Until everything is sent; now and then somebody is killed in the middle of anything."""
        while any(process.poll() is None for process in self.senders()):
            self.wait_a_little()
            if self.kills < KILLS and any(self.folder.glob("*.ack")):
                self.kill_somebody()
        assert [process.returncode for process in self.senders()] == [0] * SENDERS

    def wait_a_little(self):
        try:
            next(process for process in self.senders() if process.poll() is None).wait(self.chance.random())
        except (subprocess.TimeoutExpired, StopIteration):
            return

    def kill_somebody(self):
        name = self.chance.choice([name for name, process in self.running.items() if process.poll() is None])
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()
        self.kills += 1
        self.running[name] = self.begin(name)

    def calm(self):
        (self.folder / "stop").touch()
        for process in self.running.values():
            process.wait(60)


def said():
    """What all current verdicts say, without those of other feeds."""
    return {row[:2]: row for row in Verdict.objects.current().order_by("pk").values_list(*NUMBERS)}


def end_of_storm():
    """Leases of the killed end, and what they left is judged."""
    DirtyCell.objects.update(claim="", claimed_at=None)
    judge_all(now=timezone.now())
    assert not DirtyCell.objects.exists()


def forget_everything():
    with as_owner():
        for table in (BreachEvent, Breach, Standing, LateArrival, Verdict, DirtyCell, SupersededResult, ContactResult):
            table.objects.all().delete()


def load_cleanly(cast, rows):
    for batch in batches(rows):
        receive(
            principal=cast.people["brightline-manager"], vendor=cast.vendors["Brightline"],
            body=json.dumps(batch).encode(), media_type="application/json", channel="api", now=timezone.now(),
        )  # fmt: skip
    judge_all(now=timezone.now())


def test_a_storm_with_killed_processes_ends_as_one_clean_load(cast, feed, tmp_path):
    plan = make_plan(RESULTS, contract=feed.contract.public_id, senders=SENDERS, seed=3)
    storm = Storm(tmp_path, plan.shares)
    try:
        storm.rage()
    finally:
        storm.calm()
    end_of_storm()
    stormy = said()
    breaches = sorted(Breach.objects.exclude(state="withdrawn").values_list("service_level__code", "period_label"))

    assert storm.kills > 0
    assert ContactResult.objects.filter(feed=feed).count() == len(plan.left)
    assert SupersededResult.objects.filter(feed=feed).count() == plan.corrections

    forget_everything()
    load_cleanly(cast, plan.left)

    clean = said()
    emptied = {key: row for key, row in stormy.items() if key not in clean}
    assert {key: stormy[key] for key in clean} == clean
    # A day whose only results were moved elsewhere keeps a verdict that says so.
    assert {row[2] for row in emptied.values()} <= {"not_reported", "no_volume", "too_few"}
    assert breaches == sorted(Breach.objects.values_list("service_level__code", "period_label"))
