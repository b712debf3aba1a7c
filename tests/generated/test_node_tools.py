"""What Node programs make of the served description. Only .ci/run installs them, from a lock without addresses."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TOOLS = HERE / "node_modules"
pytestmark = pytest.mark.any_database
needs_tools = pytest.mark.skipif(not TOOLS.exists(), reason="Node tools, which .ci/run alone installs")


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Runs a Node tool in an empty folder; returns what it said."""
    (tmp_path / "node_modules").symlink_to(TOOLS)

    def call(tool: str, *words: object) -> str:
        command = [str(TOOLS / ".bin" / tool), *map(str, words)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


@needs_tools
def test_the_description_passes_the_rules_for_openapi_without_a_warning(run, description: Path):
    said = run("spectral", "lint", description, "--ruleset", HERE / "spectral.yaml", "--fail-severity", "hint")

    assert "No results with a severity of 'hint' or higher found!" in said


@needs_tools
def test_two_generators_of_typescript_cover_every_operation(run, description: Path, operations: set[str], tmp_path):
    run("openapi-typescript", description, "--output", tmp_path / "types.ts")
    run("openapi-ts", "--input", description, "--output", tmp_path / "client", "--logs", tmp_path)

    types = (tmp_path / "types.ts").read_text(encoding="utf-8").partition("export interface operations {")[2]
    functions = (tmp_path / "client" / "sdk.gen.ts").read_text(encoding="utf-8")
    assert set(re.findall(r"^    (\w+): \{$", types, re.M)) == operations
    assert {name.lower() for name in re.findall(r"^export const (\w+)", functions, re.M)} == {
        name.replace("_", "") for name in operations
    }

    # And what they made compiles, with a program that calls it.
    shutil.copy(HERE / "program.ts", tmp_path)
    options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--moduleResolution", "bundler"]
    run("tsc", *options, "--module", "esnext", tmp_path / "program.ts")


def test_the_lock_names_no_address_and_every_package_has_its_hash():
    packages = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
