"""docs/measures.md, written from the measures of the maths: `python -m tests.measures_page`."""

from pathlib import Path

from sla.metrics.feeds import FeedKind
from sla.metrics.params import Param
from sla.metrics.registry import recipes_for

PAGE = Path(__file__).resolve().parents[1] / "docs" / "measures.md"
HEAD = """# Measures

What `measure` in a [terms file](terms.md) can name, by the kind of the feed. `of` may be left out for the first measure
of an aggregation. Written by `python -m tests.measures_page` from `sla/metrics/`.
"""


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(section(kind) for kind in FeedKind)


def section(kind: FeedKind) -> str:
    rows = [
        f"| `{recipe.aggregation}` | `{recipe.of}` | {recipe.title} | {'<br>'.join(map(parameter, recipe.params))} |"
        for recipe in recipes_for(kind)
    ]
    head = [f"\n## Feeds of {kind.label}\n", "| Aggregation | Of | Measure | Parameters |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows]) + "\n"


def parameter(param: Param) -> str:
    """Return a parameter's name, its choices or default, and what it does."""
    if param.choices:
        values = ", ".join(f"`{choice}`" for choice in param.choices)
        return f"`{param.name}` ({values}): {param.help}"
    if param.optional or param.default == "":
        return f"`{param.name}` (optional): {param.help}"
    required = f"required without `{param.unless}`" if param.unless else "required"
    default = required if param.default is None else f"default `{str(param.default).lower()}`"
    return f"`{param.name}` ({default}): {param.help}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
