"""The OpenAPI document as the documentation page shows it: operations and schemas."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One parameter of an operation, or one property of a schema; `target` names the schema of a property."""

    name: str
    type: str
    target: str
    description: str
    where: str = ""
    is_required: bool = False


@dataclass(frozen=True)
class Answer:
    """One status of an operation, and the schema of its body."""

    status: str
    description: str
    target: str


@dataclass(frozen=True)
class Operation:
    """One method at one address."""

    method: str
    path: str
    anchor: str
    description: str
    parameters: list[Field]
    takes: list[str]
    answers: list[Answer]


@dataclass(frozen=True)
class SchemaTable:
    """One schema with its properties."""

    name: str
    description: str
    fields: list[Field]


def operations_of(document: Schema) -> list[Operation]:
    """Return every operation of the document, in its order."""
    return [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _operation(method: str, path: str, operation: Schema) -> Operation:
    parameters = [
        Field(
            name=parameter["name"],
            type=_type_text(parameter.get("schema", {})),
            target="",
            description=parameter.get("description", ""),
            where=parameter["in"],
            is_required=parameter.get("required", False),
        )
        for parameter in operation.get("parameters", [])
    ]
    answers = []
    for status, answer in operation["responses"].items():
        content = next(iter(answer.get("content", {}).values()), {})
        answers.append(Answer(status, answer.get("description", ""), _target(content.get("schema", {}))))
    return Operation(
        method=method.upper(),
        path=path,
        anchor=operation["operationId"],
        description=operation.get("description") or operation.get("summary", ""),
        parameters=parameters,
        takes=sorted(operation.get("requestBody", {}).get("content", {})),
        answers=answers,
    )


def schemas_of(document: Schema) -> list[SchemaTable]:
    """Return every schema with properties; enumerations are described where they are used."""
    schemas = document["components"]["schemas"]
    return [
        SchemaTable(
            name, schema.get("description", ""), [_field(*item, schema, schemas) for item in properties.items()]
        )
        for name, schema in sorted(schemas.items())
        if (properties := schema.get("properties"))
    ]


def _field(name: str, part: Schema, schema: Schema, schemas: Schema) -> Field:
    target = schemas.get(_target(part), {})
    has_table = "properties" in target
    return Field(
        name=name,
        type=_type_text(target if target and not has_table else part),
        target=_target(part) if has_table else "",
        description=part.get("description") or ", ".join(map(str, target.get("enum", ()))),
        is_required=name in schema.get("required", []),
    )


def _target(part: Schema) -> str:
    """Return the name of the schema to which a part refers, itself, by its items or by one of its alternatives."""
    candidates = [part, part.get("items") or {}, *part.get("oneOf", ()), *part.get("allOf", ())]
    return next((schema["$ref"].rsplit("/", 1)[1] for schema in candidates if "$ref" in schema), "")


def _type_text(part: Schema) -> str:
    """Return a type as text, such as "string, date" or "integer or null"."""
    if part.get("enum"):
        return ", ".join(map(str, part["enum"]))
    kind = part.get("type", "")
    text = " or ".join(filter(None, kind if isinstance(kind, list) else [kind]))
    return f"{text}, {part['format']}" if part.get("format") else text
