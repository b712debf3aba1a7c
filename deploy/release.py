"""`make release`: checks that this commit may be released, then tags it with the version of pyproject.toml."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

SAMPLES = "tests/upgrades"
DATED_ENTRY = re.compile(r"^## (\S+) \((\d{4}-\d{2}-\d{2}|unreleased)\)$", re.MULTILINE)


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.rstrip()


def find_obstacles(version: str) -> list[str]:
    """Return every reason why the repository in the working directory cannot be released as `version`."""
    obstacles = []
    newest = DATED_ENTRY.search(Path("CHANGELOG.md").read_text(encoding="utf-8"))
    if newest is None or newest[1] != version:
        found = newest[1] if newest else "nothing"
        obstacles.append(f"pyproject.toml has version {version}, the newest entry of CHANGELOG.md is {found}.")
    elif newest[2] == "unreleased":
        obstacles.append(f"CHANGELOG.md has no date for {version}: write it in place of “unreleased”.")
    if not Path(SAMPLES, f"{version}.json.gz").exists():
        obstacles.append(f"{SAMPLES} has no sample of {version} for the upgrade test: make upgrade-sample")
    if changed := git("status", "--porcelain"):
        obstacles.append(f"There are changes that are not committed:\n{changed}")
    if (branch := git("branch", "--show-current")) != "main":
        obstacles.append(f"Releases are made on main; this is {branch or 'no branch'}.")
    if git("tag", "--list", f"v{version}"):
        obstacles.append(f"The tag v{version} exists already: raise the version in pyproject.toml.")
    return obstacles


def main() -> int:
    version = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    obstacles = find_obstacles(version)
    for obstacle in obstacles:
        sys.stderr.write(f"{obstacle}\n")
    if obstacles:
        return 1
    git("tag", "--annotate", f"v{version}", "--message", f"BPO desk {version}")
    sys.stdout.write(f"Tagged v{version}. Publish it: git push origin main v{version}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
