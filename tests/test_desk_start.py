"""`make run` on an empty folder: an open desk whose demo world loads behind it, and a load that is killed."""

import os
import re
import signal
from dataclasses import dataclass

import pytest

from bpo.embedded import broker_answers, broker_socket
from demo.people import PASSPHRASE
from tests.support.running_desk import RunningDesk
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.broker]
START_SECONDS = 240


@dataclass
class Observations:
    """What was seen of a desk whose first load was killed, and of its second start."""

    sign_in_page: str
    page_with_people: str
    signed_in_at: str
    code_after_kill: int
    printed_first: str
    printed_second: str
    code_after_stop: int
    broker_is_up: bool


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Observations:
    folder, logs = tmp_path_factory.mktemp("var"), tmp_path_factory.mktemp("logs")
    desk = RunningDesk(folder, logs / "first")
    try:
        eventually(lambda: "demo world is loading" in desk.read("/accounts/login/"), within=START_SECONDS)
        page = desk.read("/accounts/login/")
        eventually(desk.has_people, within=START_SECONDS)
        page_with_people = desk.read("/accounts/login/")
        signed_in_at = desk.sign_in().removeprefix(desk.address)
        os.kill(desk.loader(), signal.SIGKILL)
        code_after_kill, printed_first = desk.process.wait(60), desk.printed()
        desk = RunningDesk(folder, logs / "second")
        eventually(lambda: "demo   | Loading" in desk.printed(), within=START_SECONDS)
        code = desk.end(signal.SIGINT)
    finally:
        desk.process.kill()
    broker_is_up = broker_answers(broker_socket(folder))
    pages = page, page_with_people
    return Observations(*pages, signed_in_at, code_after_kill, printed_first, desk.printed(), code, broker_is_up)


def test_the_sign_in_page_says_that_the_demo_world_is_loading(seen: Observations) -> None:
    assert "The demo world is loading." in seen.sign_in_page
    assert 'name="password"' in seen.sign_in_page


def test_people_can_sign_in_while_it_loads(seen: Observations) -> None:
    assert "You can sign in" in seen.page_with_people
    assert seen.signed_in_at == "/"


def test_the_address_and_the_sign_ins_are_printed_while_it_loads(seen: Observations) -> None:
    assert "The desk is open at http://127.0.0.1:" in seen.printed_first
    assert f"signs in with the passphrase: {PASSPHRASE}" in seen.printed_first
    assert "The demo world is loading; every page shows how far it is." in seen.printed_first


def test_neither_worker_nor_beat_runs_meanwhile(seen: Observations) -> None:
    assert not re.search(r"^(worker|beat|watch)", seen.printed_first, re.MULTILINE)


def test_a_load_that_is_killed_stops_the_desk_with_a_failure(seen: Observations) -> None:
    assert seen.code_after_kill == 1
    assert "demo failed (code -9); stopping everything." in seen.printed_first


def test_the_next_start_deletes_what_is_incomplete_and_loads_it_anew(seen: Observations) -> None:
    assert "The demo world is incomplete, because its load was stopped" in seen.printed_second


def test_ctrl_c_stops_everything_in_the_middle_of_a_load(seen: Observations) -> None:
    assert seen.code_after_stop == 0
    assert "Everything is stopped" in seen.printed_second
    assert not seen.broker_is_up
