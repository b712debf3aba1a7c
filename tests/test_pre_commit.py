"""The hooks before a commit are those of `make check`, and they download nothing."""

from pathlib import Path

import pytest
import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CONFIGURATION = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
HOOKS = [hook for repository in CONFIGURATION["repos"] for hook in repository["hooks"]]


def test_all_hooks_are_local() -> None:
    assert [repository["repo"] for repository in CONFIGURATION["repos"]] == ["local"]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_a_tool_that_the_makefile_runs(hook: dict) -> None:
    tool = hook["entry"].split()[0].removeprefix(".venv/bin/")

    assert hook["language"] == "system"
    assert f"$(VENV)/bin/{tool}" in (ROOT / "Makefile").read_text(encoding="utf-8")
