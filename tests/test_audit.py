"""`make audit` lists every locked package, and never takes silence for a good answer."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings

from tests.support.wheels import build_wheel

pytestmark = pytest.mark.any_database
ROOT = Path(settings.BASE_DIR)
LOCKS = ("requirements.txt", "requirements-dev.txt")
ADVISORY = {"id": "PYSEC-2099-1", "modified": "2026-01-01T00:00:00Z", "summary": "It leaks.", "affected": []}


class Advisories(BaseHTTPRequestHandler):
    """Knows one vulnerability of whatever it is asked about."""

    def answer(self, body: dict[str, object]) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        self.answer(
            {"results": [{"vulns": [{"id": ADVISORY["id"], "modified": ADVISORY["modified"]}]} for _ in queries]}
        )

    def do_GET(self) -> None:
        self.answer(ADVISORY)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def advisories() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Advisories) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def audit(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "pyproject.toml", folder)
    return subprocess.run(
        [sys.executable, str(ROOT / "deploy" / "audit.py"), *options],
        cwd=folder,
        env=os.environ | {"UV_HTTP_RETRIES": "0", "UV_CACHE_DIR": str(folder / "cache")} | environment,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def locked_leaf(tmp_path: Path) -> Path:
    """A folder whose locks name one package, which lies beside them."""
    index = tmp_path / "index"
    index.mkdir()
    for lock in LOCKS:
        (tmp_path / lock).write_text(build_wheel(index, "leaf", "1.0"), encoding="utf-8")
    return tmp_path


def read_pins(lock: str) -> dict[str, set[str]]:
    """Return the digests of each package of a lock by its package URL."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {
        f"pkg:pypi/{name}@{version}": set(re.findall(r"sha256:(\w+)", rest))
        for name, version, rest in re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+)(.*(?:\n +.*)*)", text, re.MULTILINE)
    }


def test_where_advisories_cannot_be_asked_it_fails_and_lists_the_packages_all_the_same(tmp_path: Path) -> None:
    for lock in LOCKS:
        shutil.copy(ROOT / lock, tmp_path)

    answer = audit(tmp_path, UV_DEFAULT_INDEX="http://127.0.0.1:9/simple")

    bill = json.loads((tmp_path / "var" / "sbom.cdx.json").read_text(encoding="utf-8"))
    listed = {
        component["purl"]: {digest["content"] for digest in component["externalReferences"][0]["hashes"]}
        for component in bill["components"]
    }
    assert (answer.returncode, "requirements.txt was NOT checked" in answer.stderr) == (3, True)
    assert listed == read_pins(LOCKS[0]) | read_pins(LOCKS[1])
    assert {part["purl"] for part in bill["components"] if part["scope"] == "required"} == set(read_pins(LOCKS[0]))


def test_a_service_of_advisories_that_does_not_answer_is_no_good_answer(locked_leaf: Path) -> None:
    local = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(locked_leaf / "index")}

    assert audit(locked_leaf, "--service-url", "http://127.0.0.1:9", **local).returncode == 3


def test_a_known_vulnerability_is_named_and_fails(locked_leaf: Path, advisories: str) -> None:
    local = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(locked_leaf / "index")}

    answer = audit(locked_leaf, "--service-url", advisories, **local)

    assert answer.returncode == 1, answer.stderr
    assert "leaf 1.0 has 1 known vulnerability" in answer.stdout
    assert audit(locked_leaf, "--service-url", advisories, "--ignore", "PYSEC-2099-1", **local).returncode == 0
