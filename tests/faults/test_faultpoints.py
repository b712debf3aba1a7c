"""Fault points do nothing until they are armed, then what they are told; every one of them is struck by a test."""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings as django_settings

from bpo.faultpoints import FaultStruck, faultpoint
from tests.faults.points import points_in_source
from tests.faults.sending import KEYED_CASES
from tests.faults.test_intake_killed import DECIDING
from tests.faults.test_work_killed import STRUCK as STRUCK_AT_WORK

HERE = "test.here"
PASS = f"import django; django.setup(); from bpo.faultpoints import faultpoint; faultpoint({HERE!r}); print('alive')"


def run(**environment: str) -> subprocess.CompletedProcess:
    told = os.environ | {"DJANGO_SETTINGS_MODULE": "bpo.settings"} | environment
    return subprocess.run(
        [sys.executable, "-c", PASS], cwd=django_settings.BASE_DIR, env=told, capture_output=True, check=False
    )


def test_every_point_is_struck_by_a_test():
    assert sorted(set(points_in_source())) == sorted(STRUCK_AT_WORK)


def test_every_place_has_a_name_of_its_own():
    """Where two places shared a name, one of them would never be struck."""
    names = points_in_source()

    assert [name for name in set(names) if names.count(name) > 1] == []


def test_intake_is_killed_at_more_than_twenty_places():
    assert len({place for _name, place in KEYED_CASES} | set(DECIDING)) > 20
    assert len(KEYED_CASES) > 40


@pytest.mark.parametrize("armed", ["", "test.elsewhere", "@/no/such/file"])
def test_a_point_that_is_not_named_does_nothing(settings, armed):
    settings.FAULTPOINT = armed

    faultpoint(HERE)


def test_a_named_point_fails_where_it_is_told_to(settings):
    settings.FAULTPOINT = f"{HERE}:raise"

    with pytest.raises(FaultStruck, match=HERE):
        faultpoint(HERE)


def test_a_file_may_name_the_point(settings, tmp_path):
    file = tmp_path / "armed"
    file.write_text(f"{HERE}:raise\n")
    settings.FAULTPOINT = f"@{file}"

    with pytest.raises(FaultStruck):
        faultpoint(HERE)


def test_a_named_point_kills_its_own_process():
    assert run(DESK_FAULTPOINT=HERE).returncode == -signal.SIGKILL


def test_without_the_variable_the_process_lives():
    assert run(DESK_FAULTPOINT="").stdout == b"alive\n"


def test_production_does_not_start_with_an_armed_point():
    refused = run(DESK_MODE="production", DESK_FAULTPOINT=HERE)

    assert refused.returncode == 1
    assert b"desk.E010" in refused.stderr
