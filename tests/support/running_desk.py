"""`manage.py desk` as a process of its own, whose parts a test may kill."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from django.conf import settings

from demo.people import OPERATOR, PASSPHRASE
from tests.support.environment import FOREIGN
from tests.support.web import free_port


class RunningDesk:
    """`manage.py desk` on a data folder of its own."""

    def __init__(self, folder: Path, log: Path, *options: str, **variables: str):
        self.folder, self.log, self.port = folder, log, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        environment = {name: value for name, value in os.environ.items() if name not in (*FOREIGN, "SECRET_KEY")}
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "desk", *options],
                cwd=settings.BASE_DIR,
                env=environment | {"VAR_DIR": str(folder), "PORT": str(self.port), "PYTHONUNBUFFERED": "1"} | variables,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def loader(self) -> int:
        """The process that loads the demo world; 0 while the desk itself only announces it."""
        process = self._load().get("process", 0)
        return 0 if process == self.process.pid else process

    def has_people(self) -> bool:
        """Whether the demo world's people can sign in; asked of the file, since a page costs the web server more."""
        return bool(self._load().get("has_people"))

    def _load(self) -> dict:
        with suppress(FileNotFoundError):
            return json.loads((self.folder / "demo-load.json").read_text(encoding="utf-8"))
        return {}

    def read(self, path: str) -> str:
        """A page as a stranger reads it; empty where nobody answers."""
        with suppress(OSError):
            return build_opener().open(self.address + path, timeout=60).read().decode()
        return ""

    def sign_in(self) -> str:
        """Sign in as the operator; return the address where that leads."""
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        page = browser.open(f"{self.address}/accounts/login/", timeout=60).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        form = {"csrfmiddlewaretoken": token, "login": OPERATOR.email, "password": PASSPHRASE}
        request = Request(f"{self.address}/accounts/login/", urlencode(form).encode(), {"Referer": self.address})
        return browser.open(request, timeout=60).geturl()

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def part(self, words: str) -> int:
        """The process of a part whose command line has those words; 0 while there is none."""
        return next((pid for pid in children(self.process.pid) if words in command_line(pid)), 0)


def children(pid: int) -> list[int]:
    with suppress(FileNotFoundError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return []


def command_line(pid: int) -> str:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
    return ""


def kill_group(pid: int) -> None:
    """End a part and its children as a crash would."""
    os.killpg(pid, signal.SIGKILL)
