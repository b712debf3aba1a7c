"""`/api/v1/readings`: how a vendor's files are read, and new versions of it."""

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.api_base import Problem, request_time
from bpo.api_fields import AnyObject
from bpo.query_parameters import check_parameters
from bpo.request_bodies import read_object
from bpo.sandbox import is_in_sandbox, on_live_database
from contracts.models.service_levels import Feed
from intake.files.keeping import keep_reading
from intake.files.readings.reading import Reading, reading_from
from intake.models.readings import FeedReading, FeedReadingVersion
from metrics.api.access import ApiMixin, CanSendResults, reporting_vendor
from metrics.api.idempotency import act_or_try, carry_out
from metrics.api.schema import WRITE_PARAMETERS, WRITE_PROBLEMS, responses
from vendors.keys import KeyMayRead

MOST = 1_000


class ReadingSerializer(serializers.Serializer[object]):
    """A reading and its latest version."""

    name = serializers.CharField()
    contract = serializers.CharField(allow_null=True, help_text="CT-…; null where rows name their feeds.")
    feed = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    reading = AnyObject(help_text="As it is exported, and sent again.")


class ReadingListSerializer(serializers.Serializer[object]):
    """A vendor's readings, by name."""

    count = serializers.IntegerField()
    results = ReadingSerializer(many=True)


class NewReadingSerializer(serializers.Serializer[object]):
    """A new version of a reading; its feed is named when it is new."""

    contract = serializers.CharField(required=False)
    feed = serializers.CharField(required=False)
    reading = AnyObject()


class ReadingsView(ApiMixin, APIView):  # type: ignore[misc]
    """A vendor's readings."""

    @extend_schema(operation_id="list_readings", responses=responses({200: ReadingListSerializer}, 400, 401, 403))
    def get(self, request: Request) -> Response:
        """How files are read that are sent with `?reading=NAME`, or uploaded."""
        check_parameters(request, ())
        with on_live_database():
            found = [reading_json(reading) for reading in visible_readings(request)[:MOST]]
        return Response({"count": len(found), "results": found})


class ReadingView(ApiMixin, APIView):  # type: ignore[misc]
    """One reading."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated(), CanSendResults() if self.request.method == "PUT" else KeyMayRead()]

    @extend_schema(operation_id="read_reading", responses=responses({200: ReadingSerializer}, 400, 401, 403, 404))
    def get(self, request: Request, name: str) -> Response:
        """A reading as it is exported."""
        check_parameters(request, ())
        with on_live_database():
            reading = visible_readings(request).filter(name=name).first()
            if reading is None:
                raise Http404
            return Response(reading_json(reading))

    @extend_schema(
        operation_id="put_reading",
        request=NewReadingSerializer,
        parameters=WRITE_PARAMETERS,
        responses=responses({200: ReadingSerializer}, *WRITE_PROBLEMS, 404, 409),
    )
    def put(self, request: Request, name: str) -> HttpResponse:
        """Keep a new version, which later files are read by; the same content again changes nothing."""
        check_parameters(request, ("dry_run",))
        if is_in_sandbox():
            raise Problem(403, "not_allowed", _("Readings are those of live keys. Use a live key."))
        given, vendor = read_object(request), reporting_vendor(request.user)
        if not given.keys() <= {"contract", "feed", "reading"}:
            raise Problem(422, "wrong_fields", _("Known: %s.") % "contract, feed, reading")
        feed = feed_named(request, name, given)

        def keep() -> dict[str, object]:
            version = keep_reading(
                vendor=vendor, feed=feed, name=name, content=given.get("reading") or {}, principal=request.user,
                now=request_time(request),
            )  # fmt: skip
            return reading_json(version.reading)

        return carry_out(request, lambda: Response(act_or_try(request, keep)))


def visible_readings(request: Request) -> QuerySet[FeedReading]:
    """Return the readings that the caller may know of, each with its versions, the latest first."""
    versions = Prefetch("versions", FeedReadingVersion.objects.order_by("-number"))
    readings = FeedReading.objects.visible_to(request.user).select_related("feed__contract")
    return readings.prefetch_related(versions).order_by("name", "pk")


def reading_json(reading: FeedReading) -> dict[str, object]:
    """Return a reading with its latest version."""
    version, feed = reading.versions.all()[0], reading.feed
    return {
        "name": reading.name,
        "contract": feed.contract.public_id if feed else None,
        "feed": feed.code if feed else None,
        "version": version.number,
        "made_at": version.made_at.isoformat(),
        "reading": version.content,
    }


def feed_named(request: Request, name: str, given: dict[str, object]) -> Feed | None:
    """Return the feed of a reading that is there, or the one that a new reading names; none where it names none."""
    vendor = reporting_vendor(request.user)
    known = FeedReading.objects.filter(vendor=vendor, name=name).select_related("feed__contract").first()
    code, contract = given.get("feed"), given.get("contract")
    if code is None and contract is None:
        return known.feed if known else None
    if not isinstance(code, str) or not isinstance(contract, str):
        raise Problem(422, "wrong_fields", _("Name both contract and feed."))
    feeds = Feed.objects.visible_to(request.user).filter(contract__vendor=vendor).select_related("contract")
    feed: Feed | None = feeds.filter(code=code, contract__public_id=contract).first()
    if feed is None:
        raise Problem(422, "unknown_feed", _("None of your contracts has this feed."))
    return feed


def reading_named(request: Request, name: str) -> tuple[Feed | None, Reading]:
    """Return the feed and the latest version of a reading of the caller's vendor. Raises Problem 404."""
    with on_live_database():
        reading = visible_readings(request).filter(vendor__pk=reporting_vendor(request.user).pk, name=name).first()
        if reading is None:
            raise Problem(404, "not_found", _("You have no reading of this name; GET /api/v1/readings lists them."))
        stated = reading_from(reading.versions.all()[0].content)
    feeds = Feed.objects.visible_to(request.user).select_related("contract")
    return (feeds.get(pk=reading.feed_id) if reading.feed_id else None), stated
