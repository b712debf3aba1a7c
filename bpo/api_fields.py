"""Serializer fields that several answers of the API use."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["93.2"]})
class ExactNumber(serializers.Field):
    """A Decimal as text, so that no reader's float changes it."""

    def to_representation(self, value: object) -> str:
        return f"{value:f}"


@extend_schema_field({"type": "object", "additionalProperties": True})
class AnyObject(serializers.JSONField):
    """A JSON object as it is stored; its members depend on what it belongs to."""


@extend_schema_field({"type": "array", "items": {}})
class AnyList(AnyObject):
    """A JSON list as it is stored."""
