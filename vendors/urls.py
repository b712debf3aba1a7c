"""The addresses of a vendor's own pages."""

from django.urls import path

from vendors import views

app_name = "vendors"
urlpatterns = [
    path("api-keys", views.key_list, name="keys"),
    path("api-keys/<str:public_id>/log", views.log, name="log"),
    path("api-keys/<str:public_id>/rotate", views.rotate, name="rotate"),
    path("api-keys/<str:public_id>/revoke", views.revoke, name="revoke"),
]
