"""Who may call the API: a key or a signed-in person; whoever is neither gets one and the same answer."""

from contextlib import ExitStack
from typing import Any, NoReturn

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request

from bpo.api_base import SessionAuthentication
from bpo.models import Role, User
from metrics.api import sandbox
from metrics.api.key_requests import record_request
from metrics.api.rate_limits import enforce_rate_limit
from vendors.keys import KeyAuthentication, KeyMayRead, KeyPrincipal
from vendors.models import ApiKey, Vendor

REPORTERS = (Role.VENDOR_MANAGER, Role.VENDOR_REPORTER)


class CarefulSession(SessionAuthentication):
    """A session that brings no CSRF token signs nobody in: a cookie alone may have been sent by any page."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        try:
            return super().authenticate(request)
        except PermissionDenied:
            return None


class ApiDoor:
    """What every view of the API has in common."""

    authentication_classes: list[type[BaseAuthentication]] = [KeyAuthentication, CarefulSession]
    permission_classes: list[type[BasePermission]] = [IsAuthenticated, KeyMayRead]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with ExitStack() as self.until_answered:
            response = super().dispatch(request, *args, **kwargs)
            principal = getattr(self.request, "_user", None)
            if sandbox.is_trial(principal):
                sandbox.end(self.request, response)
                record_request(request, response, principal.key)
            return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        request._request.principal = request.user
        sandbox.begin(request, self.until_answered)

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        if request.user.is_authenticated:
            enforce_rate_limit(request, now=timezone.now())

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> HttpResponse:
        final = super().finalize_response(request, response, *args, **kwargs)
        principal = getattr(request, "_user", None)
        if isinstance(principal, KeyPrincipal) and not principal.is_test:
            record_request(request._request, final, principal.key)
        return final

    def permission_denied(self, request: Request, message: Any = None, code: Any = None) -> NoReturn:
        if not getattr(request.user, "is_authenticated", False):
            raise KeyAuthentication.refusal()
        raise NotAllowed(message, code)


class NotAllowed(APIException):
    """Somebody who is known may not do this."""

    status_code = 403
    default_code = "not_allowed"
    default_detail = _("You may not do this.")


class MayReport(BasePermission):
    """Results come from their vendor: by a key with that scope, or from its manager or reporter."""

    code = "not_allowed"
    message = _("Only the vendor that does the work reports on it, with a key that has the scope “results:write”.")

    def has_permission(self, request: Request, view: object) -> bool:
        if isinstance(request.user, KeyPrincipal):
            return request.user.may(ApiKey.Scope.WRITE_RESULTS)
        return isinstance(request.user, User) and request.user.has_role(*REPORTERS)


def reporting_vendor(principal: Any) -> Vendor:
    """The vendor for which somebody reports."""
    if isinstance(principal, KeyPrincipal):
        return principal.vendor
    organisations = [pk for pk, role in principal.roles.items() if role in REPORTERS]
    vendors = list(Vendor.objects.visible_to(principal).filter(organisation__in=organisations)[:2])
    if len(vendors) != 1:
        raise NotAllowed(_("You report for several vendors; use a key of one of them."))
    return vendors[0]


class OnlyPeople(BasePermission):
    """What moves a closed number is done by a person."""

    code = "not_allowed"
    message = _("A key decides nothing: this is done by a person who is signed in.")

    def has_permission(self, request: Request, view: object) -> bool:
        return isinstance(request.user, User)
