"""A Python client that openapi-python-client makes of the served description has every operation, and works."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings
from django.utils import timezone

from intake.files.containers import XLSX
from metrics.services.judging import judge_all
from tests.support.cast import build_cast
from vendors.keys import issue_key

pytestmark = pytest.mark.any_database
PACKAGE = "generated_desk"


@pytest.fixture(scope="module")
def generated(description: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of the generated package, and what its generator said."""
    folder = tmp_path_factory.mktemp("python")
    (folder / "config.yaml").write_text("post_hooks: []\n", encoding="utf-8")
    files = [
        "--path",
        str(description),
        "--output-path",
        str(folder / PACKAGE),
        "--config",
        str(folder / "config.yaml"),
    ]
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", *files],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return folder, made.stdout + made.stderr


@pytest.fixture
def part(generated: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Imports a module of the generated package."""
    monkeypatch.syspath_prepend(str(generated[0]))
    return lambda name: import_module(f"{PACKAGE}.{name}")


def test_every_operation_becomes_a_function(generated: tuple[Path, str], operations: set[str]):
    folder, said = generated

    assert "will not be generated" not in said
    assert {path.stem for path in (folder / PACKAGE / "api").glob("*/[!_]*.py")} == operations


def test_nothing_but_bodies_that_are_no_json_is_left_out(generated: tuple[Path, str]):
    left_out = re.findall(r"WARNING parsing (.*?)\.\s+(.*)", generated[1])

    assert left_out == [
        ("POST /api/v1/results within results", "Unsupported content type application/x-ndjson"),
        ("POST /api/v1/results within results", "Unsupported content type text/csv"),
        ("POST /api/v1/results within results", f"Unsupported content type {XLSX}"),
    ]


def test_a_batch_is_sent_and_its_verdict_read(transactional_db, live_server, part):
    cast, now = build_cast(), timezone.now()
    given = {"name": "generated", "scopes": ["read", "results:write"], "actor": None, "expires_at": None}
    _key, secret = issue_key(vendor=cast.vendors["Brightline"], now=now - timedelta(days=1), **given)
    row = part("models.result_row").ResultRow(feed="QUALITY", period="2025-06", numerator="90", denominator=100)

    with part("client").AuthenticatedClient(base_url=live_server.url, token=secret) as client:
        receipt = part("api.results.send_results").sync(client=client, body=[row], idempotency_key="june")
        judge_all(now=now)
        levels = part("api.service_levels.list_service_levels").sync(client=client).results
        level = next(level.id for level in levels if level.code == "ACCURACY")
        verdict = part("api.verdicts.read_verdict").sync(level, "2025-06", client=client)

    assert (receipt.rows.new, verdict.value, verdict.status.value) == (1, "90", "below_expected")
