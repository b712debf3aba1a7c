"""Whether the web process answers, for monitoring, and the page of errors; `dashboard.views.health`: is it ready?"""

import sys

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views import defaults
from django.views.decorators.http import require_safe

from bpo.database_errors import TRANSIENT_ERRORS, busy_response


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, with the sentence of a view that refuses the address; what else went wrong is not shown."""
    reason = str(exception) if isinstance(exception, BadRequest) else ""
    return HttpResponse(loader.render_to_string("400.html", {"reason": reason}), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 where the database was busy or away before a view was called, as for a session."""
    error = sys.exc_info()[1]
    return busy_response(error) if isinstance(error, TRANSIENT_ERRORS) else defaults.server_error(request)
