#!/usr/bin/env python3
"""Send results to a BPO desk from a command line or a cron job; one file, nothing but Python's standard library.

    python desk.py login https://desk.example.com     asks for the API key and keeps it in your own folder
    python desk.py due                                what is owed
    python desk.py check october.csv                  what the desk says of a file; nothing is stored
    python desk.py push october.csv                   the same, and stored; with --partial without its wrong rows
    python desk.py log                                what came in lately

The exit code says how it ended: 0 all is well, 1 used in a wrong way, 2 rows are wrong (and with --partial left out),
3 the key is refused, 4 try later. In place of `login`, the variables DESK_URL and DESK_KEY will do.
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

OK, MISUSED, WRONG_ROWS, REFUSED_KEY, TRY_LATER = range(5)
LINES = "application/x-ndjson"
TYPES = {".csv": "text/csv", ".json": "application/json", ".ndjson": LINES, ".jsonl": LINES}
MOST_PENDING = 100
HERE = {"localhost", "127.0.0.1", "::1"}
TRANSIENT_ERRORS = {408, 425, 429, 500, 502, 503, 504}
ATTEMPTS = 5
LONGEST_PAUSE = 60
TIMEOUT = 60


class Stop(Exception):
    """Ends the program with a code and a sentence."""

    def __init__(self, code, sentence):
        super().__init__(sentence)
        self.code = code


class Parser(argparse.ArgumentParser):
    """Says what is wrong with 1, because 2 means wrong rows."""

    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(MISUSED, f"{self.prog}: {message}\n")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key goes to the desk that was named, and to nobody that it may point to."""

    def redirect_request(self, *_args, **_kwargs):
        return None


class Desk:
    """A desk and the key for it."""

    def __init__(self, url, key, pause=1.0):
        self.url, self.key, self.pause = checked(url), key, pause
        self.opener = urllib.request.build_opener(NoRedirect)

    def ask(self, path, body=None, headers=None):
        """The status and the JSON of one request; passing faults are tried again with the very same request."""
        for attempt in range(1, ATTEMPTS + 1):
            status, answer, wait = self._once(path, body, headers or {})
            if status and status not in TRANSIENT_ERRORS:
                return status, answer
            if attempt < ATTEMPTS:
                time.sleep(min(LONGEST_PAUSE, wait if wait is not None else self.pause * 2 ** (attempt - 1)))
        raise Stop(TRY_LATER, f"The desk does not answer now ({told(answer) or status}). Try later; nothing is lost.")

    def _once(self, path, body, headers):
        own = {"Authorization": f"Bearer {self.key}", "Accept": "application/json", "User-Agent": "desk.py"}
        headers = {**own, **headers}
        request = urllib.request.Request(self.url + path, data=body, headers=headers)  # noqa: S310 - see `checked`
        try:
            with self.opener.open(request, timeout=TIMEOUT) as response:
                return response.status, read_json(response.read()), None
        except urllib.error.HTTPError as error:
            wait = error.headers.get("Retry-After", "")
            return error.code, read_json(error.read()), int(wait) if wait.isdigit() else None
        except (urllib.error.URLError, OSError) as error:
            return 0, {"detail": str(getattr(error, "reason", error))}, None


def checked(url):
    """The desk's address; a key travels encrypted, or not further than this machine."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in HERE):
        raise Stop(MISUSED, f"{url} is no https:// address.")
    return url.rstrip("/")


def read_json(body):
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, (dict, list)) else {}


def told(answer):
    """An error in its own words."""
    if not isinstance(answer, dict):
        return ""
    return " ".join(filter(None, [answer.get("detail"), answer.get("hint")]))


def judged(status, answer):
    """Stop with the code that the status means, unless all is well."""
    if 200 <= status < 300:
        return answer
    if status in (401, 403):
        raise Stop(REFUSED_KEY, told(answer) or f"The key is refused ({status}).")
    if status in (400, 409, 413, 415, 422):
        raise Stop(WRONG_ROWS, told(answer) or f"The file is refused ({status}).")
    raise Stop(MISUSED, told(answer) or f"The desk answered {status}.")


# --- What is remembered ------------------------------------------------------------------------------------------


def folder():
    return Path(os.environ.get("DESK_FOLDER") or Path.home() / ".config" / "bpo-desk")


def remembered(name):
    try:
        return json.loads((folder() / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def remember(name, facts):
    """Keep facts in a file that only its owner reads, written wholly or not at all."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder() / f".{name}.{os.getpid()}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(facts, file)
    fresh.replace(folder() / name)


def desk_of(arguments):
    login = remembered("login.json")
    url, key = os.environ.get("DESK_URL") or login.get("url"), os.environ.get("DESK_KEY") or login.get("key")
    if not url or not key:
        raise Stop(REFUSED_KEY, "No desk and no key yet: run `desk.py login URL`, or set DESK_URL and DESK_KEY.")
    return Desk(url, key, arguments.pause)


# --- Commands ----------------------------------------------------------------------------------------------------


def login(arguments):
    """Keep an address and a key that work."""
    key = os.environ.get("DESK_KEY") or (getpass.getpass("API key: ") if sys.stdin.isatty() else sys.stdin.readline())
    desk = Desk(arguments.url, key.strip(), arguments.pause)
    judged(*desk.ask("/api/v1/feeds?limit=1"))
    remember("login.json", {"url": desk.url, "key": desk.key})
    say(f"Signed in to {desk.url}.")


def due(arguments):
    """What is owed, the earliest due first."""
    answer = judged(*desk_of(arguments).ask("/api/v1/due"))
    rows = [row for row in answer["results"] if arguments.all or row["state"] in ("due", "late")]
    table([(row["due_on"], row["state"], row["id"], row.get("name", "")) for row in rows])
    if not rows:
        say("Nothing is owed.")


def check(arguments):
    """What the desk says of a file, and which verdicts would come of it; nothing is stored."""
    answer = send(arguments, read_file(arguments.file), {"dry_run": "true"}, {})
    say(f"{counted(answer)}. Nothing is stored.")
    rows = [
        (one["code"], one["period"], one["status_before"] or "-", "->", one["status"], one["display"])
        for one in answer.get("verdicts", [])
    ]
    table(rows)
    return left_out(answer)


def push(arguments):
    """Send a file; the same file sent again after a fault carries the same key, and is stored once."""
    body = read_file(arguments.file)
    said = [arguments.reason, os.environ.get("DESK_URL"), *(["partial"] if arguments.partial else [])]
    name = hashlib.sha256(json.dumps(said).encode() + body).hexdigest()
    pending = remembered("pending.json")
    key = pending.get(name) or str(uuid.uuid4())
    remember("pending.json", dict([*pending.items(), (name, key)][-MOST_PENDING:]))
    try:
        answer = send(arguments, body, {}, {"Idempotency-Key": key})
    except Stop as stop:
        if stop.code != TRY_LATER:
            forget(name)
        raise
    forget(name)
    say(f"{counted(answer)}. Receipt {answer['id']}.")
    return left_out(answer)


def left_out(answer):
    """The code of what was stored without its wrong rows: a cron job shall not take it for all of them."""
    return WRONG_ROWS if answer["rows"].get("rejected") else OK


def forget(name):
    pending = remembered("pending.json")
    pending.pop(name, None)
    remember("pending.json", pending)


def log(arguments):
    """What came in lately, the latest first."""
    answer = judged(*desk_of(arguments).ask(f"/api/v1/batches?limit={arguments.number}"))
    rows = [(row["received_at"], row["id"], counted(row)) for row in answer["results"]]
    table(rows)
    if not rows:
        say("Nothing has come in yet.")


def send(arguments, body, parameters, headers):
    """Post a file; its wrong rows are listed in the desk's own words."""
    parameters = {
        **parameters,
        **({"reason": arguments.reason} if arguments.reason else {}),
        **({"partial": "true"} if arguments.partial else {}),
    }
    query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
    headers = {"Content-Type": arguments.type or type_of(arguments.file), **headers}
    status, answer = desk_of(arguments).ask(f"/api/v1/results{query}", body, headers)
    for error in answer.get("errors", []) if isinstance(answer, dict) else []:
        say(line_of(error), sys.stderr)
    return judged(status, answer)


def line_of(error):
    """One wrong cell: where it is, what it holds, and the desk's own words."""
    place = f"line {error['line']}" if error.get("line") else f"row {error.get('row', '?')}"
    column = str(error.get("pointer", "")).rpartition("/")[2]
    column = "" if column.isdigit() or column == "#" else column
    words = " ".join(filter(None, [error.get("detail"), error.get("hint")]))
    return "  ".join(filter(None, [place, column, str(error.get("value", "")), f"{words} ({error.get('code')})"]))


def counted(answer):
    rows = answer["rows"]
    named = [(name, rows[name]) for name in ("new", "superseded", "unchanged", "late", "rejected") if rows.get(name)]
    return f"{rows['received']} rows: " + (", ".join(f"{number} {name}" for name, number in named) or "none")


def read_file(name):
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise Stop(MISUSED, f"{name} cannot be read: {error.strerror}.") from error


def type_of(name):
    known = TYPES.get(Path(name).suffix.lower())
    if known is None:
        raise Stop(MISUSED, f"{name}: name the file .csv, .json or .ndjson, or say --type.")
    return known


def table(rows):
    widths = [max(len(str(row[place])) for row in rows) for place in range(len(rows[0]))] if rows else []
    for row in rows:
        say("  ".join(str(row[place]).ljust(widths[place]) for place in range(len(row))).rstrip())


def say(text, where=None):
    (where or sys.stdout).write(f"{text}\n")


def parser():
    top = Parser(prog="desk.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--pause", type=float, default=1.0, help="seconds before the first new attempt; doubled each time")
    commands = top.add_subparsers(dest="command", required=True, parser_class=Parser)
    one = commands.add_parser("login", help="keep an address and a key")
    one.add_argument("url")
    one.set_defaults(run=login)
    one = commands.add_parser("due", help="what is owed")
    one.add_argument("--all", action="store_true", help="also what is reported or still running")
    one.set_defaults(run=due)
    for name, run, words in (("check", check, "try a file, store nothing"), ("push", push, "send a file")):
        one = commands.add_parser(name, help=words)
        one.add_argument("file", help=".csv, .json or .ndjson; - for standard input")
        one.add_argument("--reason", default="", help="for corrections, and for periods that have closed")
        one.add_argument("--partial", action="store_true", help="the good rows without the wrong ones; ends with 2")
        one.add_argument("--type", choices=sorted(set(TYPES.values())), help="where the file's name does not say it")
        one.set_defaults(run=run)
    one = commands.add_parser("log", help="what came in lately")
    one.add_argument("-n", "--number", type=int, default=20)
    one.set_defaults(run=log)
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
