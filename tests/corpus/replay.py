"""`python -m tests.corpus.replay FILE…`: all cases of files, over real HTTP, on the database of DATABASE_URL.

Started by `python -m tests.corpus`, which sets the environment up; its last line is JSON for that.
"""

import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import django

django.setup()

from django.db import connection  # noqa: E402

from tests.corpus.cases import Case, read_cases  # noqa: E402
from tests.corpus.comparing import Replay  # noqa: E402
from tests.corpus.raw_requests import Site, raw_answer  # noqa: E402
from tests.corpus.servers import free_port, server  # noqa: E402
from tests.corpus.wire import Answer  # noqa: E402
from tests.corpus.world import build  # noqa: E402
from tests.support.template import copy_or_migrate  # noqa: E402

RATE_LIMIT = 60


def attempted(replay: Replay, case: Case, slow: Future[Answer] | None) -> list[str]:
    """What differs; a case that the runner itself cannot carry out differs too."""
    try:
        return replay.differences(case, slow=slow)
    except (OSError, LookupError, ValueError, TypeError) as error:
        return [f"the runner could not carry it out: {error!r}"]


def run(files: Sequence[Path]) -> int:
    """Replay files; say what differs."""
    copy_or_migrate("default")
    world = build()
    cases = [case for file in files for case in read_cases(file)]
    failed: list[str] = []
    with ExitStack() as stack:
        log = Path(os.environ["VAR_DIR"]) / "server.log"
        address = stack.enter_context(server(free_port(), writes_per_minute=1_000_000, log=log))
        limited = stack.enter_context(server(free_port(), writes_per_minute=RATE_LIMIT, log=log, workers=1))
        site = Site(address, limited, RATE_LIMIT, world.keys["A"], world.fresh_key)
        replay = Replay(world, site, cases)
        slow_ones = [case for case in cases if "byte per second" in (case.body_description or "")]
        # A dribbling client takes half a minute to be sent away; the others must not wait for it.
        with ThreadPoolExecutor(max(1, len(slow_ones))) as pool:
            waiting = {case.id: pool.submit(raw_answer, case.body_description, site) for case in slow_ones}
            for case in sorted(cases, key=lambda case: case.id in waiting):
                if told := attempted(replay, case, waiting.get(case.id)):
                    failed.append(case.id)
                    sys.stdout.write(f"{connection.vendor} {case.id}: {'; '.join(told)}\n")
                    sys.stdout.flush()
    sys.stdout.write(json.dumps({"cases": len(cases), "failed": failed}) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run([Path(name) for name in sys.argv[1:]]))
