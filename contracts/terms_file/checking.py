"""Validation of a terms file against its JSON Schema, with errors in sentences."""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from contracts.terms_file.reading import Document, Problem, TermsFileRefused

SCHEMA = Path(__file__).parent.parent / "schema" / "terms.schema.json"
KINDS = {
    "object": gettext_lazy("names with values"),
    "array": gettext_lazy("a list"),
    "string": gettext_lazy("text"),
    "integer": gettext_lazy("a whole number"),
    "number": gettext_lazy("a number"),
    "boolean": gettext_lazy("true or false"),
    "null": gettext_lazy("empty"),
}


@cache
def validator() -> Any:
    """The schema's validator, for which numbers are whole numbers and Decimals."""
    types = Draft202012Validator.TYPE_CHECKER.redefine(
        "number", lambda _checker, value: isinstance(value, int | Decimal) and not isinstance(value, bool)
    )
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return extend(Draft202012Validator, type_checker=types)(schema, format_checker=FormatChecker(["date"]))


def check_form(document: Document) -> None:
    """Refuse a document that the schema does not allow, naming every fault with its place."""
    problems = [problem for error in validator().iter_errors(document.data) for problem in explain(error, document)]
    problems += document.problems
    if problems:
        raise TermsFileRefused(problems)


def explain(error: ValidationError, document: Document) -> Iterator[Problem]:
    """One fault in sentences, each at its place."""
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for name in error.instance:
            if name not in known:
                sentence = _("There is no “%(name)s” here%(place)s.") % {
                    "name": name,
                    "place": place_in_words(document.as_written(path)),
                }
                yield document.problem((*path, name), sentence + suggestion(name, known), key=True)
        return
    if error.validator == "required":
        for name in error.validator_value:
            if name not in error.instance and f"'{name}'" in error.message:
                words = {"name": name, "place": place_in_words(document.as_written(path))}
                yield document.problem(path, _("“%(name)s” is missing%(place)s.") % words)
        return
    branches = alternatives(error)
    if branches and "description" not in error.schema:
        for inner in branches:
            yield from explain(inner, document)
        return
    yield document.problem(path, sentence_for(error))


def alternatives(error: ValidationError) -> list[ValidationError]:
    """Of a value that fits none of several forms, the errors under the form whose type fits."""
    meant: dict[object, list[ValidationError]] = {}
    for inner in error.context or ():
        meant.setdefault(inner.schema_path[0], []).append(inner)
    for faults in meant.values():
        if not any(fault.validator == "type" and not fault.relative_path for fault in faults):
            return faults
    return next(iter(meant.values()), [])


def sentence_for(error: ValidationError) -> str:
    """What is wrong with one value."""
    value = quote_value(error.instance)
    if error.validator == "enum":
        choices = [str(choice) for choice in error.validator_value]
        text = _("%(value)s is not one of %(choices)s.") % {"value": value, "choices": ", ".join(choices)}
        return text + suggestion(str(error.instance), choices)
    if "description" in error.schema and error.validator in ("pattern", "format", "oneOf", "anyOf"):
        return _("%(value)s is not right: %(what)s") % {"value": value, "what": error.schema["description"]}
    if error.validator == "type":
        wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        what = _(" or ").join(str(KINDS[kind]) for kind in wanted)
        return _("%(value)s must be %(what)s.") % {"value": value, "what": what}
    if error.validator == "minLength":
        return _("This must not be empty.")
    if error.validator in ("minItems", "minProperties"):
        return _("This list must not be empty.")
    return f"{error.message}."


def quote_value(value: object) -> str:
    """A value as it can stand in a sentence."""
    if value is None:
        return _("An empty value")
    if isinstance(value, dict | list):
        return _("This")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"“{text[:60]}”"


def place_in_words(path: tuple[str | int, ...]) -> str:
    """Where in the file, in words: ` in service_levels, number 2`."""
    if not path:
        return ""
    words = [_("number %d") % (part + 1) if isinstance(part, int) else part for part in path]
    return _(" in %s") % ", ".join(words)


def suggestion(name: str, known: Iterable[str]) -> str:
    """` Did you mean “…”?` where something known is close."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return _(" Did you mean “%s”?") % close[0] if close else ""
