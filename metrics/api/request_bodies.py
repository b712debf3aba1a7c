"""The bodies of acts: one small JSON object, read as strictly as results; all that is wrong with it is said at once."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request

from bpo.api_base import Problem
from bpo.api_uploads import read_upload
from bpo.media_types import JSON, media_type_of
from bpo.row_errors import SubmissionError
from bpo.size_limits import OBJECT_BYTES
from bpo.strict_json import parse_json
from bpo.strict_values import CellError

Readers = Mapping[str, Callable[[Any], Any]]


def read_act(request: Request, readers: Readers, *, needed: Collection[str] = ()) -> dict[str, Any]:
    """The members of the body, each by its reader; a null is as good as nothing."""
    told = read_object(request)
    values: dict[str, Any] = {}
    errors = [
        wrong(name, "unknown_field", _("There is no such member here."), _("Known: %s.") % ", ".join(readers))
        for name in told
        if name not in readers
    ]
    for name, read in readers.items():
        if told.get(name) is None:
            if name in needed:
                errors.append(wrong(name, "missing_field", _("It is needed."), ""))
            continue
        try:
            values[name] = read(told[name])
        except CellError as mistake:
            errors.append(wrong(name, mistake.code, mistake.detail, mistake.hint))
    if errors:
        raise Problem(422, "wrong_fields", _("The body can be read, but not all of it makes sense."), errors=errors)
    return values


def read_object(request: Request) -> dict[str, Any]:
    """The body as an object."""
    try:
        if media_type_of(request.META.get("CONTENT_TYPE") or "") != JSON:
            raise Problem(415, "unsupported_media_type", _("An act comes as one JSON object."))
        told = parse_json(read_upload(request, most=OBJECT_BYTES))
    except SubmissionError as error:
        raise Problem(error.status, error.code, error.detail, hint=error.hint) from error
    if not isinstance(told, dict):
        raise Problem(400, "wrong_shape", _("An act comes as one JSON object."))
    return told


def wrong(name: str, code: str, detail: Any, hint: Any) -> dict[str, str]:
    said = {"pointer": f"#/{ascii(name[:100])[1:-1]}", "code": code, "detail": str(detail)}
    return said | ({"hint": str(hint)} if hint else {})
