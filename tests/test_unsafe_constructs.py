"""What would run or show text that people wrote does not occur in the code."""

import re
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.any_database
ROOT = Path(settings.BASE_DIR)
NOT_SHIPPED = {"tests", "benchmarks", ".venv", "var", "mutants"}


def files(*endings: str) -> list[Path]:
    """The desk's own files, without tests."""
    found = [path for ending in endings for path in ROOT.rglob(f"*.{ending}")]
    return [path for path in found if not NOT_SHIPPED.intersection(path.relative_to(ROOT).parts)]


@pytest.mark.parametrize(
    ("endings", "constructs"),
    [
        (("py",), r"\b(eval|exec)\(|\b(pickle|marshal|mark_safe)\b|shell=True|os\.system|yaml\.(unsafe_)?load\("),
        (("html",), r"\|\s*safe\b|\bon\w+=|hx-on|javascript:|<script(?![^>]*\b(src=|type=\"application/json\"))"),
        (("js",), r"\b(eval|Function)\(|\.(inner|outer)HTML|insertAdjacentHTML|document\.(write|cookie)|postMessage"),
        (("js",), r"(local|session)Storage|indexedDB"),
    ],
    ids=["python", "templates", "scripts", "storage"],
)  # fmt: skip
def test_no_text_is_run_or_shown_as_code(endings: tuple[str, ...], constructs: str) -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in files(*endings)}

    assert texts
    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if re.search(constructs, text)] == []


def test_the_image_holds_neither_tests_nor_history_nor_secrets() -> None:
    ignored = set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())

    assert {".git", ".env", "var", "tests", "**/tests", "benchmarks", "conftest.py"} <= ignored
