"""Nothing is skipped in silence: skips are handed to `make test`, and with STRICT=1 or CI=true they are failures."""

import json
import os
from pathlib import Path

import pytest

YES = {"1", "true", "yes", "on"}


def strict() -> bool:
    """Whether a skipped test counts as a failed one."""
    return any(os.environ.get(name, "").lower() in YES for name in ("STRICT", "CI"))


class SkipLedger:
    """Remembers the skips of one run."""

    def __init__(self) -> None:
        self.skips: list[dict] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report, is_browser="browser" in report.keywords)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._note(report, is_browser=False)

    def _note(self, report: pytest.TestReport | pytest.CollectReport, *, is_browser: bool) -> None:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        self.skips.append({"test": report.nodeid, "reason": reason.removeprefix("Skipped: "), "is_browser": is_browser})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if file := os.environ.get("SKIPS_FILE"):
            Path(file).write_text(json.dumps(self.skips), encoding="utf-8")
        if self.skips and strict() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.skips and strict():
            terminalreporter.write_line(f"{len(self.skips)} skipped: failures here, as STRICT or CI is set", red=True)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipLedger(), "skip-ledger")
