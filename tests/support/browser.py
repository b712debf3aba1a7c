"""A real Chromium on a live desk, and axe to judge what it shows."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

# A busy machine is no fault of a page: how long something may take to appear is not what the tests are about.
expect.set_options(timeout=30_000)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The shell has no windows of a desktop to draw around each page: a seventh less processor time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# Only what is wrong crosses from the browser to the test.
VIOLATIONS = """async ({only, without, within}) => {
    if (within && !document.querySelector(within)) return [];
    const rules = Object.fromEntries(without.map(rule => [rule, {enabled: false}]));
    const found = await axe.run(within || document, {runOnly: only, rules, resultTypes: ["violations"]});
    return found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html}`));
}"""


def chromium_path() -> str | None:
    """Where Chromium is: the variable CHROMIUM, or the first of its usual names on the path."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium the browser tests are skipped, which the last line of `make test` says."""
    if chromium_path() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="no Chromium found"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one module of browser tests.

    Playwright keeps an event loop running in this thread, which Django takes for asynchronous code; the
    permission ends with the module, so that no other test runs under it.
    """
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield chromium
        chromium.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def console_problems() -> list[str]:
    """What the page complained about; a test that provokes a complaint clears it."""
    return []


@pytest.fixture
def page(browser: Browser, live_server, console_problems: list[str]) -> Iterator[Page]:
    """An empty page on the live desk; the test fails if the console has complained at its end."""
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC"
    )
    context.set_default_timeout(15_000)
    # Asked for by the browser itself where an answer is no page of ours.
    context.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    tab = context.new_page()
    tab.on("console", lambda line: line.type == "error" and console_problems.append(line.text))
    tab.on("pageerror", lambda error: console_problems.append(str(error)))
    yield tab
    context.close()
    assert console_problems == []


@pytest.fixture
def axe() -> Callable[..., None]:
    """Refuses a page that breaks WCAG 2.2 at level AA, naming each rule and element.

    Rules by name judge alone; others are left out; within a selector, the rest of the page is left out.
    """

    def judge(page: Page, *rules: str, without: Sequence[str] = (), within: str | None = None) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(Axe().axe_script)
            # Half a megabyte: the pages that follow need not be sent it again.
            page.context.add_init_script(Axe().axe_script)
        asked = {"only": list(rules or STANDARD), "without": list(without), "within": within}
        assert page.evaluate(VIOLATIONS, asked) == []

    return judge
