"""Every case of the corpus gets its status and has its effect, on the database that the tests run on."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

HERE = Path(__file__).parent
CASES = {"intake_cases.jsonl": 331, "more_cases.jsonl": 509}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_every_case_of_the_corpus_is_answered_as_it_should_be(name):
    command = [sys.executable, "-m", "tests.corpus", str(HERE / name), "--only", connection.vendor]
    replay = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=600, check=False)

    assert replay.stdout.splitlines()[-1:] == [f"{CASES[name]} passed, 0 failed"], (
        replay.stdout[-4000:] + replay.stderr[-2000:]
    )
