"""The OpenAPI document as a page shows it: operations, their parameters and answers, and the shapes they speak of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One parameter or one member of a shape."""

    name: str
    type: str
    shape: str
    words: str
    where: str = ""
    is_required: bool = False


@dataclass(frozen=True)
class Answer:
    """One status, what it means, and the shape of its body."""

    status: str
    words: str
    shape: str


@dataclass(frozen=True)
class Operation:
    """One method at one address."""

    method: str
    path: str
    anchor: str
    words: str
    parameters: list[Field]
    takes: list[str]
    answers: list[Answer]


@dataclass(frozen=True)
class Shape:
    """One schema with its members."""

    name: str
    words: str
    fields: list[Field]


def operations_of(description: Schema) -> list[Operation]:
    return [
        operation_of(method.upper(), path, told)
        for path, methods in description["paths"].items()
        for method, told in methods.items()
    ]


def operation_of(method: str, path: str, told: Schema) -> Operation:
    parameters = [
        Field(
            name=each["name"],
            type=type_of(each.get("schema", {})),
            shape="",
            words=each.get("description", ""),
            where=each["in"],
            is_required=each.get("required", False),
        )
        for each in told.get("parameters", [])
    ]
    answers = [
        Answer(status, answer.get("description", ""), shape_in(answer)) for status, answer in told["responses"].items()
    ]
    takes = sorted(told.get("requestBody", {}).get("content", {}))
    words = told.get("description") or told.get("summary", "")
    return Operation(method, path, told["operationId"], words, parameters, takes, answers)


def shapes_of(description: Schema) -> list[Shape]:
    """Every schema that has members; mere lists of words are said where they are used."""
    schemas = description["components"]["schemas"]
    return [
        Shape(name, schema.get("description", ""), [field_of(*item, schema, schemas) for item in members.items()])
        for name, schema in sorted(schemas.items())
        if (members := schema.get("properties"))
    ]


def field_of(name: str, told: Schema, schema: Schema, schemas: Schema) -> Field:
    target = reference_in(told)
    found = schemas.get(target, {}) if target else {}
    shape = target if "properties" in found else ""
    words = told.get("description") or (", ".join(map(str, found["enum"])) if "enum" in found else "")
    return Field(
        name, type_of(found if found and not shape else told), shape, words, "", name in schema.get("required", [])
    )


def shape_in(answer: Schema) -> str:
    for content in answer.get("content", {}).values():
        return reference_in(content.get("schema", {}))
    return ""


def reference_in(told: Schema) -> str:
    """The name of the schema that a schema points to, in a list or among others."""
    candidates = [told, told.get("items") or {}, *told.get("oneOf", ()), *told.get("allOf", ())]
    return next((each["$ref"].rsplit("/", 1)[1] for each in candidates if "$ref" in each), "")


def type_of(told: Schema) -> str:
    """A type in words that a reader of JSON knows."""
    kind = told.get("type", "")
    names = [name for name in (kind if isinstance(kind, list) else [kind]) if name]
    text = " or ".join(names)
    if told.get("enum"):
        return ", ".join(map(str, told["enum"]))
    return f"{text}, {told['format']}" if told.get("format") else text
