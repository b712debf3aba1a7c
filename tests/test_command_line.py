"""The vendors' command line against a live desk: what it says, and how it ends."""

import json
import re
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.utils import timezone

from api.cli import desk
from contracts.models.service_levels import Feed
from metrics.models.results import Batch, CountResult
from tests.support.command_line import file
from vendors.keys import revoke_key

pytestmark = pytest.mark.any_database
SCRIPT = Path(desk.__file__)
HEADER = "feed,period,numerator,denominator\n"


def test_checking_stores_nothing(line, months):
    code, out, _err = line("check", file(line, f"{HEADER}QUALITY,{months[0]},95,100\n"))

    first, verdict = out.splitlines()
    assert (code, first) == (0, "1 rows: 1 new. Nothing is stored.")
    assert re.fullmatch(rf"ACCURACY  {months[0]}  -  ->  met  95\.0\s%", verdict)
    assert not CountResult.objects.exists()


def test_pushing_stores_and_names_the_receipt(line, months):
    code, out, _err = line("push", file(line, f"{HEADER}QUALITY,{months[0]},95,100\n"))

    batch = Batch.objects.get()
    assert (code, out) == (0, f"1 rows: 1 new. Receipt {batch.public_id}.\n")
    assert batch.api_key == line.key


@pytest.mark.parametrize("name", ["rows.json", "rows.ndjson", "rows.jsonl"])
def test_other_forms_are_known_by_the_files_name(line, months, name):
    row = {"feed": "QUALITY", "period": months[0], "numerator": 95, "denominator": 100}

    assert line("push", file(line, json.dumps(row), name))[0] == 0


def test_wrong_rows_are_all_listed_and_end_with_2(line, months):
    text = f"{HEADER}QUALITY,{months[0]},101,100\nQUALTY,{months[1]},1,2\n"

    code, _out, err = line("push", file(line, text))

    assert code == 2
    assert err.splitlines() == [
        "line 2  numerator  101  Numerator 101 is larger than denominator 100. (numerator_exceeds_denominator)",
        "line 3  feed  QUALTY  There is no such feed. Did you mean QUALITY? (unknown_feed)",
        "2 of 2 rows are refused. Nothing was stored.",
    ]
    assert not Batch.objects.exists()


def test_a_part_is_stored_without_its_wrong_rows_and_ends_with_2_all_the_same(line, months):
    text = f"{HEADER}QUALITY,{months[0]},95,100\nQUALTY,{months[1]},1,2\n"

    code, out, err = line("push", "--partial", file(line, text))

    assert (code, out) == (2, f"2 rows: 1 new, 1 rejected. Receipt {Batch.objects.get().public_id}.\n")
    assert err.startswith("line 3  feed  QUALTY  There is no such feed.")
    assert CountResult.objects.get().numerator == 95


def test_a_part_that_is_whole_ends_well(line, months):
    assert line("push", "--partial", file(line, f"{HEADER}QUALITY,{months[0]},95,100\n"))[0] == 0


def test_a_part_of_which_no_row_is_good_is_refused(line, months):
    code, _out, err = line("push", "--partial", file(line, f"{HEADER}QUALTY,{months[0]},95,100\n"))

    assert code == 2
    assert err.endswith("Nothing was stored.\n")


def test_checking_a_part_says_what_pushing_it_would(line, months):
    text = f"{HEADER}QUALITY,{months[0]},95,100\nQUALTY,{months[1]},1,2\n"

    code, out, _err = line("check", "--partial", file(line, text))

    assert (code, out.splitlines()[0]) == (2, "2 rows: 1 new, 1 rejected. Nothing is stored.")


def test_rows_that_the_feed_holds_are_listed_and_stored_once_they_are_confirmed(line, months):
    Feed.objects.filter(code="QUALITY").update(hold_unlikely=True)
    rows = "".join(f"QUALITY,{months[0]},{each}\n" for each in ("North,95,100", "South,40,50", "Total,135,150"))
    held = file(line, f"feed,period,split,numerator,denominator\n{rows}")

    code, _out, err = line("push", held)
    confirmed, _out, named = line("push", held, "--confirm", "total_beside_parts")

    assert (code, confirmed, CountResult.objects.count()) == (2, 0, 3)
    assert err.startswith("row 3  QUALITY: “Total” of ")
    assert "confirm=total_beside_parts" in err
    assert named.startswith("row 3  QUALITY: “Total” of ")


def test_the_whole_and_a_part_of_one_file_are_two_requests(line, months, monkeypatch):
    name = file(line, f"{HEADER}QUALITY,{months[0]},95,100\n")
    monkeypatch.setenv("DESK_URL", "http://127.0.0.1:1")

    codes = [line("push", name)[0], line("push", "--partial", name)[0], line("push", name)[0]]

    assert codes == [4, 4, 4]
    assert len(json.loads((line.folder / "kept/pending.json").read_text())) == 2


def test_a_limit_that_is_reached_ends_with_4(line, months, settings):
    settings.API_WRITES_PER_MINUTE = 0
    desk_pause, desk.LONGEST_PAUSE = desk.LONGEST_PAUSE, 0.01
    try:
        code, _out, err = line("push", file(line, f"{HEADER}QUALITY,{months[0]},95,100\n"))
    finally:
        desk.LONGEST_PAUSE = desk_pause

    assert code == 4
    assert "0 writes a minute" in err


def test_a_correction_needs_its_reason(line, months):
    line("push", file(line, f"{HEADER}QUALITY,{months[0]},95,100\n"))
    again = file(line, f"{HEADER}QUALITY,{months[0]},94,100\n")

    assert line("push", again)[0] == 2
    assert line("push", again, "--reason", "recounted")[0] == 0
    assert CountResult.objects.get().numerator == 94


def test_a_refused_key_ends_with_3(line, months):
    revoke_key(key=line.key, actor=None, now=timezone.now())

    code, _out, err = line("push", file(line, f"{HEADER}QUALITY,{months[0]},95,100\n"))

    assert code == 3
    assert "A valid API key" in err
    assert line.secret not in err


def test_without_key_it_says_how_to_sign_in(line, monkeypatch):
    monkeypatch.delenv("DESK_KEY")

    code, _out, err = line("due")

    assert code == 3
    assert "login" in err


@pytest.mark.parametrize(
    "words", [("push", "no-such-file.csv"), ("push", "month.xls"), ("login", "http://desk.example.com")]
)
def test_what_is_used_wrongly_ends_with_1(line, words):
    file(line, "", "month.xls")

    assert line(*words)[0] == 1


def test_an_unknown_command_ends_with_1_too():
    done = subprocess.run([sys.executable, "-I", SCRIPT, "pull"], capture_output=True, check=False)

    assert done.returncode == 1


def test_a_desk_that_is_away_ends_with_4_and_the_same_key_is_kept(line, months, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    away = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("DESK_URL", away)
    name = file(line, f"{HEADER}QUALITY,{months[0]},95,100\n")

    first = line("push", name)[0]
    kept = json.loads((line.folder / "kept/pending.json").read_text())
    second = line("push", name)[0]

    assert (first, second) == (4, 4)
    assert json.loads((line.folder / "kept/pending.json").read_text()) == kept
    assert len(kept) == 1


class Stumbling(BaseHTTPRequestHandler):
    """Stores, as it were, and dies before it answers; the second time it answers."""

    seen: list[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(self.headers["Idempotency-Key"])
        if len(self.seen) == 1:
            self.close_connection = True
            return
        if len(self.seen) == 2:
            self.send_response(503)
            self.send_header("Retry-After", "0")
            self.end_headers()
            return
        body = json.dumps({"id": "RC-1", "rows": {"received": 1, "new": 1}}).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Says nothing."""


def test_a_request_that_fails_is_sent_again_with_the_same_key(line, monkeypatch):
    Stumbling.seen = []
    with HTTPServer(("127.0.0.1", 0), Stumbling) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("DESK_URL", f"http://127.0.0.1:{server.server_port}")
        code, out, _err = line("push", file(line, "a\n1\n"))
        server.shutdown()

    assert (code, out) == (0, "1 rows: 1 new. Receipt RC-1.\n")
    assert len(Stumbling.seen) == 3
    assert len(set(Stumbling.seen)) == 1


def test_what_is_owed_is_listed_with_its_id(line, months):
    _code, out, _err = line("due", "--all")

    assert re.search(rf"late +CT-[0-9A-Z]{{5}}\.QUALITY\.{months[1]}", out)


def test_the_log_lists_receipts(line, months):
    line("push", file(line, f"{HEADER}QUALITY,{months[0]},95,100\n"))

    code, out, _err = line("log")

    assert code == 0
    assert out.rstrip().endswith(f"{Batch.objects.get().public_id}  1 rows: 1 new")
