"""Addresses that mails lead to."""

from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("unsub/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("a/<str:act>/<str:token>", views.act, name="act"),
    path("breaches/<str:public_id>/mute", views.mute, name="mute"),
    path("data/remind", views.remind, name="remind"),
]
