"""`desk.py watch`: each finished file of a folder is sent once, by a key or to an upload address, and moved."""

import os
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.utils import timezone

from api.cli import desk
from contracts.models.service_levels import Feed
from intake.models.imports import Import
from intake.upload_addresses import make_address, revoke_address
from metrics.models.results import Batch, CountResult
from tests.support.command_line import file

pytestmark = pytest.mark.any_database
HEADER = "period,numerator,denominator\n"


@pytest.fixture
def watched(line, monkeypatch):
    """Watches a folder once: gives the code, and the names in the folder, in sent/ and in refused/ without digests."""
    place = line.folder / "out"
    place.mkdir()

    def watch(*words: str) -> tuple[int, list[str], list[str], list[str]]:
        code, line.out, line.err = line("watch", str(place), "--every", "0", "--once", *words)
        return code, *(names(each) for each in (place, place / "sent", place / "refused"))

    line.place, line.watch = place, watch
    return line


def names(place: Path) -> list[str]:
    files = [each.name for each in place.glob("*") if each.is_file()]
    return sorted(name.partition("-")[2] or name for name in files)


@pytest.fixture
def address(watched, live_server, monkeypatch):
    """An upload address of QUALITY in the place of the key."""
    now, maker = timezone.now(), watched.cast.people["brightline-manager"]
    feed = Feed.objects.select_related("contract__vendor__organisation").get(code="QUALITY", contract__reference="A-1")
    made, token = make_address(
        feed=feed, name="watch", reading="", person=maker, expires_at=now + timedelta(days=1), now=now
    )
    monkeypatch.setenv("DESK_URL", f"{live_server.url}/api/v1/uploads/{made.public_id}/{token}")
    monkeypatch.delenv("DESK_KEY")
    return made


def test_a_finished_file_is_sent_and_moved_with_its_answer(watched, months):
    file(watched, f"feed,{HEADER}QUALITY,{months[0]},95,100\n", "out/october.csv")

    assert watched.watch() == (0, [], ["october.csv", "october.csv.txt"], [])
    (answer,) = (watched.place / "sent").glob("*.txt")
    assert answer.read_text() == f"1 rows: 1 new. Receipt {Batch.objects.get().public_id}.\n"


def test_a_refused_file_is_moved_with_what_is_wrong_and_the_others_go_on(watched, months):
    file(watched, f"feed,{HEADER}QUALTY,{months[0]},95,100\n", "out/a.csv")
    file(watched, f"feed,{HEADER}QUALITY,{months[0]},95,100\n", "out/b.csv")

    assert watched.watch() == (0, [], ["b.csv", "b.csv.txt"], ["a.csv", "a.csv.txt"])
    (answer,) = (watched.place / "refused").glob("*.txt")
    assert "Did you mean QUALITY?" in answer.read_text()


def test_the_same_content_is_sent_once_whatever_it_is_called(watched, months, monkeypatch):
    content = f"feed,{HEADER}QUALITY,{months[0]},95,100\n"
    file(watched, content, "out/october.csv")
    watched.watch()
    monkeypatch.setenv("DESK_URL", "http://127.0.0.1:1")
    file(watched, content, "out/again.csv")

    assert watched.watch() == (0, [], ["again.csv", "again.csv.txt", "october.csv", "october.csv.txt"], [])
    assert Batch.objects.count() == 1


@pytest.mark.parametrize("name", ["a.csv.part", ".a.csv", "~a.csv", "a.csv.TMP", "a.filepart"])
def test_what_is_called_unfinished_is_left_alone(watched, months, name):
    file(watched, f"feed,{HEADER}QUALITY,{months[0]},95,100\n", f"out/{name}")

    assert watched.watch() == (0, [name], [], [])


def test_a_file_that_still_changes_is_left_alone(watched, months, monkeypatch):
    path = watched.folder / file(watched, f"feed,{HEADER}QUALITY,{months[0]},95,100\n", "out/a.csv")
    looks = iter(range(1, 9))
    monkeypatch.setattr(desk.time, "sleep", lambda _seconds: os.utime(path, (0, next(looks))))

    assert watched.watch() == (0, ["a.csv"], [], [])


def test_a_desk_that_is_away_leaves_the_file_for_the_next_look(watched, months, monkeypatch, live_server):
    file(watched, f"feed,{HEADER}QUALITY,{months[0]},95,100\n", "out/a.csv")
    monkeypatch.setenv("DESK_URL", "http://127.0.0.1:1")
    assert watched.watch() == (0, ["a.csv"], [], [])
    monkeypatch.setenv("DESK_URL", live_server.url)

    assert watched.watch()[1:3] == ([], ["a.csv", "a.csv.txt"])


def test_a_refused_key_ends_with_3_and_moves_nothing(watched, months, monkeypatch):
    file(watched, f"feed,{HEADER}QUALITY,{months[0]},95,100\n", "out/a.csv")
    monkeypatch.setenv("DESK_KEY", "bpo_live_wrong")

    assert watched.watch() == (3, ["a.csv"], [], [])


def test_files_go_to_an_upload_address_without_a_key(address, watched, months):
    file(watched, f"{HEADER}{months[0]},95,100\n", "out/october.csv")

    assert watched.watch() == (0, [], ["october.csv", "october.csv.txt"], [])
    imported = Import.objects.get()
    assert (imported.address, imported.file_name, CountResult.objects.count()) == (address, "october.csv", 1)


def test_a_file_that_waits_for_a_person_is_sent_and_its_answer_says_where(address, watched):
    file(watched, "Monat,Gut,Gesamt\n2025-10,9,10\n", "out/october.csv")

    assert watched.watch() == (0, [], ["october.csv", "october.csv.txt"], [])
    (answer,) = (watched.place / "sent").glob("*.txt")
    assert f"/imports/{Import.objects.get().public_id}" in answer.read_text()
    assert watched("push", file(watched, "Monat,Gut,Gesamt\n2025-10,8,10\n", "november.csv"))[0] == 2


def test_a_revoked_upload_address_ends_with_3_and_moves_nothing(address, watched, months):
    revoke_address(address=address, person=watched.cast.people["brightline-manager"], now=timezone.now())
    file(watched, f"{HEADER}{months[0]},95,100\n", "out/october.csv")

    assert watched.watch() == (3, ["october.csv"], [], [])


class Lost(BaseHTTPRequestHandler):
    """Takes each file and dies before it answers."""

    keys: list[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.keys.append(self.headers["Idempotency-Key"])
        self.close_connection = True

    def log_message(self, *_words: object) -> None:
        """Says nothing."""


def test_a_lost_answer_is_asked_for_with_the_same_key_also_by_the_next_start(watched, months, monkeypatch):
    Lost.keys = []
    file(watched, f"feed,{HEADER}QUALITY,{months[0]},95,100\n", "out/a.csv")
    with HTTPServer(("127.0.0.1", 0), Lost) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("DESK_URL", f"http://127.0.0.1:{server.server_port}")
        assert [watched.watch()[1] for _ in range(2)] == [["a.csv"], ["a.csv"]]
        server.shutdown()

    assert len(Lost.keys) == 2 * desk.ATTEMPTS
    assert len(set(Lost.keys)) == 1
