"""Query parameters of the API, strictly read."""

from collections.abc import Collection

from django.utils.translation import gettext as _
from rest_framework.request import Request

from bpo.api_base import Problem

SWITCHES = {"true": True, "false": False}
# Django REST framework's own parameter.
FORMAT = "format"


def check_parameters(request: Request, known: Collection[str]) -> None:
    """Raise Problem 400 for an unknown or repeated parameter."""
    for name in request.query_params:
        if name not in {*known, FORMAT} or len(request.query_params.getlist(name)) > 1:
            detail = _("There is no parameter “%(name)s”, or it is given twice.") % {"name": ascii(name[:100])[1:-1]}
            hint = _("Known: %(names)s.") % {"names": ", ".join(sorted(known))}
            raise Problem(400, "unknown_parameter", detail, hint=hint)


def is_on(request: Request, name: str) -> bool:
    """Whether a parameter is `true`; it is `false` by default."""
    value = request.query_params.get(name, "false")
    if value not in SWITCHES:
        raise Problem(400, "bad_parameter", _("%(name)s must be true or false.") % {"name": name})
    return SWITCHES[value]
