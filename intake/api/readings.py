"""`/api/v1/readings`: how a vendor's files are read, and new versions of it."""

from typing import NamedTuple

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
from intake.files.keeping import keep_reading, name_for_shipped
from intake.files.readings.reading import Reading, bad_member, reading_from
from intake.files.readings.shipped_readings import shipped_named, shipped_readings
from intake.models.readings import FeedReading, FeedReadingVersion
from metrics.api.access import ApiMixin, CanSendResults, reporting_vendor
from metrics.api.idempotency import act_or_try, carry_out
from metrics.api.schema import WRITE_PARAMETERS, WRITE_PROBLEMS, responses
from vendors.keys import KeyMayRead

MOST = 1_000


class NamedReading(NamedTuple):
    """A reading by which a file is read; one that `is_new` is kept for its feed with the first file."""

    name: str
    feed: Feed | None
    reading: Reading
    is_new: bool = False


class ReadingSerializer(serializers.Serializer[object]):
    """A reading and its latest version."""

    name = serializers.CharField()
    contract = serializers.CharField(allow_null=True, help_text="CT-…; null where rows name their feeds.")
    feed = serializers.CharField(allow_null=True)
    version = serializers.IntegerField()
    made_at = serializers.DateTimeField()
    reading = AnyObject(help_text="As it is exported, and sent again.")


class ShippedReadingSerializer(serializers.Serializer[object]):
    """A reading that the desk has for a common export, for feeds of a kind."""

    name = serializers.CharField()
    reads = serializers.CharField()
    shape_of = serializers.CharField(help_text="Which software's export has this shape.")
    kind = serializers.CharField()
    schedules = serializers.ListField(child=serializers.CharField(), help_text="Of feeds of counts; empty: any.")
    reading = AnyObject()


class ReadingListSerializer(serializers.Serializer[object]):
    """A vendor's readings, by name, and those that the desk has for common exports."""

    count = serializers.IntegerField()
    results = ReadingSerializer(many=True)
    shipped = ShippedReadingSerializer(many=True)


class NewReadingSerializer(serializers.Serializer[object]):
    """A new version of a reading; its feed is named when it is new."""

    contract = serializers.CharField(required=False)
    feed = serializers.CharField(required=False)
    shipped = serializers.CharField(required=False, help_text="The name of a shipped reading that it begins with.")
    reading = AnyObject(required=False, help_text="With `shipped`: what is other or more than in that one.")


class ReadingsView(ApiMixin, APIView):  # type: ignore[misc]
    """A vendor's readings."""

    @extend_schema(operation_id="list_readings", responses=responses({200: ReadingListSerializer}, 400, 401, 403))
    def get(self, request: Request) -> Response:
        """How files are read that are sent with `?reading=NAME`, or uploaded."""
        check_parameters(request, ())
        with on_live_database():
            found = [reading_json(reading) for reading in visible_readings(request)[:MOST]]
        shipped = [each.as_json() for each in shipped_readings()]
        return Response({"count": len(found), "results": found, "shipped": shipped})


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
        if not given.keys() <= {"contract", "feed", "reading", "shipped"}:
            raise Problem(422, "wrong_fields", _("Known: %s.") % "contract, feed, reading, shipped")
        feed, content = feed_named(request, name, given), content_of(given)

        def keep() -> dict[str, object]:
            version = keep_reading(
                vendor=vendor, feed=feed, name=name, content=content, principal=request.user,
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


def content_of(given: dict[str, object]) -> dict[str, object]:
    """Return the reading that is sent, on top of the shipped one that is named. Raises BadReading."""
    name, own = given.get("shipped"), given.get("reading") or {}
    if not isinstance(own, dict):
        raise bad_member("", _("an object is needed"))
    if name is None:
        return own
    shipped = shipped_named(name) if isinstance(name, str) else None
    if shipped is None:
        raise bad_member("shipped", _("there is no shipped reading of this name"))
    return {**shipped.content, **own}


def reading_named(request: Request, name: str, feed: Feed | None) -> NamedReading:
    """Return the latest version of a reading of the caller's vendor, or a shipped one for a feed. Raises Problem 404.

    With a `feed`, the name may be that of a shipped reading, of which the feed may have its own by now.
    """
    vendor, shipped = reporting_vendor(request.user), shipped_named(name) if feed else None
    with on_live_database():
        kept_name = name_for_shipped(vendor, feed, name) if feed and shipped else name
        reading = visible_readings(request).filter(vendor__pk=vendor.pk, name=kept_name).first()
        stated = reading_from(reading.versions.all()[0].content) if reading else None
    if reading is not None and stated is not None and (feed is None or reading.feed_id == feed.pk):
        feeds = Feed.objects.visible_to(request.user).select_related("contract")
        return NamedReading(kept_name, feeds.get(pk=reading.feed_id) if reading.feed_id else None, stated)
    if feed and shipped and shipped.kind == feed.kind:
        return NamedReading(kept_name, feed, shipped.reading, is_new=True)
    hint = _("A shipped one needs feed=CODE, a feed of its kind.") if shipped_named(name) else ""
    detail = _("You have no reading of this name for this; GET /api/v1/readings lists them.")
    raise Problem(404, "not_found", detail, hint=hint)
