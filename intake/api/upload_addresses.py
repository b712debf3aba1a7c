"""`/api/v1/upload-addresses`: addresses that take a file without a key; its vendor's managers make and revoke them."""

import json
from datetime import timedelta

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from bpo.api_base import Problem
from bpo.media_types import JSON
from bpo.models import Role
from bpo.query_parameters import check_parameters, is_on
from bpo.request_bodies import BodySerializer, Number, Text, read_upload
from bpo.size_limits import OBJECT_BYTES
from contracts.models.service_levels import Feed
from contracts.querysets import TAKING_RESULTS
from intake.models.upload_addresses import UploadAddress
from intake.upload_addresses import LONGEST_NAME, address_state, make_address, revoke_address, token_of, url_of
from metrics.api.access import IsJustConfirmed, IsPerson, ListViewSet, NotAllowed, PersonRequest, documented
from metrics.api.idempotency import act_or_try, carry_out
from metrics.api.schema import WRITE_PARAMETERS, WRITE_PROBLEMS, responses

MOST_DAYS = 730
# Stands for the token in the answer that is kept for an Idempotency-Key.
UNSAID = "UNSAID-TOKEN"


class UploadAddressSerializer(serializers.Serializer[UploadAddress]):
    """An upload address; its token is shown once, when it is made."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    state = serializers.SerializerMethodField()
    contract = serializers.CharField(source="feed.contract.public_id")
    feed = serializers.CharField(source="feed.code")
    reading = serializers.CharField(source="reading.name", allow_null=True, default=None)
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField(allow_blank=True)
    revoked_at = serializers.DateTimeField(allow_null=True)

    def get_state(self, address: UploadAddress) -> str:
        return address_state(address, timezone.now())


class MadeAddressSerializer(UploadAddressSerializer):
    """A new upload address, with the address itself."""

    url = serializers.CharField(help_text="Where files are sent; it cannot be read again. null after a dry run.")


class NewAddressSerializer(BodySerializer):
    """What an upload address is for."""

    name = Text(max_length=LONGEST_NAME)
    contract = Text(max_length=20, help_text="CT-…")
    feed = Text(max_length=40)
    reading = Text(max_length=80, required=False, help_text="A reading of the feed, or a shipped one.")
    days = Number(help_text="1 to 730: for how long it works.")


@documented("upload_addresses", UploadAddressSerializer)
class UploadAddressViewSet(ListViewSet):
    """Addresses that take files for one feed; for the people of its vendor."""

    queryset = UploadAddress.objects.select_related("feed__contract", "reading", "created_by")
    serializer_class = UploadAddressSerializer
    filter_backends: list[type] = []
    lookup_field = "public_id"
    lookup_value_regex = "UA-[0-9A-Z]{5}"
    lookup_url_kwarg = "id"

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated(), IsPerson(), *([IsJustConfirmed()] if self.action == "create" else [])]

    def get_queryset(self) -> QuerySet[UploadAddress]:
        return super().get_queryset().order_by("-created_at", "pk")

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Upload addresses of a vendor, the latest first."""
        check_parameters(request, ("limit", "offset"))
        return super().list(request, *args, **kwargs)

    @extend_schema(
        operation_id="make_upload_address", request=NewAddressSerializer, parameters=WRITE_PARAMETERS,
        responses=responses({200: MadeAddressSerializer, 201: MadeAddressSerializer}, *WRITE_PROBLEMS, 409),
    )  # fmt: skip
    def create(self, request: PersonRequest) -> HttpResponse:
        """Make an upload address; the answer alone has it, and under an Idempotency-Key the same answer again."""
        check_parameters(request, ("dry_run",))
        given, now = NewAddressSerializer.read(request), timezone.now()
        feed, is_dry_run = feed_to_manage(request, given["contract"], given["feed"]), is_on(request, "dry_run")
        days = given["days"]
        if not 1 <= days <= MOST_DAYS or days != days.to_integral_value():
            raise Problem(422, "wrong_fields", _("days is a whole number from 1 to %(most)s.") % {"most": MOST_DAYS})

        def answer() -> HttpResponse:
            address, _token = act_or_try(
                request,
                lambda: make_address(
                    feed=feed, name=given["name"], reading=given.get("reading") or "", person=request.user,
                    expires_at=now + timedelta(days=int(days)), now=now,
                ),
            )  # fmt: skip
            made = dict(UploadAddressSerializer(address).data)
            url = None if is_dry_run else url_of(address, UNSAID)
            body = JSONRenderer().render(made | {"url": url})
            return HttpResponse(body, status=200 if is_dry_run else 201, content_type=JSON)

        response = carry_out(request, answer)
        return response if is_dry_run else with_token(response)

    @extend_schema(
        operation_id="revoke_upload_address", request=None, parameters=WRITE_PARAMETERS,
        responses=responses({200: UploadAddressSerializer}, *WRITE_PROBLEMS, 404, 409),
    )  # fmt: skip
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None)
    def revocation(self, request: PersonRequest, id: str) -> HttpResponse:
        """End an upload address; one that has ended stays as it is."""
        check_parameters(request, ("dry_run",))
        read_upload(request, most=OBJECT_BYTES)
        address = get_object_or_404(self.get_queryset().select_related("vendor__organisation"), public_id=id)
        if not request.user.has_role(Role.VENDOR_MANAGER, organisation_id=address.vendor.organisation_id):
            raise NotAllowed

        def answer() -> Response:
            act_or_try(request, lambda: revoke_address(address=address, person=request.user, now=timezone.now()))
            return Response(UploadAddressSerializer(address).data)

        return carry_out(request, answer)


def with_token(response: HttpResponse) -> HttpResponse:
    """Return an answer with the token of the address that it names, which no kept answer has."""
    address = UploadAddress.objects.get(public_id=json.loads(response.content)["id"])
    response.content = response.content.replace(UNSAID.encode(), token_of(address).encode())
    return response


def feed_to_manage(request: PersonRequest, contract: str, code: str) -> Feed:
    """Return a feed for which the caller may make addresses. Raises Problem 422, or NotAllowed."""
    organisations = [pk for pk, role in request.user.roles.items() if role == Role.VENDOR_MANAGER]
    if not organisations:
        raise NotAllowed
    feeds = Feed.objects.visible_to(request.user).filter(
        TAKING_RESULTS, contract__vendor__organisation__in=organisations
    )
    feed: Feed | None = (
        feeds.select_related("contract__vendor__organisation").filter(code=code, contract__public_id=contract).first()
    )
    if feed is None:
        raise Problem(422, "unknown_feed", _("None of your contracts has this feed."))
    return feed
