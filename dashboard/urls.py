"""URLs of the desk's pages, the same for client and vendor."""

from django.urls import path

from dashboard.views import accounts, health, levels, nights, overview, parties, people, restating, roll_ups, sandbox

app_name = "dashboard"
urlpatterns = [
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("system-health", health.system_health, name="system-health"),
    path("", overview.first_page, name="overview"),
    path("organisation", overview.organisation, name="organisation"),
    path("service-levels", levels.level_list, name="levels"),
    path("service-levels/<str:public_id>", levels.level_detail, name="level"),
    path("service-levels/<str:public_id>/<str:label>", levels.period_detail, name="period"),
    path("service-levels/<str:public_id>/<str:label>/restate", restating.restate, name="restate"),
    path("verdicts", levels.verdict_list, name="verdicts"),
    path("late-arrivals", levels.late_list, name="late-arrivals"),
    path("roll-ups", roll_ups.roll_up_list, name="roll-ups"),
    path("roll-ups/<str:roll_up>", roll_ups.roll_up_detail, name="roll-up"),
    path("contracts", parties.contract_list, name="contracts"),
    path("contracts/<str:public_id>", parties.contract_detail, name="contract"),
    path("vendors", parties.vendor_list, name="vendors"),
    path("vendors/<str:public_id>", parties.vendor_detail, name="vendor"),
    path("runs", nights.night_list, name="runs"),
    path("runs/<str:on>", nights.nights_of_day, name="runs-of-day"),
    path("runs/<str:on>/<path:zone>", nights.night_detail, name="run"),
    path("api-keys/reset-test-data", sandbox.reset, name="reset-test"),
    path("search", people.find, name="search"),
    path("me", people.me, name="me"),
    path("me/sessions", accounts.session_list, name="sessions"),
    path("me/sessions/end-others", accounts.end_others, name="end-other-sessions"),
    path("me/sessions/<str:public_id>/end", accounts.end_session, name="end-session"),
    path("people", accounts.people_list, name="people"),
    path("people/second-factor", accounts.demand, name="demand-factor"),
    path("people/reset-second-factor", accounts.reset, name="reset-factor"),
    path("people/end-sessions", accounts.end_of_person, name="end-sessions-of"),
    path("people/deactivate", accounts.deactivate, name="deactivate"),
    path("people/reactivate", accounts.reactivate, name="reactivate"),
    path("help", people.help_page, name="help"),
]
