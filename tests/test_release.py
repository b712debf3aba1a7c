"""A release is tagged only where version, changelog, branch and tree agree."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

RELEASE = Path(settings.BASE_DIR) / "deploy" / "release.py"


def git(repository: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout.strip()


def commit(repository: Path, *, version: str = "1.2.0", entry: str = "1.2.0 (2026-03-01)") -> None:
    (repository / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n', encoding="utf-8")
    text = f"# Changes\n\n## {entry}\n\n- New.\n\n## 1.1.0 (2026-01-01)\n"
    (repository / "CHANGELOG.md").write_text(text, encoding="utf-8")
    sample = repository / "tests" / "upgrades" / f"{version}.json.gz"
    sample.parent.mkdir(parents=True, exist_ok=True)
    sample.touch()
    git(repository, "add", ".")
    git(repository, "commit", "--message", "project: prepare a release")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Tester")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "tester@example.com")
    git(tmp_path, "init", "--initial-branch", "main")
    return tmp_path


def release(repository: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RELEASE)]
    return subprocess.run(command, cwd=repository, check=False, capture_output=True, text=True)


def test_a_commit_that_is_ready_is_tagged_with_its_version(repository: Path) -> None:
    commit(repository)

    assert release(repository).returncode == 0
    assert git(repository, "tag", "--points-at", "HEAD") == "v1.2.0"


def test_a_version_without_a_sample_for_the_upgrade_test_is_refused(repository: Path) -> None:
    commit(repository)
    git(repository, "rm", "tests/upgrades/1.2.0.json.gz")
    git(repository, "commit", "--message", "tests: delete the sample")

    answer = release(repository)

    assert answer.returncode == 1
    assert "make upgrade-sample" in answer.stderr
    assert git(repository, "tag", "--list") == ""


@pytest.mark.parametrize(
    ("version", "entry", "reason"),
    [
        ("1.3.0", "1.2.0 (2026-03-01)", "the newest entry of CHANGELOG.md is 1.2.0"),
        ("1.2.0", "1.2.0 (unreleased)", "CHANGELOG.md has no date for 1.2.0"),
        ("1.2.0", "News", "the newest entry of CHANGELOG.md is 1.1.0"),
    ],
)
def test_a_changelog_that_does_not_fit_is_refused(repository: Path, version: str, entry: str, reason: str) -> None:
    commit(repository, version=version, entry=entry)

    answer = release(repository)

    assert (answer.returncode, git(repository, "tag")) == (1, "")
    assert reason in answer.stderr


def test_changes_that_are_not_committed_are_refused(repository: Path) -> None:
    commit(repository)
    (repository / "new.py").write_text("", encoding="utf-8")

    answer = release(repository)

    assert (answer.returncode, git(repository, "tag")) == (1, "")
    assert "not committed:\n?? new.py" in answer.stderr


def test_another_branch_than_main_is_refused(repository: Path) -> None:
    commit(repository)
    git(repository, "switch", "--create", "topic")

    answer = release(repository)

    assert (answer.returncode, git(repository, "tag")) == (1, "")
    assert "Releases are made on main; this is topic." in answer.stderr


def test_a_version_is_released_once(repository: Path) -> None:
    commit(repository)
    git(repository, "tag", "--annotate", "v1.2.0", "--message", "Earlier")

    answer = release(repository)

    assert answer.returncode == 1
    assert "The tag v1.2.0 exists already" in answer.stderr
