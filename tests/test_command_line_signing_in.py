"""Signing in with the vendors' command line, and the documentation's examples of it."""

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from api.cli import desk
from metrics.models.results import CountResult
from tests.support.command_line import file

pytestmark = pytest.mark.any_database
SCRIPT = Path(desk.__file__)
HEADER = "feed,period,numerator,denominator\n"


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
