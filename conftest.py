"""What every test may use; the fixtures live in tests/support, one noun a file."""

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
    "tests.support.skips",
    "tests.support.windows",
    "tests.support.workers",
]


def pytest_configure() -> None:
    environment.hide()


def pytest_collection_finish() -> None:
    environment.collect_garbage_less()


def pytest_unconfigure() -> None:
    environment.forget()
