"""Addresses of the pages about chains."""

from django.urls import path

from record import views

app_name = "record"
urlpatterns = [path("contracts/<str:public_id>/chain", views.contract_chain, name="chain")]
