"""`make upgrade-sample`: write the small demo world as the sample of the version that pyproject.toml names.

A release writes its sample once; the file is never changed after the release.
"""

import logging
import os
import sys
import tomllib
from pathlib import Path

import time_machine

from tests.support import environment

os.environ.pop("TEST_DATABASE_URL", None)
environment.prepare()

from metrics.models.verdicts import Verdict  # noqa: E402
from tests.compare_demo import NOW, build  # noqa: E402
from tests.upgrades.sample import write_sample  # noqa: E402

FOLDER = Path(__file__).parent
MOST_BYTES = 1_000_000


def main() -> None:
    logging.disable(logging.WARNING)
    version = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    path = FOLDER / f"{version}.json.gz"
    try:
        with time_machine.travel(NOW, tick=False):
            build(small=True)
        write_sample(path, version=version, final_verdicts=Verdict.objects.filter(is_final=True).count())
    finally:
        environment.forget()
    size = path.stat().st_size
    sys.stdout.write(f"{path.name}: {size:,} bytes\n")
    if size > MOST_BYTES:
        sys.exit(f"A sample may have at most {MOST_BYTES:,} bytes.")


if __name__ == "__main__":
    main()
