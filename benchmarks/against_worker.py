"""Runs the tasks of `benchmarks.against` with the tree in which it is started: of this commit, or of 974a565.

It is a script and no module, so that it can be run with the code of another tree.
"""

import gc
import json
import sys
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import world as worlds  # noqa: E402
from contracts.models.service_levels import Feed  # noqa: E402
from vendors.keys import KeyPrincipal, issue_key  # noqa: E402

try:
    from intake.checking import check_rows
    from intake.deciding import NEW, Decision
    from intake.parsing import parse_body
    from intake.receiving import receive
    from intake.storing import digest
except ImportError:
    from metrics.intake.addresses import AddressBook
    from metrics.intake.quick.blocks import blocks_of, digest_of_blocks
    from metrics.intake.quick.sheets import read_sheet
    from metrics.intake.receiving import receive

ROWS = 10_000
JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
call_command("migrate", verbosity=0)
WORLD = worlds.build_world(8)
Feed.objects.update(starts_on=worlds.FIRST_DAY)
KEY, _secret = issue_key(
    vendor=WORLD.vendor, name="bench", scopes=["results:write"], actor=None, expires_at=None, now=timezone.now()
)
PRINCIPAL = KeyPrincipal(KEY)
NUMBERS = count()


def contacts(rows: int, **more: Any) -> list[dict[str, Any]]:
    """Ever new contacts."""
    numbers = [next(NUMBERS) for _ in range(rows)]
    return [
        {
            "feed": WORLD.contacts[0].code,
            "external_id": f"r{number}",
            "occurred_at": f"2025-12-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:00+01:00",
            "outcome": "answered" if number % 9 else "abandoned",
            "wait_seconds": f"{number % 1000 / 10:.1f}",
            "handle_seconds": str(number % 400),
            "queue": f"q{number % 7}",
            **more,
        }
        for number in numbers
    ]


def as_json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows).encode()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]).encode()


def as_ndjson(rows: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)


def read(body: bytes, media_type: str = JSON) -> int:
    """Read, check and digest a body that is right throughout. Digests differ by random ids; their length does not."""
    if "parse_body" in globals():
        sheet = parse_body(body, media_type)
        checked = check_rows(sheet, WORLD.vendor, PRINCIPAL, reason="", now=timezone.now())
        return len(digest([Decision(block, [NEW] * len(block.keys), []) for block in checked.blocks]))
    sheet = read_sheet(body, media_type)
    blocks = blocks_of(sheet, AddressBook(WORLD.vendor, PRINCIPAL), now=timezone.now())
    return len(digest_of_blocks(blocks, sheet.count))


def take_in(*bodies: bytes, **more: Any) -> list[Any]:
    """Receive bodies; what has to be the same in both trees."""
    answers = []
    for body in bodies:
        try:
            receipt = receive(
                principal=PRINCIPAL, vendor=WORLD.vendor, body=body, media_type=JSON, channel="api",
                now=timezone.now(), **more,
            )  # fmt: skip
            answers.append(receipt.as_json()["rows"])
        except Exception as error:  # noqa: BLE001 - of either tree
            answers.append(json.loads(json.dumps([error.code, error.more.get("rows"), len(json.dumps(error.more))])))
    return answers if len(answers) < 3 else [len(answers), answers[-1]]


def again() -> Callable[[], Any]:
    body = as_json(contacts(ROWS))
    take_in(body)
    return lambda: take_in(body)


def partly_known() -> Callable[[], Any]:
    rows = contacts(ROWS)
    take_in(as_json(rows[:5_000]))
    return lambda: take_in(as_json(rows))


def corrected() -> Callable[[], Any]:
    rows = contacts(ROWS)
    take_in(as_json(rows))
    return lambda: take_in(as_json([row | {"queue": "other", "reason": "recount"} for row in rows]))


def wrong(**cells: Callable[[int], Any]) -> Callable[[], Any]:
    rows = contacts(ROWS)
    body = as_json([row | {name: of(at) for name, of in cells.items()} for at, row in enumerate(rows)])
    return lambda: take_in(body)


def reading(media_type: str, write: Callable[[list[dict[str, Any]]], bytes], **more: Any) -> Callable[[], Any]:
    body = write(contacts(ROWS, **more))
    return lambda: read(body, media_type)


def storing() -> Callable[[], Any]:
    body = as_json(contacts(ROWS))
    return lambda: take_in(body)


def singles() -> Callable[[], Any]:
    bodies = [as_json(contacts(1)) for _ in range(200)]
    return lambda: take_in(*bodies)


def trying() -> Callable[[], Any]:
    body = as_json(contacts(1_000))
    return lambda: take_in(body, dry_run=True)


# Each makes its bodies, and gives what is then measured.
TASKS: dict[str, Callable[[], Callable[[], Any]]] = {
    "read 10,000 contacts of JSON": lambda: reading(JSON, as_json),
    "read 10,000 contacts of CSV": lambda: reading(CSV, as_csv),
    "read 10,000 contacts of NDJSON": lambda: reading(NDJSON, as_ndjson),
    "read 10,000 contacts with fractions of seconds": lambda: reading(
        JSON, as_json, occurred_at="2025-12-01T10:00:00.250+05:30"
    ),
    "refuse 10,000 rows with the same wrong cell": lambda: wrong(wait_seconds=lambda _at: "1,5"),
    "refuse 10,000 rows with wrong cells": lambda: wrong(wait_seconds=lambda at: f"{at},5", queue=lambda at: "x" * 81),
    "refuse 10,000 rows that break a rule": lambda: wrong(wait_seconds=lambda at: f"-{at}.5"),
    "refuse 10,000 rows with an unknown field": lambda: wrong(colour=lambda _at: "red"),
    "refuse 1 of 10,000 rows": lambda: wrong(wait_seconds=lambda at: "1,5" if at == 5_000 else "1.5"),
    "store 10,000 new rows": storing,
    "10,000 rows once more": again,
    "10,000 rows of which half are known": partly_known,
    "10,000 corrections": corrected,
    "200 single rows": singles,
    "a dry run of 1,000 rows": trying,
}


def main() -> None:
    # As the web server does: what stays for good is not searched for garbage again and again.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        task = line.strip()
        if not task:
            answer: Any = list(TASKS)
        else:
            run = TASKS[task]()
            began = time.process_time()
            result = run()
            answer = [time.process_time() - began, result]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
