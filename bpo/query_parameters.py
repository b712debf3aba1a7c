"""What stands in an address after the question mark: known, given once, and true or false where it is a switch."""

from collections.abc import Collection

from django.utils.translation import gettext as _
from rest_framework.request import Request

from bpo.api_base import Problem

SWITCHES = {"true": True, "false": False}
# Django REST framework's own: it says how the answer is written.
FORMAT = "format"


def check_parameters(request: Request, known: Collection[str]) -> None:
    """A parameter that nobody knows, or that says two things, is an error."""
    for name in request.query_params:
        if name not in {*known, FORMAT} or len(request.query_params.getlist(name)) > 1:
            raise Problem(
                400,
                "unknown_parameter",
                _("There is no parameter “%(name)s” here, or it is given twice.") % {"name": ascii(name[:100])[1:-1]},
                hint=_("Known: %(names)s.") % {"names": ", ".join(sorted(known))},
            )


def is_on(request: Request, name: str) -> bool:
    """A switch; off unless told."""
    told = request.query_params.get(name, "false")
    if told not in SWITCHES:
        raise Problem(400, "bad_parameter", _("%(name)s is true or false.") % {"name": name})
    return SWITCHES[told]
