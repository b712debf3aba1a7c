"""Who may call the API, and what all of its views share: authentication, rate limits, request log, sandbox."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request

from bpo import row_security
from bpo.api_base import Problem, SessionAuthentication
from bpo.confirmation import must_confirm
from bpo.models import Role, User
from bpo.rate_limits import count_request
from metrics.api import sandbox
from metrics.api.key_requests import record_request
from metrics.api.schema import responses
from vendors.keys import InvalidKeyError, KeyAuthentication, KeyMayRead, KeyPrincipal
from vendors.models import ApiKey, Vendor

Viewset = TypeVar("Viewset", bound=type)
REPORTERS = (Role.VENDOR_MANAGER, Role.VENDOR_REPORTER)


class CsrfSessionAuthentication(SessionAuthentication):
    """A session without its CSRF token signs nobody in: another site's page may have sent the cookie."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        try:
            return super().authenticate(request)
        except PermissionDenied:
            return None


class ApiMixin:
    """What every view of the API does before and after its own work."""

    authentication_classes: list[type[BaseAuthentication]] = [KeyAuthentication, CsrfSessionAuthentication]
    permission_classes: list[type[BasePermission]] = [IsAuthenticated, KeyMayRead]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with ExitStack() as self.until_answered:
            response = super().dispatch(request, *args, **kwargs)
            principal = getattr(self.request, "_user", None)
            if getattr(principal, "is_test", False):
                sandbox.finish(self.request, response)
                record_request(request, response, principal.key)
            return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        request._request.principal = request.user
        if getattr(request.user, "is_test", False) or sandbox.CLOCK in request.META:
            sandbox.enter(request, self.until_answered)

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        if request.user.is_authenticated:
            enforce_rate_limit(request, now=timezone.now())
            if request.method in SAFE_METHODS:
                row_security.narrow(request.user)

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> HttpResponse:
        final = super().finalize_response(request, response, *args, **kwargs)
        principal = getattr(request, "_user", None)
        if isinstance(principal, KeyPrincipal) and not principal.is_test:
            record_request(request._request, final, principal.key)
        return final

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> NoReturn:
        if not getattr(request.user, "is_authenticated", False):
            raise InvalidKeyError
        raise NotAllowed(message, code)


def enforce_rate_limit(request: Request, *, now: datetime) -> None:
    """Count the caller's request. Raises Problem 429 where it is one too many in this minute."""
    is_key = isinstance(request.user, KeyPrincipal)
    caller = f"key:{request.user.key.pk}" if is_key else getattr(request.user, "caller", f"person:{request.user.pk}")
    if request.method in SAFE_METHODS:
        kind, policy, limit = "read", "reads", settings.API_READS_PER_MINUTE
        detail = gettext("The limit is %(limit)s reads a minute.") % {"limit": limit}
        hint = gettext("Read more rows in one request; up to 1,000 fit on a page.")
    else:
        kind, policy, limit = "write", "default", settings.API_WRITES_PER_MINUTE
        detail = gettext("The limit is %(limit)s writes a minute.") % {"limit": limit}
        hint = gettext("Send more rows in one request; up to 10,000 fit.")
    request._request.rate_limit = count_request(f"{kind}:{caller}", policy=policy, limit=limit, now=now)
    if request._request.rate_limit.is_exceeded:
        raise request._request.rate_limit.refusal(detail, hint)


class ListViewSet(ApiMixin, mixins.ListModelMixin, viewsets.GenericViewSet):
    """A list of those rows of `queryset` that the caller may see."""

    queryset: QuerySet

    def get_queryset(self) -> QuerySet:
        return self.queryset.visible_to(self.request.user)


class ReadOnlyViewSet(mixins.RetrieveModelMixin, ListViewSet):
    """The same, and one row by its public id."""

    lookup_field = "public_id"
    lookup_value_regex = "[A-Z]{1,2}-[0-9A-Z]{1,8}"
    lookup_url_kwarg = "id"


def documented(name: str, serializer: type, *, detail: type | None = None) -> Callable[[Viewset], Viewset]:
    """Decorate a viewset with the OpenAPI description of its list and, with `detail`, of one row."""
    rows = responses({200: serializer(many=True)}, 400, 401, 403)
    methods = {"list": extend_schema(operation_id=f"list_{name}", responses=rows)}
    if detail is not None:
        row = responses({200: detail}, 401, 403, 404)
        methods["retrieve"] = extend_schema(operation_id=f"read_{name}", responses=row)
    return extend_schema_view(**methods)


class NotAllowed(APIException):
    """The caller is known but may not do this."""

    status_code = 403
    default_code = "not_allowed"
    default_detail = _("You don't have permission to do this.")


class CanSendResults(BasePermission):
    """A vendor's key with the scope, its manager or its reporter."""

    code = "not_allowed"
    message = _("Only the vendor can send results, with a key that has the scope “results:write”.")

    def has_permission(self, request: Request, view: object) -> bool:
        if isinstance(request.user, KeyPrincipal):
            return ApiKey.Scope.WRITE_RESULTS in request.user.key.scopes
        return isinstance(request.user, User) and request.user.has_role(*REPORTERS)


def reporting_vendor(principal: object) -> Vendor:
    """Return the vendor for which somebody reports. Raises NotAllowed where a person reports for several or none."""
    if isinstance(principal, KeyPrincipal):
        return principal.key.vendor
    organisations = [pk for pk, role in getattr(principal, "roles", {}).items() if role in REPORTERS]
    vendors = list(Vendor.objects.visible_to(principal).filter(organisation__in=organisations)[:2])
    if len(vendors) != 1:
        raise NotAllowed(_("You report for several vendors. Use an API key of one of them."))
    return vendors[0]


class PersonRequest(Request):
    """A request that IsPerson lets through."""

    user: User


class IsPerson(BasePermission):
    """A signed-in person, not a key."""

    code = "not_allowed"
    message = _("A key cannot do this; a signed-in person can.")

    def has_permission(self, request: Request, view: object) -> bool:
        return isinstance(request.user, User)


class IsJustConfirmed(BasePermission):
    """Acts only of somebody who signed in, or confirmed who they are, a short time ago; everybody reads."""

    def has_permission(self, request: Request, view: object) -> bool:
        is_act = request.method not in SAFE_METHODS
        if is_act and isinstance(request.user, User) and must_confirm(request._request):
            hint = gettext("Confirm on a page that it is you: /accounts/reauthenticate/")
            raise Problem(403, "confirm_identity", _("You signed in some time ago, and this matters."), hint=hint)
        return True
