"""`/api/`: version 1 of the API, its documentation, and the pages of its error codes."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from api import access, contracts, documents, people, sign_on
from bpo.uploads import takes_files
from breaches.api.breaches import BreachViewSet
from breaches.api.excuse_groups import ExcuseGroupViewSet
from breaches.api.excuses import ExcuseViewSet
from intake.api.batches import BatchViewSet
from intake.api.due import DelayView, DueView
from intake.api.imports import ImportView
from intake.api.intake_days import IntakeDaysView
from intake.api.readings import ReadingsView, ReadingView
from intake.api.result_files import DueFileView, ResultsFileView
from intake.api.results import ResultsView, ResultView, VoidView
from intake.api.upload_addresses import UploadAddressViewSet
from intake.api.uploads import UploadView
from metrics.api.restatements import LateArrivalViewSet, RestatementView
from metrics.api.roll_ups import RollUpViewSet
from metrics.api.sandbox_reset import ResetView
from metrics.api.verdicts import VerdictViewSet
from record.api import ChainView
from reports.api import SystemHealthView

RESULT_ID = r"(?P<name>CT-[0-9A-Z]{5}\.[A-Z0-9_.-]{1,40}\.[A-Za-z0-9_-]{1,400})"
REPORT_ID = r"(?P<report>CT-[0-9A-Z]{5}\.[A-Z0-9_.-]{1,40}\.[0-9WQY-]{7,11})"
VERDICT = r"verdicts/(?P<level>SL-[0-9A-Z]{5})/(?P<period>[0-9A-Za-z-]{1,16})"

router = SimpleRouter(trailing_slash=False)
router.register("contracts", contracts.ContractViewSet)
router.register("feeds", contracts.FeedViewSet)
router.register("service-levels", contracts.ServiceLevelViewSet)
router.register("breaches", BreachViewSet)
router.register("batches", BatchViewSet)
router.register("excuses", ExcuseViewSet)
router.register("excuse-groups", ExcuseGroupViewSet, basename="excuse-group")
router.register("upload-addresses", UploadAddressViewSet)
router.register("late-arrivals", LateArrivalViewSet)
router.register("roll-ups", RollUpViewSet, basename="roll-ups")
router.register("people", people.PeopleViewSet, basename="people")
router.register("access-grants", access.AccessGrantViewSet)
router.register("sessions", people.SessionViewSet)

v1 = [
    path("organisations/<str:id>/second-factor", people.DemandView.as_view(), name="demand-second-factor"),
    path("organisations/<str:id>/single-sign-on", sign_on.SignOnView.as_view(), name="single-sign-on"),
    path("results", ResultsView.as_view(), name="results"),
    path("results/file", ResultsFileView.as_view(), name="results-file"),
    re_path(rf"^results/{RESULT_ID}\Z", ResultView.as_view(), name="result"),
    re_path(rf"^results/{RESULT_ID}/void\Z", VoidView.as_view(), name="void-result"),
    path("imports/<str:id>", ImportView.as_view(), name="import"),
    path("readings", ReadingsView.as_view(), name="readings"),
    path("readings/<str:name>", ReadingView.as_view(), name="reading"),
    path("uploads/<str:id>/<str:token>", takes_files(UploadView.as_view()), name="upload"),
    path("intake-days", IntakeDaysView.as_view(), name="intake-days"),
    path("due", DueView.as_view(), name="due"),
    path("due/file", DueFileView.as_view(), name="due-file"),
    re_path(rf"^due/{REPORT_ID}/delay\Z", DelayView.as_view(), name="delay"),
    path("verdicts", VerdictViewSet.as_view({"get": "list"}), name="verdicts"),
    re_path(rf"^{VERDICT}\Z", VerdictViewSet.as_view({"get": "retrieve"}), name="verdict"),
    re_path(rf"^{VERDICT}/restatement\Z", RestatementView.as_view(), name="restatement"),
    re_path(r"^contracts/(?P<contract>CT-[0-9A-Z]{5})/chain\Z", ChainView.as_view(), name="chain"),
    path("system-health", SystemHealthView.as_view(), name="system-health"),
    path("test/reset", ResetView.as_view(), name="reset-test"),
    *router.urls,
]

app_name = "api"
urlpatterns = [
    path("v1/", include(v1)),
    path("openapi.json", documents.openapi, name="openapi"),
    path("docs", documents.reader, name="docs"),
    path("desk.py", documents.command_line, name="command-line"),
    path("problems/", documents.problems, name="problems"),
    path("problems/<slug:code>", documents.problem, name="problem"),
    re_path("", documents.NotFoundView.as_view(), name="not-found"),
]
