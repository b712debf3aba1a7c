"""What every test may use; the fixtures live in tests/support, one noun a file."""

from collections.abc import Iterator

import pytest

from tests.support import environment

environment.prepare()

pytest_plugins = [
    "tests.support.browser",
    "tests.support.cast",
    "tests.support.command_line",
    "tests.support.api_clients",
    "tests.support.databases",
    "tests.support.described",
    "tests.support.mail",
    "tests.support.order",
    "tests.support.skips",
    "tests.support.windows",
    "tests.support.workers",
]


def pytest_configure() -> None:
    environment.hide()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    with environment.collecting():
        return (yield)


def pytest_unconfigure() -> None:
    environment.forget()
