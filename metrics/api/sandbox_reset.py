"""`POST /api/v1/test/reset`: delete what a vendor's test keys sent."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.query_parameters import check_parameters, is_on
from bpo.request_bodies import read_upload
from bpo.size_limits import OBJECT_BYTES
from metrics.api.access import ApiMixin, CanSendResults
from metrics.api.idempotency import carry_out
from metrics.api.schema import WRITE_PARAMETERS, WRITE_PROBLEMS, responses
from metrics.models.results import Batch
from metrics.services.sandbox import reset_sandbox


class IsTestKey(BasePermission):
    """Live data is never deleted."""

    code = "test_key_needed"
    message = _("Only a test key can do this. Data of live keys is never deleted.")

    def has_permission(self, request: Request, view: object) -> bool:
        return getattr(request.user, "is_test", False)


class ResetSerializer(serializers.Serializer):
    """What was deleted."""

    object = serializers.CharField(help_text="test_reset")
    batches = serializers.IntegerField()


class ResetView(ApiMixin, APIView):
    """The vendor's test data."""

    permission_classes = [IsAuthenticated, IsTestKey, CanSendResults]

    @extend_schema(
        operation_id="reset_test_data",
        request=None,
        parameters=WRITE_PARAMETERS,
        responses=responses({200: ResetSerializer}, *WRITE_PROBLEMS),
    )
    def post(self, request: Request) -> HttpResponse:
        """Delete what the vendor's test keys sent and what followed from it, with Idempotency-Keys and request log."""
        check_parameters(request, ("dry_run",))
        read_upload(request, most=OBJECT_BYTES)
        return carry_out(request, lambda: _reset(request))


def _reset(request: Request) -> Response:
    vendor = request.user.key.vendor
    if is_on(request, "dry_run"):
        batches = Batch.objects.filter(vendor=vendor).count()
    else:
        batches = reset_sandbox(vendor, actor=request.user)
    return Response({"object": "test_reset", "batches": batches})
