"""Every case of the corpus gets its status and has its effect, on the database that the tests run on."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

HERE = Path(__file__).parent
CASES = 331 + 509


@pytest.mark.slow
@pytest.mark.django_db
def test_every_case_of_the_corpus_is_answered_as_it_should_be() -> None:
    files = [str(HERE / "intake_cases.jsonl"), str(HERE / "more_cases.jsonl")]
    command = [sys.executable, "-m", "tests.corpus", *files, "--only", connection.vendor]
    replay = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=600, check=False)

    assert replay.stdout.splitlines()[-1:] == [f"{CASES} passed, 0 failed"], (
        replay.stdout[-4000:] + replay.stderr[-2000:]
    )
