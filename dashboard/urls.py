"""The desk's addresses: one per thing, the same for client and vendor."""

from django.urls import path

from dashboard.views import breaches, entering, imports, levels, nights, overview, parties, people, quality

app_name = "dashboard"
urlpatterns = [
    path("", overview.first_page, name="overview"),
    path("organisation", overview.organisation, name="organisation"),
    path("service-levels", levels.level_list, name="levels"),
    path("service-levels/<str:public_id>", levels.level_detail, name="level"),
    path("service-levels/<str:public_id>/<str:label>", levels.period_detail, name="period"),
    path("breaches", breaches.breach_list, name="breaches"),
    path("breaches/<str:public_id>", breaches.breach_detail, name="breach"),
    path("breaches/<str:public_id>/acknowledge", breaches.acknowledge, name="acknowledge"),
    path("breaches/<str:public_id>/answer", breaches.answer, name="answer"),
    path("breaches/<str:public_id>/close", breaches.close, name="close"),
    path("breaches/<str:public_id>/comment", breaches.comment, name="comment"),
    path("contracts", parties.contract_list, name="contracts"),
    path("contracts/<str:public_id>", parties.contract_detail, name="contract"),
    path("vendors", parties.vendor_list, name="vendors"),
    path("vendors/<str:public_id>", parties.vendor_detail, name="vendor"),
    path("runs", nights.night_list, name="runs"),
    path("runs/<str:on>", nights.nights_of_day, name="runs-of-day"),
    path("runs/<str:on>/<path:zone>", nights.night_detail, name="run"),
    path("enter", entering.enter, name="enter"),
    path("data", quality.data, name="data"),
    path("data/<str:report_id>/delay", quality.delay, name="delay"),
    path("imports/new", imports.new, name="new-import"),
    path("imports/template/<str:address>", imports.template, name="template"),
    path("imports/<str:public_id>", imports.detail, name="import"),
    path("imports/<str:public_id>/columns", imports.read_as, name="read-as"),
    path("imports/<str:public_id>/decide", imports.decide, name="decide-import"),
    path("imports/<str:public_id>/wrong.csv", imports.wrong_rows, name="wrong-rows"),
    path("search", people.find, name="search"),
    path("me", people.me, name="me"),
    path("help", people.help_page, name="help"),
]
