"""Manners that every API view shares: sign-in, strict filters, paging, and errors as RFC 9457 problems."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import authentication, exceptions, pagination
from rest_framework.request import Request
from rest_framework.response import Response

from bpo.database_errors import RETRY_AFTER_SECONDS, TRANSIENT_ERRORS, log_database_error
from bpo.errors import Refused

PAGE_PARAMETERS = {"limit", "offset", "format"}


class Problem(exceptions.APIException):
    """An error answer in full: status, code, sentence, and what else the reader needs."""

    def __init__(
        self, status: int, code: str, detail: Any, *, title: Any = "", headers: dict | None = None, **more: Any
    ):
        super().__init__(detail, code)
        self.status_code = status
        self.title = title
        self.problem_headers = headers or {}
        self.more = more


class SessionAuthentication(authentication.SessionAuthentication):
    """Django's session; a request without one is answered 401, not 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class StrictFilterBackend(DjangoFilterBackend):
    """A parameter that is empty or that no filter understands is an error: ignoring it would answer with everything."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset = self.get_filterset(request, queryset, view)
        filters = set(filterset.get_filters()) if filterset else set()
        known = filters | PAGE_PARAMETERS | set(getattr(view, "own_parameters", ()))
        for name, value in request.query_params.items():
            if name not in known:
                raise Problem(
                    400,
                    "unknown_parameter",
                    _("There is no parameter “%(name)s” here.") % {"name": name[:100]},
                    hint=_("Known: %(names)s.") % {"names": ", ".join(sorted(known - {"format"}))},
                )
            if name in filters and not value:
                raise Problem(
                    400,
                    "bad_parameter",
                    _("The parameter “%(name)s” is empty.") % {"name": name[:100]},
                    hint=_("Give it a value, or leave it out to get everything."),
                )
        return super().filter_queryset(request, queryset, view)


class DeskPagination(pagination.LimitOffsetPagination):
    """`limit` (1 to 1,000, 100 unless told) and `offset`; what is not such a number is an error."""

    default_limit = 100
    max_limit = 1000
    largest_offset = 10_000_000

    def get_limit(self, request: Request) -> int:
        return self._whole(request, "limit", self.default_limit, 1, self.max_limit)

    def get_offset(self, request: Request) -> int:
        return self._whole(request, "offset", 0, 0, self.largest_offset)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        members = {"count": {"type": "integer"}, "next": link, "previous": link, "results": schema}
        return {"type": "object", "required": ["count", "results"], "properties": members}

    def _whole(self, request: Request, name: str, default: int, lowest: int, highest: int) -> int:
        text = request.query_params.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 12 and lowest <= int(text) <= highest):
            raise Problem(
                400,
                "bad_page",
                _("“%(name)s” is a whole number from %(lowest)s to %(highest)s.")
                % {"name": name, "lowest": lowest, "highest": highest},
            )
        return int(text)


def problem_for(error: Exception, context: dict[str, Any]) -> Response | None:
    """Any error as an RFC 9457 problem; what is not known here stays a 500 with its id."""
    request = context["request"]
    if isinstance(error, Http404):
        error = Problem(404, "not_found", _("There is nothing at this address."))
    elif isinstance(error, SuspiciousOperation):
        error = Problem(400, "bad_request", _("This is no request that an honest program makes."))
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, Refused):
        error = Problem(error.status, error.code, error.sentence, hint=error.hint, **error.details)
    elif isinstance(error, TRANSIENT_ERRORS):
        log_database_error(error)
        error = Problem(
            503,
            "busy",
            _("The desk could not reach its data in time; nothing of the request is kept."),
            hint=_("Send the same request again, with the same Idempotency-Key."),
            headers={"Retry-After": RETRY_AFTER_SECONDS},
        )
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
        content_type="application/problem+json",
    )


def problem_body(error: exceptions.APIException, *, request_id: str) -> dict[str, Any]:
    """The members of the problem; `type` is a page that exists."""
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "invalid"
    body: dict[str, Any] = {
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
