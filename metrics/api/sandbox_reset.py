"""`POST /api/v1/test/reset`: a test key's vendor begins anew."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.query_parameters import check_parameters, is_on
from metrics.api.access import ApiDoor, MayReport
from metrics.api.sandbox import is_trial
from metrics.api.schema import DRY_RUN, responses
from metrics.models.results import Batch
from metrics.services.sandbox import reset_sandbox


class OnlyTrials(BasePermission):
    """What is on the record cannot be emptied."""

    code = "test_key_needed"
    message = _("Only a test key can do this: what live keys sent stays.")

    def has_permission(self, request: Request, view: object) -> bool:
        return is_trial(request.user)


class ResetSerializer(serializers.Serializer):
    """What was forgotten."""

    object = serializers.CharField(help_text="test_reset")
    batches = serializers.IntegerField()


class ResetView(ApiDoor, APIView):
    """The vendor's test data."""

    permission_classes = [IsAuthenticated, OnlyTrials, MayReport]

    @extend_schema(
        operation_id="reset_test_data",
        request=None,
        parameters=[DRY_RUN],
        responses=responses({200: ResetSerializer}, 400, 401, 403),
    )
    def post(self, request: Request) -> Response:
        """Forget what the vendor's test keys sent and what came of it, Idempotency-Keys and their log included."""
        check_parameters(request, ("dry_run",))
        vendor = request.user.vendor
        if is_on(request, "dry_run"):
            batches = Batch.objects.filter(vendor=vendor).count()
        else:
            batches = reset_sandbox(vendor, actor=request.user)
        return Response({"object": "test_reset", "batches": batches})
