#!/usr/bin/env python3
"""Send results to a BPO desk from a command line or a cron job. One file that needs only Python.

    python desk.py login https://desk.example.com     ask for the API key and save it in your home folder
    python desk.py due                                list what is owed
    python desk.py check october.csv                  check a file, and store nothing
    python desk.py push october.csv                   check and store a file; with --partial without invalid rows
    python desk.py log                                list the latest receipts

Exit codes: 0 success, 1 usage error, 2 invalid rows (also when --partial left them out), 3 the key is refused,
4 try later. Instead of `login` you can set the variables DESK_URL and DESK_KEY.
"""

import argparse
import contextlib
import getpass
import hashlib
import json
import os
import sys
import time
import urllib.error
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
MOST_PENDING = 100
HERE = {"localhost", "127.0.0.1", "::1"}
TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
ATTEMPTS, LONGEST_PAUSE, TIMEOUT = 5, 60, 60


class Stop(Exception):
    """Ends the program with an exit code and a message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Parser(argparse.ArgumentParser):
    """Exits with 1 on a usage error, because 2 means invalid rows."""

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(USAGE_ERROR, f"{self.prog}: {message}\n")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, so that the key is sent to no other address."""

    def redirect_request(self, *_args, **_kwargs):
        return None


class Desk:
    """A desk and the key for it."""

    def __init__(self, url, key, pause=1.0):
        self.url, self.key, self.pause = check_url(url), key, pause
        self.opener = urllib.request.build_opener(NoRedirect)

    def ask(self, path, body=None, headers=None):
        """Return the status and the JSON of a request; repeat it unchanged after faults that pass."""
        for attempt in range(1, ATTEMPTS + 1):
            status, answer, wait = self._once(path, body, headers or {})
            if status and status not in TRANSIENT:
                return status, answer
            if attempt < ATTEMPTS:
                time.sleep(min(LONGEST_PAUSE, wait if wait is not None else self.pause * 2 ** (attempt - 1)))
        raise Stop(TRY_LATER, f"The desk does not answer ({error_text(answer) or status}). Try again later.")

    def _once(self, path, body, headers):
        own = {"Authorization": f"Bearer {self.key}", "Accept": "application/json", "User-Agent": "desk.py"}
        request = urllib.request.Request(self.url + path, body, {**own, **headers})  # noqa: S310 - see check_url
        try:
            with self.opener.open(request, timeout=TIMEOUT) as response:
                return response.status, read_json(response.read()), None
        except urllib.error.HTTPError as error:
            wait = error.headers.get("Retry-After", "")
            return error.code, read_json(error.read()), int(wait) if wait.isdigit() else None
        except (urllib.error.URLError, OSError) as error:
            return 0, {"detail": str(getattr(error, "reason", error))}, None


def check_url(url):
    """Return the desk's address. It must be https, or this machine, because the key is sent to it."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in HERE):
        raise Stop(USAGE_ERROR, f"{url} is not an https:// address.")
    return url.rstrip("/")


def read_json(body):
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def error_text(answer):
    """Return the message and the hint of an error."""
    return " ".join(filter(None, [answer.get("detail"), answer.get("hint")]))


def check_status(status, answer):
    """Return the answer. Raises Stop with the exit code for an error."""
    if 200 <= status < 300:
        return answer
    if status in (401, 403):
        raise Stop(REFUSED_KEY, error_text(answer) or f"The key is refused ({status}).")
    if status in (400, 409, 413, 415, 422):
        raise Stop(INVALID_ROWS, error_text(answer) or f"The file is refused ({status}).")
    raise Stop(USAGE_ERROR, error_text(answer) or f"The desk answered {status}.")


def folder():
    return Path(os.environ.get("DESK_FOLDER") or Path.home() / ".config" / "bpo-desk")


def load(name):
    try:
        return json.loads((folder() / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def save(name, facts):
    """Write facts to a file that only its owner can read, completely or not at all."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder() / f".{name}.{os.getpid()}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(facts, file)
    fresh.replace(folder() / name)


def desk_of(arguments):
    login = load("login.json")
    url, key = os.environ.get("DESK_URL") or login.get("url"), os.environ.get("DESK_KEY") or login.get("key")
    if not url or not key:
        raise Stop(REFUSED_KEY, "No address and key are saved. Run `desk.py login URL`, or set DESK_URL and DESK_KEY.")
    return Desk(url, key, arguments.pause)


def login(arguments):
    """Save an address and a key after trying them."""
    key = os.environ.get("DESK_KEY") or (getpass.getpass("API key: ") if sys.stdin.isatty() else sys.stdin.readline())
    desk = Desk(arguments.url, key.strip(), arguments.pause)
    check_status(*desk.ask("/api/v1/feeds?limit=1"))
    save("login.json", {"url": desk.url, "key": desk.key})
    say(f"Signed in to {desk.url}.")


def due(arguments):
    """List what is owed, the earliest due first."""
    answer = check_status(*desk_of(arguments).ask("/api/v1/due"))
    rows = [row for row in answer["results"] if arguments.all or row["state"] in ("due", "late")]
    table([(row["due_on"], row["state"], row["id"], row.get("name", "")) for row in rows], "Nothing is owed.")


def check(arguments):
    """Check a file and show the verdicts that would change; nothing is stored."""
    answer = send(arguments, read_file(arguments.file), {"dry_run": "true"}, {})
    say(f"{row_counts(answer)}. Nothing is stored.")
    verdicts = answer.get("verdicts", [])
    table([(v["code"], v["period"], v["status_before"] or "-", "->", v["status"], v["display"]) for v in verdicts])
    # A cron job must notice rows that were left out.
    return INVALID_ROWS if answer["rows"].get("rejected") else OK


def push(arguments):
    """Send a file. After a fault the same file is sent with the same Idempotency-Key, and is stored once."""
    body = read_file(arguments.file)
    options = [os.environ.get("DESK_URL"), arguments.partial, *(getattr(arguments, name) for name in OPTIONS)]
    name = hashlib.sha256(json.dumps(options).encode() + body).hexdigest()
    pending = load("pending.json")
    key = pending.get(name) or str(uuid.uuid4())
    save("pending.json", dict([*pending.items(), (name, key)][-MOST_PENDING:]))
    is_over = False
    try:
        answer = send(arguments, body, {}, {"Idempotency-Key": key})
        is_over = True
    except Stop as stop:
        is_over = stop.code != TRY_LATER
        raise
    finally:
        if is_over:
            save("pending.json", {other: key for other, key in load("pending.json").items() if other != name})
    say(f"{row_counts(answer)}. Receipt {answer['id']}.")
    return INVALID_ROWS if answer["rows"].get("rejected") else OK


def log(arguments):
    """List the latest receipts."""
    answer = check_status(*desk_of(arguments).ask(f"/api/v1/batches?limit={arguments.number}"))
    table([(row["received_at"], row["id"], row_counts(row)) for row in answer["results"]], "There are no receipts yet.")


def send(arguments, body, parameters, headers):
    """Send a file and list its invalid rows."""
    given = {**{name: getattr(arguments, name) for name in OPTIONS}, "partial": arguments.partial and "true"}
    parameters |= {name: value for name, value in given.items() if value}
    query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
    any_type = ANY_FILE if arguments.reading else None
    media_type = arguments.type or TYPES.get(Path(arguments.file).suffix.lower(), any_type)
    if media_type is None:
        raise Stop(USAGE_ERROR, f"{arguments.file}: name the file .csv, .json or .ndjson, or give --type.")
    headers = {"Content-Type": media_type, **headers}
    status, answer = desk_of(arguments).ask(f"/api/v1/results{query}", body, headers)
    for question in answer.get("questions", []):
        sys.stderr.write(" | ".join([question["question"], *(each["value"] for each in question["options"])]) + "\n")
    for error in [*answer.get("errors", []), *answer.get("warnings", [])]:
        place = f"line {error['line']}" if error.get("line") else f"row {error.get('row') or error.get('rows', '?')[0]}"
        column = str(error.get("pointer", "")).rpartition("/")[2]
        column = "" if column.isdigit() or column == "#" else column
        text = f"{error_text(error)} ({error.get('code')})"
        say("  ".join(filter(None, [place, column, str(error.get("value", "")), text])), sys.stderr)
    return check_status(status, answer)


def row_counts(answer):
    rows = answer["rows"]
    named = [(name, rows[name]) for name in ("new", "superseded", "unchanged", "late", "rejected") if rows.get(name)]
    return f"{rows['received']} rows: " + (", ".join(f"{number} {name}" for name, number in named) or "none")


def read_file(name):
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise Stop(USAGE_ERROR, f"{name} cannot be read: {error.strerror}.") from error


def table(rows, empty=""):
    widths = [max(len(str(row[place])) for row in rows) for place in range(len(rows[0]))] if rows else []
    for row in rows:
        say("  ".join(str(row[place]).ljust(widths[place]) for place in range(len(row))).rstrip())
    if empty and not rows:
        say(empty)


def say(text, where=None):
    (where or sys.stdout).write(f"{text}\n")


def parser():
    top = Parser(prog="desk.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--pause", type=float, default=1.0, help="seconds before the first retry; doubles each time")
    commands = top.add_subparsers(dest="command", required=True, parser_class=Parser)
    command = commands.add_parser("login", help="save an address and a key")
    command.add_argument("url")
    command.set_defaults(run=login)
    command = commands.add_parser("due", help="list what is owed")
    command.add_argument("--all", action="store_true", help="also reports that are in or still running")
    command.set_defaults(run=due)
    for name, run, text in (("check", check, "check a file, store nothing"), ("push", push, "send a file")):
        command = commands.add_parser(name, help=text, aliases=["send"] if run is push else [])
        command.add_argument("file", help=".csv, .json or .ndjson, with --reading any; - for standard input")
        command.add_argument("--partial", action="store_true", help="store the valid rows; exit code 2 if some are not")
        for option, meaning in OPTIONS.items():
            command.add_argument(f"--{option}", default="", help=meaning)
        command.add_argument("--type", choices=sorted(set(TYPES.values())), help="media type, if the name lacks one")
        command.set_defaults(run=run)
    command = commands.add_parser("log", help="list the latest receipts")
    command.add_argument("-n", "--number", type=int, default=20)
    command.set_defaults(run=log)
    return top


def main(words=None):
    arguments = parser().parse_args(words)
    try:
        return arguments.run(arguments) or OK
    except Stop as stop:
        say(str(stop), sys.stderr)
        return stop.code
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            sys.stdout.close()
    return OK


if __name__ == "__main__":
    sys.exit(main())
