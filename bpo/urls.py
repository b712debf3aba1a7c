"""The addresses of the desk, app by app."""

from django.contrib import admin
from django.urls import include, path

from bpo import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("demo-load", views.demo_load, name="demo-load"),
    path("admin/", admin.site.urls),
    # The address is the login, and only an admin changes it.
    path("accounts/email/", views.not_found, name="account_email_closed"),
    path("accounts/", include("allauth.account.urls")),
    path("api/", include("api.urls")),
    path("", include("vendors.urls")),
    path("", include("breaches.urls")),
    path("", include("intake.urls")),
    path("", include("dashboard.urls")),
    path("", include("reports.urls")),
]
