"""Every fault point that the source names."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

FLOORS = ("bpo", "vendors", "contracts", "metrics", "intake", "breaches", "credits", "reports", "api", "dashboard")


def points_in_source() -> list[str]:
    """The names in all calls of `faultpoint`, as often as they stand there."""
    found = []
    for floor in FLOORS:
        for path in (Path(settings.BASE_DIR) / floor).rglob("*.py"):
            if "tests" not in path.parts and "faultpoint(" in (text := path.read_text(encoding="utf-8")):
                found += list(_names(ast.parse(text)))
    return sorted(found)


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "faultpoint":
            (name,) = node.args
            # A name that is put together could not be listed, and so not be proved.
            assert isinstance(name, ast.Constant), ast.unparse(node)
            yield name.value
