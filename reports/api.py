"""`/api/v1/system-health`: the state of the installation, for operators."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.lists import RowSerializer
from bpo.models import Heartbeat
from bpo.query_parameters import check_parameters
from bpo.tenancy import reach_of
from metrics.api.access import ApiMixin
from metrics.api.schema import responses
from reports.system_health.examining import SystemHealth
from reports.system_health.lists import CONDITIONS
from reports.system_health.recent import RECENT


class ConditionSerializer(RowSerializer):
    """One condition: its value beside its limit, the problem, and what to do."""

    definition = CONDITIONS


class WorkerSerializer(serializers.Serializer[Heartbeat]):
    """A worker that worked within the last day."""

    name = serializers.CharField()
    last_task_at = serializers.DateTimeField(source="at")
    last_task = serializers.CharField(source="detail")
    version = serializers.CharField()


class SystemHealthSerializer(serializers.Serializer[SystemHealth]):
    """The state of the installation; nothing of any client or vendor is in it."""

    is_ready = serializers.BooleanField()
    at = serializers.DateTimeField()
    conditions = ConditionSerializer(many=True)
    workers = WorkerSerializer(many=True)
    versions = serializers.DictField(child=serializers.CharField())


class SystemHealthView(ApiMixin, APIView):  # type: ignore[misc]
    """The state of the installation."""

    @extend_schema(operation_id="read_system_health", responses=responses({200: SystemHealthSerializer}, 404))
    def get(self, request: Request) -> Response:
        """Each condition of the installation, its workers and versions; for operators alone."""
        check_parameters(request, ())
        if not reach_of(request.user).is_operator:
            raise Http404
        return Response(SystemHealthSerializer(RECENT.at(timezone.now())).data)
