"""The served description as a file, and the operations that it names."""

import json
from pathlib import Path

import pytest

from api.documents import build_description


@pytest.fixture(scope="session")
def description(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The OpenAPI document as a generator reads it."""
    path = tmp_path_factory.mktemp("description") / "openapi.json"
    path.write_text(json.dumps(build_description()), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def operations() -> set[str]:
    """The ids of all operations."""
    methods = [operation for path in build_description()["paths"].values() for operation in path.values()]
    names = {operation["operationId"] for operation in methods}
    assert len(names) == len(methods) > 40
    return names
