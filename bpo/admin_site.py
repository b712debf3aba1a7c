"""The operator's admin: one way in, through the desk's own sign-in, and nothing there for anybody else."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

View = Callable[..., Any]


class DeskAdminSite(AdminSite):
    """Strangers are sent to sign in, where guesses are counted; others who are signed in find nothing here."""

    site_header = site_title = "BPO desk"

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        inner = super().admin_view(view, cacheable)

        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return update_wrapper(door, inner)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or self.index_url(request))
        if not self.has_permission(request):
            raise Http404
        return redirect(self.index_url(request))

    def index_url(self, request: HttpRequest) -> str:
        return request.path.rsplit("login/", 1)[0]
