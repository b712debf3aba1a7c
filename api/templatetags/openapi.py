"""What the documentation page shows of parts of the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from django import template

Schema = Mapping[str, Any]
register = template.Library()


@register.filter
def target(part: Schema) -> str:
    """Return the name of the schema to which a part refers: itself, by its items or by one of its alternatives."""
    candidates = [part, part.get("items") or {}, *part.get("oneOf", ()), *part.get("allOf", ())]
    return next((schema["$ref"].rsplit("/", 1)[1] for schema in candidates if "$ref" in schema), "")


@register.filter
def answer_target(answer: Schema) -> str:
    """Return the name of the schema of an answer's body."""
    return target(next(iter(answer.get("content", {}).values()), {}).get("schema", {}))


@register.filter
def type_text(part: Schema, schemas: Mapping[str, Schema]) -> str:
    """Return a type as text, such as "string, date", "integer or null" or the values of an enumeration."""
    part = schemas.get(target(part), part)
    if part.get("enum"):
        return ", ".join(map(str, part["enum"]))
    kind = part.get("type", "")
    text = " or ".join(filter(None, kind if isinstance(kind, list) else [kind]))
    return f"{text}, {part['format']}" if part.get("format") else text


@register.filter
def with_table(name: str, schemas: Mapping[str, Schema]) -> str:
    """Return the name of a schema that has properties, and so a table of its own on the page; else nothing."""
    return name if "properties" in schemas.get(name, {}) else ""
