"""The vendors' command line against a live desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api.cli import desk
from sla.periods import add_months
from tests.support.cast import build_cast
from vendors.keys import issue_key


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
