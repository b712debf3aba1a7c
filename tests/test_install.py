"""The locks install without resolving, so that no newer release elsewhere can break an install."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.wheels import build_wheel

ROOT = Path(settings.BASE_DIR)
LOCKS = ("requirements.txt", "requirements-dev.txt")


def read_lock(name: str) -> dict[str, Requirement]:
    """Return the pinned requirements of a lock file by package name."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line.removesuffix("\\").strip()) for line in lines if re.match(r"[\w.-]+(\[.*\])?==", line)]
    return {canonicalize_name(pin.name): pin for pin in pins}


def find_requirements(name: str, extras: set[str]) -> list[Requirement]:
    """Return what an installed package requires here with these extras; nothing where it is not installed."""
    try:
        lines = requires(name) or []
    except PackageNotFoundError:
        return []
    requirements = [Requirement(line) for line in lines]
    return [
        requirement
        for requirement in requirements
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras})
    ]


def find_extras(lock: dict[str, Requirement]) -> Iterator[tuple[str, Requirement]]:
    """Yield every requirement that asks for an extra, with the package that asks."""
    for name, pin in lock.items():
        for requirement in find_requirements(name, pin.extras):
            if requirement.extras:
                yield name, requirement


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_with_an_extra_is_pinned_with_it(name: str) -> None:
    lock = read_lock(name)
    missing = []
    for asker, requirement in find_extras(lock):
        pin = lock.get(canonicalize_name(requirement.name))
        if pin is None or not requirement.extras <= pin.extras:
            missing.append(f"{asker} requires {requirement}, which is not pinned with its extra")
        missing += [
            f"{asker} requires {requirement}, whose {needed.name} is not pinned"
            for needed in find_requirements(requirement.name, requirement.extras)
            if canonicalize_name(needed.name) not in lock
        ]

    assert missing == []


def test_some_requirement_has_an_extra() -> None:
    """Otherwise the test above states nothing."""
    assert {"celery", "kombu"} <= {requirement.name for _, requirement in find_extras(read_lock(LOCKS[1]))} | {
        name for name, pin in read_lock(LOCKS[1]).items() if pin.extras
    }


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_of_a_locked_package_is_locked(name: str) -> None:
    lock = read_lock(name)

    assert [
        f"{asker} requires {requirement}"
        for asker, pin in lock.items()
        for requirement in find_requirements(asker, pin.extras)
        if canonicalize_name(requirement.name) not in lock
    ] == []


@pytest.mark.slow
def test_a_newer_release_of_a_package_required_with_an_extra_changes_no_install(tmp_path: Path) -> None:
    """The Makefile installs the locked versions, also where an extra's package is named without its extra."""
    index = tmp_path / "index"
    index.mkdir()
    extra = ("Provides-Extra: quick", "Requires-Dist: leaf ; extra == 'quick'")
    lines = [
        build_wheel(index, "parent", "1.0", "Requires-Dist: child[quick]"),
        build_wheel(index, "child", "1.0", *extra),
        build_wheel(index, "leaf", "1.0"),
    ]
    build_wheel(index, "child", "2.0", *extra)
    build_wheel(index, "leaf", "2.0")
    (tmp_path / "requirements.txt").write_text("".join(lines), encoding="utf-8")
    shutil.copy(ROOT / "Makefile", tmp_path)
    without_pip = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE"))}
    environment = without_pip | {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(index),
        "PYTHON": sys.executable,
    }

    subprocess.run(["make", ".venv/runtime.stamp"], cwd=tmp_path, env=environment, check=True, capture_output=True)

    packages = tmp_path.glob(".venv/lib/python*/site-packages/*.dist-info")
    assert {"parent-1.0.dist-info", "child-1.0.dist-info", "leaf-1.0.dist-info"} <= {path.name for path in packages}
