"""Places at which a process kills itself: they do nothing until one is armed."""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings

from tests.faults.sending import KEYED_CASES
from tests.faults.test_intake_killed import DECIDING
from tests.faults.test_work_killed import JUDGING, NIGHTS, SENDING

HERE = "at HERE"
PASS = f"import django; django.setup(); from tests.faults.kills import kill_at; kill_at({HERE!r}); print('alive')"


def pass_here(armed: str, tmp_path) -> subprocess.CompletedProcess:
    """A process that comes to the place while the file names another, or this one."""
    file = tmp_path / "armed"
    file.write_text(armed)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "bpo.settings", "KILL_FILE": str(file)}
    return subprocess.run(
        [sys.executable, "-c", PASS], cwd=settings.BASE_DIR, env=environment, capture_output=True, check=False
    )


def test_work_and_intake_are_killed_at_more_than_thirty_places():
    intake = {place for _name, place in KEYED_CASES} | set(DECIDING)
    work = {*JUDGING, *NIGHTS, *SENDING}

    assert len(intake) > 20
    assert len(KEYED_CASES) > 40
    assert len(intake | work) > 30


@pytest.mark.parametrize("armed", ["", "at REPLY", f"{HERE} #2"])
def test_a_place_that_is_not_armed_does_nothing(tmp_path, armed):
    assert pass_here(armed, tmp_path).stdout == b"alive\n"


@pytest.mark.parametrize("armed", [HERE, f"{HERE} #1"])
def test_an_armed_place_kills_its_own_process(tmp_path, armed):
    assert pass_here(armed, tmp_path).returncode == -signal.SIGKILL
