"""The operator's admin: reached through the desk's own sign-in, and not found for everybody else."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from allauth.account.views import logout as account_logout
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

View = Callable[..., Any]


class DeskAdminSite(AdminSite):
    """Sends visitors to the desk's sign-in, where guesses are limited; others than operators get 404."""

    site_header = site_title = "BPO desk"

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        inner = super().admin_view(view, cacheable)

        def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return update_wrapper(checked, inner)

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        index = request.path.rsplit("login/", 1)[0]
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or index)
        if not self.has_permission(request):
            raise Http404
        return redirect(index)

    def logout(self, request: HttpRequest, extra_context: object = None) -> TemplateResponse:
        """Sign out where everybody does, which the audit trail has."""
        response: TemplateResponse = account_logout(request)
        return response

    def password_change(self, request: HttpRequest, extra_context: object = None) -> Any:
        """Send operators to the page where everybody changes their own password."""
        return redirect("account_change_password")
