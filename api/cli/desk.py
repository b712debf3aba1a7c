#!/usr/bin/env python3
"""Send results to a BPO desk from a command line or a cron job. One file that needs only Python.

    python desk.py login https://desk.example.com     ask for the API key and save it in your home folder
    python desk.py due                                list what is owed
    python desk.py check october.csv                  check a file, and store nothing
    python desk.py push october.csv                   check and store a file; with --partial without invalid rows
    python desk.py watch FOLDER                       send each file of a folder once nobody writes it any more
    python desk.py log                                list the latest receipts

Exit codes: 0 success, 1 usage error, 2 invalid rows (left out, too) or a file that waits for a person, 3 the key is
refused, 4 try later. Instead of `login`, set DESK_URL and DESK_KEY; an upload address as DESK_URL needs no key.
"""

import argparse
import contextlib
import getpass
import hashlib
import http.client
import io
import json
import os
import re
import sys
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

OK, USAGE_ERROR, INVALID_ROWS, REFUSED_KEY, TRY_LATER = range(5)
LINES, ANY_FILE = "application/x-ndjson", "application/octet-stream"
TYPES = {".csv": "text/csv", ".json": "application/json", ".ndjson": LINES, ".jsonl": LINES}
OPTIONS = {
    "reason": "needed for corrections and for closed periods",
    "confirm": "codes of warnings that are right, with commas between them",
    "reading": "the reading by which any CSV file or workbook is read",
    "feed": "with a shipped reading: the feed that all rows are for",
    "contract": "with --feed, where several contracts have it",
}
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")
CODES = {401: REFUSED_KEY, 403: REFUSED_KEY, **dict.fromkeys((400, 409, 411, 413, 415, 422), INVALID_ROWS)}
TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
ATTEMPTS, LONGEST_PAUSE, TIMEOUT, MOST_PENDING = 5, 60, 60, 100


class Stop(Exception):
    """Ends the program with an exit code and a message, its two arguments."""


class PlainResponses(urllib.request.HTTPErrorProcessor):
    """Gives every answer as it is and follows no redirect, so that the key is sent to no other address."""

    http_response = https_response = lambda _self, request, response: response


class Desk:
    """A desk and the key for it, or an upload address; each command is a method."""

    def __init__(self, arguments):
        saved, self.arguments = load("login.json"), arguments
        url = getattr(arguments, "url", "") or os.environ.get("DESK_URL") or saved.get("url", "")
        self.url, self.is_address = url.rstrip("/"), "/api/v1/uploads/" in url
        self.key = os.environ.get("DESK_KEY") or saved.get("key", "")

    def ask(self, path, body=None, headers=None):
        """Return the JSON of a request; repeat it unchanged after faults that pass. Raises Stop for an error."""
        if not self.url or not (self.key or self.is_address):
            raise Stop(
                REFUSED_KEY, "No address and key are saved: run desk.py login URL, or set DESK_URL and DESK_KEY."
            )
        if not re.match(r"https://|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/|$)", self.url):
            raise Stop(USAGE_ERROR, f"{self.url} is not an https:// address.")
        for attempt in range(1, ATTEMPTS + 1):
            status, answer, wait = self._once(path, body, headers or {})
            if status and status not in TRANSIENT:
                list_problems(answer)
                if status < 300:
                    return answer
                # An upload address that has ended refuses every file.
                code = REFUSED_KEY if status == 404 and self.is_address else CODES.get(status, USAGE_ERROR)
                raise Stop(code, error_text(answer) or f"The desk answered {status}.")
            if attempt < ATTEMPTS:
                time.sleep(min(LONGEST_PAUSE, self.arguments.pause * 2 ** (attempt - 1) if wait is None else wait))
        raise Stop(TRY_LATER, f"The desk does not answer ({error_text(answer) or status}). Try again later.")

    def _once(self, path, body, headers):
        own = {} if self.is_address else {"Authorization": f"Bearer {self.key}"}
        headers = {**own, "Accept": "application/json", "User-Agent": "desk.py", **headers}
        request = urllib.request.Request(self.url + path, body, headers)  # noqa: S310 - see ask
        try:
            with urllib.request.build_opener(PlainResponses).open(request, timeout=TIMEOUT) as response:
                wait = response.headers.get("Retry-After", "")
                status, text, wait = response.status, response.read(), int(wait) if wait.isdigit() else None
        except (OSError, http.client.HTTPException) as error:
            return 0, {"detail": str(getattr(error, "reason", error))}, None
        with contextlib.suppress(ValueError, TypeError):
            return status, dict(json.loads(text)), wait
        return status, {}, wait

    def login(self):
        """Save an address and a key after trying them."""
        typed = getpass.getpass if sys.stdin.isatty() else lambda _prompt: sys.stdin.readline()
        self.key = os.environ.get("DESK_KEY") or typed("API key: ").strip()
        self.ask("/api/v1/feeds?limit=1")
        save("login.json", {"url": self.url, "key": self.key})
        say(f"Signed in to {self.url}.")

    def due(self):
        """List what is owed, the earliest due first."""
        answer = self.ask("/api/v1/due")
        rows = [row for row in answer["results"] if self.arguments.all or row["state"] in ("due", "late")]
        table([(row["due_on"], row["state"], row["id"], row.get("name", "")) for row in rows], "Nothing is owed.")

    def check(self):
        """Check a file and show the verdicts that would change; nothing is stored."""
        answer, code = self.send(self.arguments.file, read(self.arguments.file), {"dry_run": "true"}, {})
        say(f"{row_counts(answer)}. Nothing is stored.")
        changes = answer.get("verdicts", [])
        table([(v["code"], v["period"], v["status_before"] or "-", "->", v["status"], v["display"]) for v in changes])
        return code

    def push(self, file=None):
        """Send a file. After a fault the same file is sent with the same Idempotency-Key, and is stored once."""
        given, file = self.arguments, file or self.arguments.file
        body = read(file)
        options = [os.environ.get("DESK_URL"), given.partial, *(getattr(given, name) for name in OPTIONS)]
        name, is_over = hashlib.sha256(json.dumps(options).encode() + body).hexdigest(), False
        pending = load("pending.json")
        key = pending.get(name) or str(uuid.uuid4())
        save("pending.json", dict([*pending.items(), (name, key)][-MOST_PENDING:]))
        try:
            answer, code = self.send(file, body, {}, {"Idempotency-Key": key})
            is_over = True
        except Stop as stop:
            is_over = stop.args[0] != TRY_LATER
            raise
        finally:
            if is_over:
                save("pending.json", {other: key for other, key in load("pending.json").items() if other != name})
        said = f"{row_counts(answer)}. Receipt {answer['id']}."
        say(f"{answer['detail']} {answer['url']}" if "state" in answer else said)
        return code

    def watch(self):
        """Send the files of a folder that have not changed since the last look; with --once, look twice and end."""
        place, looks = Path(self.arguments.file).resolve(), 0
        found: dict[Path, object] = {}
        while looks < 2 or not self.arguments.once:
            time.sleep(self.arguments.every if looks else 0)
            before, found, looks = found, {}, looks + 1
            for path in place.iterdir():
                if path.is_file() and path.name[0] not in ".~" and not path.name.lower().endswith(UNFINISHED):
                    with contextlib.suppress(FileNotFoundError):
                        found[path] = path.stat().st_size, path.stat().st_mtime_ns
            for path in sorted(path for path in found if found[path] == before.get(path)):
                self.deliver(path)

    def deliver(self, path):
        """Send a file, unless its content was sent before, and move it with the answer to sent/ or refused/."""
        said, place = io.StringIO(), path.parent / "sent"
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                say("The same was sent before.") if any(place.glob(f"{digest}-*")) else self.push(path)
        except Stop as stop:
            say(stop.args[1], said)
            if stop.args[0] == TRY_LATER:
                return say(f"{path.name}: {said.getvalue()}", sys.stderr)
            if stop.args[0] != INVALID_ROWS:
                raise
            place = path.parent / "refused"
        place.mkdir(exist_ok=True)
        moved = place / f"{digest}-{path.name}"
        with open(f"{moved}.txt", "a", encoding="utf-8") as file:
            file.write(said.getvalue())
        path.replace(moved)
        return say(f"{place.name}/{moved.name}: {said.getvalue().strip()}")

    def log(self):
        """List the latest receipts."""
        answer = self.ask(f"/api/v1/batches?limit={self.arguments.number}")
        table([(row["received_at"], row["id"], row_counts(row)) for row in answer["results"]], "No receipts yet.")

    def send(self, file, body, parameters, headers):
        """Return the answer to a file and the exit code: 2 where rows were left out, or the file waits for a person."""
        given = self.arguments
        options = {**{option: getattr(given, option) for option in OPTIONS}, "partial": given.partial and "true"}
        options["name"] = self.is_address and Path(file).name
        parameters = {**parameters, **{option: value for option, value in options.items() if value}}
        any_type = ANY_FILE if given.reading or self.is_address or given.run is Desk.watch else None
        media_type = given.type or TYPES.get(Path(file).suffix.lower(), any_type)
        if media_type is None:
            raise Stop(USAGE_ERROR, f"{file}: name the file .csv, .json or .ndjson, or give --type.")
        path = f"{'' if self.is_address else '/api/v1/results'}?{urllib.parse.urlencode(parameters)}"
        answer = self.ask(path, body, {"Content-Type": media_type, **headers})
        is_open = answer["rows"].get("rejected") or answer.get("state") == "waiting"
        return answer, INVALID_ROWS if is_open else OK


def list_problems(answer):
    for question in answer.get("questions", []):
        options = [each["value"] for each in question.get("options", [])]
        say(" | ".join([question["question"], *options]), sys.stderr)
    for error in [*answer.get("errors", []), *answer.get("warnings", [])]:
        place = f"line {error['line']}" if error.get("line") else f"row {error.get('row') or error.get('rows', '?')[0]}"
        column = str(error.get("pointer", "")).rpartition("/")[2].lstrip("#0123456789")
        text = f"{error_text(error)} ({error.get('code')})"
        say("  ".join(filter(None, [place, column, str(error.get("value", "")), text])), sys.stderr)


def error_text(answer):
    return " ".join(filter(None, [answer.get("detail"), answer.get("hint")]))


def row_counts(answer):
    rows = answer["rows"]
    named = [f"{number} {name}" for name, number in rows.items() if number and name != "received"]
    return f"{rows.get('received', sum(rows.values()))} rows: {', '.join(named) or 'none'}"


def folder():
    return Path(os.environ.get("DESK_FOLDER") or Path.home() / ".config" / "bpo-desk")


def load(name):
    with contextlib.suppress(OSError, ValueError):
        return json.loads((folder() / name).read_bytes())
    return {}


def save(name, facts):
    # Only its owner can read it, and it is written completely or not at all.
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder() / f".{name}.{os.getpid()}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(facts, file)
    fresh.replace(folder() / name)


def read(name):
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def table(rows, empty=""):
    widths = [max(map(len, map(str, column))) for column in zip(*rows)]  # noqa: B905 - strict= is newer than 3.8
    for row in rows:
        say("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip())  # noqa: B905
    if empty and not rows:
        say(empty)


def say(text, where=None):
    (where or sys.stdout).write(f"{text}\n")


def parser():
    top = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--pause", type=float, default=1.0, help="seconds before the first retry; doubles each time")
    commands = top.add_subparsers(dest="command", required=True)

    def add(run, *aliases):
        command = commands.add_parser(run.__name__, help=run.__doc__.partition(".")[0], aliases=aliases)
        command.set_defaults(run=run)
        return command.add_argument

    add(Desk.login)("url")
    add(Desk.due)("--all", action="store_true", help="also reports that are in or still running")
    add(Desk.log)("-n", "--number", type=int, default=20)
    for take in (add(Desk.check), add(Desk.push, "send"), add(Desk.watch)):
        take("file", help="CSV or JSON, with --reading any; - for standard input; the folder of watch")
        take("--partial", action="store_true", help="store the valid rows; exit code 2 if some are not")
        take("--type", choices=sorted(set(TYPES.values())), help="media type, if the name lacks one")
        for option, meaning in OPTIONS.items():
            take(f"--{option}", default="", help=meaning)
    take("--every", type=float, default=10.0, help="seconds between two looks")
    take("--once", action="store_true", help="look twice, send what is finished, and end")
    return top


def main(words=None):
    try:
        arguments = parser().parse_args(words)
        return arguments.run(Desk(arguments)) or OK
    except SystemExit as ended:
        return USAGE_ERROR if ended.code else OK  # not 2, which means invalid rows
    except Stop as stop:
        say(stop.args[1], sys.stderr)
        return stop.args[0]
    except (BrokenPipeError, KeyboardInterrupt):
        with contextlib.suppress(OSError):
            sys.stdout.close()
    except OSError as error:
        say(f"{error.filename} cannot be read: {error.strerror}.", sys.stderr)
        return USAGE_ERROR
    return OK


if __name__ == "__main__":
    sys.exit(main())
