"""The page about terms files names everything that can stand in one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from contracts.terms import RULES
from contracts.terms_file.checking import SCHEMA

PAGE = (Path(settings.BASE_DIR) / "docs" / "terms.md").read_text(encoding="utf-8")
WEEKDAYS = {"tuesday", "wednesday", "thursday", "friday", "saturday"}


def names(schema: Any) -> Iterator[str]:
    """Every name that the schema knows."""
    if isinstance(schema, list):
        for part in schema:
            yield from names(part)
    elif isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from names(part)


@pytest.mark.parametrize("name", sorted(set(names(json.loads(SCHEMA.read_text(encoding="utf-8")))) - WEEKDAYS))
def test_every_name_of_the_schema_is_explained(name):
    assert f"`{name}`" in PAGE or f"`{name}:" in PAGE


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_of_the_engine_can_be_written(rule):
    assert rule in json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]["rules"]["properties"]
