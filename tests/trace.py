"""Which modules control passes through: from one posted result to its row, from a claimed work item to its verdict.

    python -m tests.trace          the figures, and the modules in the order in which control enters them
    python -m tests.trace --calls  the same with each function that is entered

*Counted* are the modules of the domain: every package of the product except `bpo` (the platform: middleware, fields),
`vendors` (who the caller is) and `sla` (pure functions). Django and libraries do not count, tests neither.

- **modules**: how many different counted modules start at least one function.
- **returns**: how often a counted module that was entered before is called again from another counted module. Coming
  back from a call is none, a generator that goes on is none, and calls within one module are none.

The first walk is `POST /api/v1/results` with one contact, from the request until the INSERT of its row. The second is
the worker's task, from the UPDATE that claims one work item (a month of a share answered in time, its verdict met)
until the DELETE that takes it off the queue in the transaction that wrote its verdict. The service level has a verdict
of the month before, and a row of the same instant was sent to another feed before, so that caches are filled. It runs
on SQLite; PostgreSQL walks the same.

At commit 974a565 they are 16 modules and 15 returns, and 22 modules and 61 returns. Issue 8 asks for at most eight
modules with at most four returns, and at most twelve modules.
"""

import argparse
import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from inspect import CO_GENERATOR
from pathlib import Path
from types import FrameType
from typing import Any

from tests.support import environment

os.environ.pop("TEST_DATABASE_URL", None)
environment.prepare()

from django.apps import apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from bpo.celery import app  # noqa: E402
from tests.support import template  # noqa: E402
from tests.support.cast import build_cast  # noqa: E402
from vendors.keys import issue_key  # noqa: E402

ROOT = Path.cwd()
NOT_COUNTED = {"benchmarks", "bpo", "sla", "tests", "vendors"}
FEEDS = ("OTHER", "VOICE")
# A work item is judged when nothing has changed in it for a moment.
UNCHANGED_SECONDS = 0.2
WORK_ITEM_FIELDS = {"claim", "generation", "dirty_since"}


@dataclass
class Walk:
    """The counted functions that control entered, with the module that each was called from."""

    steps: list[tuple[str | None, str, str]] = field(default_factory=list)

    @property
    def entries(self) -> list[tuple[str, str]]:
        """Steps that cross from one module into another."""
        return [(module, function) for caller, module, function in self.steps if caller != module]

    @property
    def modules(self) -> list[str]:
        """The modules, in the order in which control first entered them."""
        return list(dict.fromkeys(module for module, _ in self.entries))

    @property
    def returns(self) -> int:
        """How often a module was called from another one after it had been entered before."""
        return len(self.entries) - len(self.modules)


class Recorder:
    """Records a walk between two SQL statements that this thread executes; None for `start` means at once."""

    def __init__(self, *, start: re.Pattern[str] | None, end: re.Pattern[str]) -> None:
        self.start, self.end = start, end
        self.walk = Walk()
        self.is_on = start is None
        self.is_complete = False
        self._stack: list[str] = []

    def profile(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event not in ("call", "return") or (module := counted_module(frame.f_code.co_filename)) is None:
            return
        if event == "return":
            if self._stack:
                self._stack.pop()
            return
        caller = self._stack[-1] if self._stack else None
        self._stack.append(module)
        if self.is_on and not is_resumed(frame):
            self.walk.steps.append((caller, module, frame.f_code.co_qualname))

    def execute(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict) -> Any:
        """Called by Django for each statement."""
        if self.is_on and self.end.match(sql):
            self.is_on, self.is_complete = False, True
        if not self.is_complete and not self.is_on and self.start and self.start.match(sql):
            self.is_on = True
            self.walk.steps.append((None, self._stack[-1], "(here the work item is claimed)"))
        return execute(sql, params, many, context)

    @contextmanager
    def recording(self):
        """Record what the block does; raises AssertionError where the last statement was not seen."""
        with connection.execute_wrapper(self.execute):
            sys.setprofile(self.profile)
            try:
                yield self.walk
            finally:
                sys.setprofile(None)
        if not self.is_complete:
            raise AssertionError(f"no statement matched {self.end.pattern}")


def counted_module(filename: str) -> str | None:
    """The dotted name of a counted module; None for every other file."""
    try:
        path = Path(filename).relative_to(ROOT)
    except ValueError:
        return None
    if path.parts[0].startswith(".") or path.parts[0] in NOT_COUNTED or "tests" in path.parts:
        return None
    return ".".join(path.with_suffix("").parts)


def is_resumed(frame: FrameType) -> bool:
    """Whether a generator goes on, rather than a function starts."""
    code = frame.f_code
    first = next((offset for offset, _, line in code.co_lines() if line is not None), 0)
    return bool(code.co_flags & CO_GENERATOR) and frame.f_lasti > first + 8


def table_with(*fields: str) -> str:
    """The table of the one model that has all these fields."""
    (model,) = (each for each in apps.get_models() if set(fields) <= {field.name for field in each._meta.get_fields()})
    return model._meta.db_table


class World:
    """A vendor with a key and two feeds of contacts, each with one monthly service level."""

    def __init__(self) -> None:
        for alias in settings.DATABASES:
            template.copy_or_migrate(alias)
        cast = build_cast()
        self.contract = cast.contracts["A-1"]
        for code in FEEDS:
            feed = cast.feed(self.contract, code, "contacts")
            params = {"of": "answered_in_time", "threshold_seconds": 20, "short_seconds": 5}
            cast.level(feed, f"ANSWERED_{code}", aggregation="share_within", params=params)
        made = timezone.now() - timedelta(days=1)
        self.secret = issue_key(
            vendor=self.contract.vendor, name="trace", scopes=["results:write"], actor=None, expires_at=None, now=made
        )[1]
        self.client = Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {self.secret}"})

    def post(self, feed: str, month: str) -> None:
        row = {
            "contract": self.contract.public_id,
            "feed": feed,
            "external_id": f"call-{month}",
            "occurred_at": f"{month}-03T10:00:00Z",
            "outcome": "answered",
            "wait_seconds": 5,
            "handle_seconds": 100,
        }
        answer = self.client.post("/api/v1/results", json.dumps(row), content_type="application/json")
        if answer.status_code != 201:
            raise AssertionError(f"{answer.status_code}: {answer.content.decode()}")

    def judge(self) -> None:
        """What a worker does when it is woken."""
        time.sleep(UNCHANGED_SECONDS)
        app.loader.import_default_modules()
        (name,) = (name for name in app.tasks if re.search(r"\.judge_\w+$", name))
        app.tasks[name]()


def walk_both() -> tuple[Walk, Walk]:
    """The walk of a posted result, and that of a claimed work item."""
    logging.disable(logging.CRITICAL)
    world = World()
    results, queue = table_with("wait_seconds", "handle_seconds", "feed"), table_with(*WORK_ITEM_FIELDS)
    world.post("OTHER", "2026-06")
    world.post("VOICE", "2026-05")
    world.judge()
    posting = Recorder(start=None, end=re.compile(rf'INSERT INTO "{results}"'))
    with posting.recording():
        world.post("VOICE", "2026-06")
    judging = Recorder(start=re.compile(rf'UPDATE "{queue}" SET .*"claim"'), end=re.compile(rf'DELETE FROM "{queue}"'))
    with judging.recording():
        world.judge()
    return posting.walk, judging.walk


def describe(title: str, walk: Walk, *, with_calls: bool) -> str:
    lines = [f"{title}: {len(walk.modules)} modules, {walk.returns} returns"]
    if not with_calls:
        return "\n".join([*lines, *(f"  {number:3} {name}" for number, name in enumerate(walk.modules, 1))])
    seen: set[str] = set()
    for module, function in walk.entries:
        lines.append(f"  {'again' if module in seen else '':5} {module}.{function}")
        seen.add(module)
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.trace", description=__doc__.splitlines()[0])
    parser.add_argument("--calls", action="store_true", help="name every function that is entered from another module")
    parser.add_argument("--json", action="store_true", help="the figures alone, as JSON")
    options = parser.parse_args(arguments)
    try:
        posting, judging = walk_both()
    finally:
        environment.forget()
    if options.json:
        figures = {name: [len(walk.modules), walk.returns] for name, walk in (("post", posting), ("judge", judging))}
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    for title, walk in (("One result, POST to row", posting), ("One claimed work item to its verdict", judging)):
        sys.stdout.write(describe(title, walk, with_calls=options.calls) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
