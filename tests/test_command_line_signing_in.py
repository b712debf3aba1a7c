"""Signing in with the vendors' command line, and the documentation's examples of it."""

import re
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from api.cli import desk
from metrics.models.results import CountResult
from sla.periods import add_months
from tests.support.cast import build_cast
from vendors.keys import issue_key

SCRIPT = Path(desk.__file__)
HEADER = "feed,period,numerator,denominator\n"


@pytest.fixture
def months():
    """The labels of the last two months that have ended."""
    first = timezone.now().date().replace(day=1)
    return [f"{add_months(first, -number):%Y-%m}" for number in (1, 2)]


@pytest.fixture
def line(transactional_db, live_server, tmp_path, monkeypatch, capsys):
    """Runs the command line as Brightline; gives its code and what it said."""
    cast = build_cast()
    key, secret = issue_key(
        vendor=cast.vendors["Brightline"], name="cron", scopes=["read", "results:write"], actor=None, expires_at=None,
        now=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    monkeypatch.setenv("DESK_URL", live_server.url)
    monkeypatch.setenv("DESK_KEY", secret)
    monkeypatch.setenv("DESK_FOLDER", str(tmp_path / "kept"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        code = desk.main(["--pause", "0.01", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    run.cast, run.key, run.secret, run.folder = cast, key, secret, tmp_path
    return run


def file(line, text: str, name: str = "month.csv") -> str:
    (line.folder / name).write_text(text, encoding="utf-8")
    return name


def test_signing_in_keeps_the_key_where_only_its_owner_reads(line, monkeypatch, live_server):
    assert line("login", live_server.url)[0] == 0
    monkeypatch.delenv("DESK_KEY")
    monkeypatch.delenv("DESK_URL")

    kept = line.folder / "kept/login.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert line("log")[0] == 0


def test_a_key_that_does_not_work_is_not_kept(line, monkeypatch, live_server):
    monkeypatch.setenv("DESK_KEY", "bpo_live_wrong")

    assert line("login", live_server.url)[0] == 3
    assert not (line.folder / "kept/login.json").exists()


def test_the_desk_serves_the_file_itself(line, client):
    answer = client.get("/api/desk.py")

    assert answer.content == SCRIPT.read_bytes()


EXAMPLES = re.search(
    r"<!-- commands -->\n```bash\n(.*?)```",
    Path(settings.BASE_DIR, "docs/vendors.md").read_text(encoding="utf-8"),
    re.DOTALL,
)


def test_every_example_of_the_documentation_runs(line, live_server, months):
    """Each line in a shell, as a vendor would type it; october.csv is last month's."""
    file(line, f"{HEADER}QUALITY,{months[0]},95,100\n", "october.csv")
    file(line, f"{HEADER}QUALITY,{months[0]},94,100\n", "october-corrected.csv")
    commands = [text.split("  #")[0] for text in EXAMPLES[1].splitlines() if text and not text.startswith("#")]

    for command in commands:
        told = command.replace("https://desk.example.com", live_server.url).replace("python ", f"{sys.executable} ")
        told = told.replace("bpo_live_…", line.secret)
        done = subprocess.run(["bash", "-c", told], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, (command, done.stderr)

    assert len(commands) >= 7
    assert CountResult.objects.get().numerator == 94
