"""Errors that no view of the API answers, such as a wrong Host or a database lost before it: problems, not pages."""

from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext_lazy as _

from bpo.api_base import PROBLEM_TYPE, Problem, problem_response
from bpo.database_errors import NO_ANSWER
from bpo.rate_limits import API

ERRORS = {
    400: ("bad_request", _("The request is malformed, or the host that it names is not the desk's.")),
    403: ("not_allowed", _("You don't have permission to do this.")),
    404: ("not_found", _("Nothing was found at this address.")),
    405: ("method_not_allowed", _("This address does not support the method.")),
    503: ("busy", NO_ANSWER),
}
SERVER_ERROR = ("server_error", _("The error is on our side and has been logged. Nothing was stored in part."))
NOT_ENCRYPTED = _("The API is served over https:// alone. Nothing was stored.")
REPLACE_KEY = _("Call the address with https://, and replace a key that was sent without it: others may have read it.")
# Programs call these addresses, people read the others.
CALLED = f"{API}v"
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


class ApiErrorMiddleware(MiddlewareMixin):
    """Turns every error of the API that is no problem yet into one.

    A request without TLS is refused where a page is redirected: its key has been readable on the way, and a client that
    follows the redirect would never know.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        is_api = f"{request.path}/".startswith(API)
        if request.path.startswith(CALLED) and response.status_code == 301 and not request.is_secure():
            return problem_response(Problem(403, "not_encrypted", NOT_ENCRYPTED, hint=REPLACE_KEY), request)
        if response.status_code < 400 or not is_api or response.headers.get("Content-Type") == PROBLEM_TYPE:
            return response
        code, detail = ERRORS.get(response.status_code, SERVER_ERROR)
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        return problem_response(Problem(response.status_code, code, detail, headers=headers), request)
