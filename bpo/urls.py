"""The addresses of the desk, app by app."""

from django.contrib import admin
from django.http import Http404
from django.urls import include, path
from django.views.decorators.http import require_safe
from django.views.defaults import page_not_found
from django.views.generic import RedirectView, TemplateView

from bpo import views

handler400 = views.bad_request
handler500 = views.server_error
demo_load = TemplateView.as_view(template_name="layout/_demo_load.html", extra_context={"is_update": True})
to_reset = RedirectView.as_view(pattern_name="account_reset_password")
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    # The line on every page that shows how far the demo world is loaded; the line itself asks for it.
    path("demo-load", require_safe(demo_load), name="demo-load"),
    path("admin/", admin.site.urls),
    # The address is the login, and only an admin changes it.
    path("accounts/email/", page_not_found, {"exception": Http404()}, name="account_email_closed"),
    # Who has no password gets one as who forgot theirs: by a mail, not by whatever session is open.
    path("accounts/password/set/", to_reset, name="account_set_password_by_link"),
    path("accounts/2fa/", include("bpo.factors.urls")),
    path("accounts/sso/", include("bpo.sign_on.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("api/", include("api.urls")),
    path("", include("vendors.urls")),
    path("", include("breaches.urls")),
    path("", include("intake.urls")),
    path("", include("dashboard.urls")),
    path("", include("record.urls")),
    path("", include("reports.urls")),
]
