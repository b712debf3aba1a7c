"""What the floors below the code cost: the triggers of what is only added to, and PostgreSQL's row-level security.

`python -m benchmarks.guards FILE` in the environment of a scratch database; writes the figures as JSON. Each work is
done turn by turn with and without them; what is counted is time of the processor.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import world as worlds  # noqa: E402
from benchmarks.evaluation import all_cells, forget_and_mark, judge_now  # noqa: E402
from benchmarks.figures import Figure, noted  # noqa: E402
from benchmarks.sending import JSON, POSTGRESQL, Rows, as_json  # noqa: E402
from bpo import append_only, row_security  # noqa: E402
from bpo.models import Membership, Organisation, Role, User  # noqa: E402
from contracts.models.service_levels import Feed  # noqa: E402
from intake.receiving import receive  # noqa: E402

LEVELS = int(os.environ.get("BENCH_LEVELS", "1000")) // 10
ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
BATCH = int(os.environ.get("BENCH_BATCH", "10000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "9"))
READS = 10
ADDRESSES = ("/", "/service-levels", "/verdicts", "/api/v1/verdicts", "/api/v1/service-levels")
Work = Callable[[], object]


def by_turns(prepare: Callable[[], Work], switch: Callable[[bool], None]) -> tuple[float, float]:
    """What a work takes with something and without it: the least of several times, as others disturb least."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(ROUNDS + 1):
        for is_on in (True, False) if turn % 2 else (False, True):
            switch(is_on)
            once = processor_seconds(prepare())
            # The first turn finds everything cold.
            taken[is_on] += [once] if turn else []
    return min(taken[True]), min(taken[False])


def processor_seconds(run: Work) -> float:
    """What this process and its session of the database take of a processor, whoever else is busy on the machine."""
    before = time.process_time() + session_seconds()
    run()
    return time.process_time() + session_seconds() - before


def session_seconds() -> float:
    if not POSTGRESQL:
        return 0.0
    connection.ensure_connection()
    stat = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text(encoding="ascii")
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def switch_triggers(is_on: bool) -> None:
    (append_only.install if is_on else append_only.remove)(connection)


def triggers(world: worlds.World) -> Iterator[Figure]:
    """Results that are new and corrected, and verdicts: the tables whose triggers are asked most often."""
    rows, operator = Rows(world), User.objects.get(email="bench@example.com")

    def send(body: bytes) -> None:
        receive(
            principal=operator, vendor=world.vendor, body=body, media_type=JSON, channel="api", now=timezone.now()
        )  # fmt: skip

    def new_rows() -> Work:
        body = as_json(rows.new(BATCH))
        return lambda: send(body)

    def corrected_rows() -> Work:
        sent = rows.new(BATCH)
        send(as_json(sent))
        body = as_json([{**row, "value": f"1{row['value']}", "reason": "measured again"} for row in sent])
        return lambda: send(body)

    works = {
        f"{BATCH} new results taken in": new_rows,
        f"{BATCH} results corrected": corrected_rows,
        f"{len(all_cells())} cells judged anew": judged_anew,
    }
    for name, prepare in works.items():
        ours, reference = by_turns(prepare, switch_triggers)
        yield noted(f"triggers: {name}", "with the triggers", ours, "without them", reference)
    switch_triggers(True)


def judged_anew() -> Work:
    forget_and_mark(all_cells())
    return judge_now


def switch_row_security(is_on: bool) -> None:
    settings.ROW_SECURITY = is_on


def row_level_security() -> Iterator[Figure]:
    """What a client's manager reads, page by page."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {connection.ops.quote_name(row_security.role_of(connection))} NOLOGIN")
    row_security.install(connection)
    reader = User.objects.create(email="reader@example.com", name="Reader")
    Membership.objects.create(
        user=reader, organisation=Organisation.objects.get(kind="client"), role=Role.CLIENT_MANAGER
    )
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(reader)
    for address in ADDRESSES:

        def read(address: str = address) -> None:
            for _ in range(READS):
                answer = client.get(address)
                assert answer.status_code == 200, answer.content[:500]

        ours, reference = by_turns(lambda read=read: read, switch_row_security)
        yield noted(f"row-level security: {READS} × {address}", "with it", ours, "without it", reference)


def main(target: Path) -> None:
    call_command("migrate", verbosity=0)
    User.objects.create(email="bench@example.com", name="Bench", is_operator_admin=True)
    world = worlds.build_world(LEVELS)
    Feed.objects.update(starts_on=worlds.FIRST_DAY)
    worlds.fill(world, ROWS)
    figures = list(triggers(world))
    if POSTGRESQL:
        figures += row_level_security()
    target.write_text(json.dumps([asdict(each) for each in figures]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
