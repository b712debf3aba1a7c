"""Addresses that mails lead to."""

from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("unsub/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("data/remind", views.remind, name="remind"),
]
