"""Every case of the corpus gets its status and has its effect, on the database that the tests run on."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

FILE = Path(__file__).with_name("intake_cases.jsonl")


@pytest.mark.slow
def test_every_case_of_the_corpus_is_answered_as_it_should_be():
    command = [sys.executable, "-m", "tests.corpus", str(FILE), "--only", connection.vendor]
    replay = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=600, check=False)

    assert replay.stdout.splitlines()[-1:] == ["331 passed, 0 failed"], replay.stdout[-4000:] + replay.stderr[-2000:]
