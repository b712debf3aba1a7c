"""What every API view uses: sessions, strict filters, pages, and errors as RFC 9457 problems."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_filters import MultipleChoiceFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import authentication, exceptions, pagination
from rest_framework.request import Request
from rest_framework.response import Response

from bpo.database_errors import NO_ANSWER, RETRY_AFTER_SECONDS, TRANSIENT_ERRORS, log_database_error
from bpo.errors import Refused
from bpo.factors.rules import lacks_factor
from bpo.models import User
from bpo.row_errors import SubmissionError

PROBLEM_TYPE = "application/problem+json"
PAGE_PARAMETERS = {"limit", "offset", "format"}


class Problem(exceptions.APIException):
    """An error answer: status, code, message, headers, and further members of the problem."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: Any,
        *,
        title: str | Promise = "",
        headers: dict[str, str] | None = None,
        **more: Any,
    ):
        super().__init__(detail, code)
        self.status_code = status
        self.title = title
        self.problem_headers = headers or {}
        self.more = more


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's session. Its header makes DRF answer 401, not 403, to a request without one."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        signed_in: tuple[User, None] | None = super().authenticate(request)
        if signed_in and lacks_factor(request._request):
            hint = _("Sign in on a page and set it up there.")
            raise Problem(403, "second_factor_required", _("You must have a second factor and have none."), hint=hint)
        return signed_in

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class StrictFilterBackend(DjangoFilterBackend):
    """Refuses empty, unknown and repeated parameters: ignoring a mistyped filter would return everything."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Model], view: object) -> Any:
        filterset = self.get_filterset(request, queryset, view)
        filters = filterset.get_filters() if filterset else {}
        known = {*filters, *PAGE_PARAMETERS, *getattr(view, "own_parameters", ())}
        for name, values in request.query_params.lists():
            if name not in known:
                detail = _("There is no parameter “%(name)s”.") % {"name": name[:100]}
                hint = _("Known: %(names)s.") % {"names": ", ".join(sorted(known - {"format"}))}
                raise Problem(400, "unknown_parameter", detail, hint=hint)
            if len(values) > 1 and not isinstance(filters.get(name), MultipleChoiceFilter):
                detail = _("The parameter “%(name)s” is given twice.") % {"name": name[:100]}
                raise Problem(400, "unknown_parameter", detail, hint=_("Give it once."))
            if name in filters and not all(values):
                detail = _("The parameter “%(name)s” is empty.") % {"name": name[:100]}
                raise Problem(
                    400, "bad_parameter", detail, hint=_("Give it a value, or leave it out to get everything.")
                )
        return super().filter_queryset(request, queryset, view)


class DeskPagination(pagination.LimitOffsetPagination):
    """`limit` (1 to 1,000; 100 by default) and `offset`, strictly read."""

    default_limit = 100
    max_limit = 1000
    largest_offset = 10_000_000

    def get_limit(self, request: Request) -> int:
        return self._read_whole_number(request, "limit", self.default_limit, 1, self.max_limit)

    def get_offset(self, request: Request) -> int:
        return self._read_whole_number(request, "offset", 0, 0, self.largest_offset)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        members = {"count": {"type": "integer"}, "next": link, "previous": link, "results": schema}
        return {"type": "object", "required": ["count", "results"], "properties": members}

    def _read_whole_number(self, request: Request, name: str, default: int, lowest: int, highest: int) -> int:
        text = request.query_params.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 12 and lowest <= int(text) <= highest):
            detail = _("“%(name)s” must be a whole number from %(lowest)s to %(highest)s.")
            raise Problem(400, "bad_page", detail % {"name": name, "lowest": lowest, "highest": highest})
        return int(text)


def problem_for(error: Exception, context: Mapping[str, object]) -> Response | None:
    """Return an error as an RFC 9457 problem, or None for an unexpected one, which becomes a 500."""
    request = context["request"]
    if isinstance(error, Http404):
        error = Problem(404, "not_found", _("Nothing was found at this address."))
    elif isinstance(error, SuspiciousOperation):
        error = Problem(400, "bad_request", _("The request is malformed."))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    elif isinstance(error, Refused):
        error = Problem(error.status, error.code, error.sentence, hint=error.hint, **error.details)
    elif isinstance(error, SubmissionError):
        error = Problem(error.status, error.code, error.detail, hint=error.hint, **error.more)
    elif isinstance(error, TRANSIENT_ERRORS):
        log_database_error(error)
        hint = _("Send the same request again, with the same Idempotency-Key.")
        error = Problem(503, "busy", NO_ANSWER, hint=hint, headers={"Retry-After": RETRY_AFTER_SECONDS})
    if not isinstance(error, exceptions.APIException):
        return None
    headers = dict(getattr(error, "problem_headers", {}))
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)
    return Response(
        problem_body(error, request_id=getattr(request, "request_id", "")),
        status=error.status_code,
        headers=headers,
        content_type=PROBLEM_TYPE,
    )


def problem_response(problem: Problem, request: HttpRequest) -> JsonResponse:
    """Return a problem as the answer to a request that has not reached a view."""
    return JsonResponse(
        problem_body(problem, request_id=request.request_id),
        status=problem.status_code,
        headers=problem.problem_headers,
        content_type=PROBLEM_TYPE,
    )


def problem_body(error: exceptions.APIException, *, request_id: str) -> dict[str, object]:
    """Return the members of a problem; `type` is the address of the code's page."""
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "invalid"
    body: dict[str, object] = {
        "type": f"{settings.BASE_URL}/api/problems/{code}",
        "title": str(getattr(error, "title", "") or code.replace("_", " ").capitalize()),
        "status": error.status_code,
        "code": code,
        "detail": str(error.detail) if isinstance(codes, str) else str(_("The request is not valid.")),
    }
    if not isinstance(codes, str):
        body["errors"] = error.detail
    body.update({name: value for name, value in getattr(error, "more", {}).items() if value not in ("", None)})
    body["request_id"] = request_id
    return body


def request_time(request: Request) -> datetime:
    """Return the time of a request: X-Test-Now of a test key, otherwise now."""
    return getattr(request._request, "test_now", None) or timezone.now()
