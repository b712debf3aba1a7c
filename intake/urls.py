"""Addresses of files, forms and the data page."""

from django.urls import path

from intake.views import entering, imports, quality, result_files, upload_addresses

app_name = "intake"
urlpatterns = [
    path("enter", entering.enter, name="enter"),
    path("data", quality.data, name="data"),
    path("data/<str:report_id>/delay", quality.delay, name="delay"),
    path("data/<str:report_id>/nothing", quality.nothing, name="nothing"),
    path("upload-addresses", upload_addresses.address_list, name="upload-addresses"),
    path("upload-addresses/<str:public_id>/revoke", upload_addresses.revoke, name="revoke-address"),
    path("imports/new", imports.new, name="new-import"),
    path("imports/template/<str:address>", result_files.template, name="template"),
    path("imports/results", result_files.results, name="results-file"),
    path("imports/<str:public_id>", imports.detail, name="import"),
    path("imports/<str:public_id>/columns", imports.read_as, name="read-as"),
    path("imports/<str:public_id>/decide", imports.decide, name="decide-import"),
    path("imports/<str:public_id>/wrong.csv", imports.wrong_rows, name="wrong-rows"),
]
