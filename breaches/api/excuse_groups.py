"""`/api/v1/excuse-groups`: the same excuse for several service levels, asked, shown and decided together."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bpo.api_base import Problem, request_time
from bpo.query_parameters import check_parameters, is_on
from bpo.request_bodies import Ids, Values
from breaches.api.excuses import (
    GRANT,
    CanAskForExcuses,
    DecisionSerializer,
    ExcuseDetailSerializer,
    ExcuseRequestSerializer,
    answer,
    asked_in,
    levels_named,
)
from breaches.services.excuse_groups import (
    GroupMember,
    ask_excuses,
    decide_group,
    digest_of,
    excuses_to_ask,
    grants_of,
    preview_group,
)
from breaches.services.excuses import check_decision
from metrics.api.access import ApiMixin, IsPerson, PersonRequest
from metrics.api.idempotency import carry_out
from metrics.api.schema import WRITE_PARAMETERS, WRITE_PROBLEMS, responses
from metrics.models.breaches import Excuse
from metrics.querysets import PARTIES
from vendors.keys import KeyMayRead


class GroupRequestSerializer(ExcuseRequestSerializer):
    """What shall not be counted of several service levels of one contract, and why."""

    service_level = None  # type: ignore[assignment]
    service_levels = Ids(help_text="SL-…, of one contract.")


class ExcuseGroupSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """The excuses of one request, each with what granting it would change or has changed."""

    id = serializers.CharField(allow_null=True, help_text="EG-…; null for a dry run, and for one service level.")
    dry_run = serializers.BooleanField()
    digest = serializers.CharField(allow_blank=True, help_text="Of all effects; empty where one cannot be granted.")
    excuses = ExcuseDetailSerializer(many=True)


class ExcuseGroupViewSet(ApiMixin, viewsets.GenericViewSet):  # type: ignore[misc,type-arg]
    """Excuses that were asked for together."""

    queryset = Excuse.objects.select_related(*PARTIES, "asked_by", "asked_with").order_by("service_level")
    serializer_class = ExcuseGroupSerializer
    filter_backends = ()
    pagination_class = None
    lookup_value_regex = "EG-[0-9A-Z]{5}"
    lookup_url_kwarg = "id"

    def get_permissions(self) -> list[BasePermission]:
        second = {"create": CanAskForExcuses, "decide": IsPerson}.get(self.action, KeyMayRead)
        return [IsAuthenticated(), second()]

    def excuses(self, name: str) -> list[Excuse]:
        rows: Any = self.get_queryset()
        excuses = list(rows.visible_to(self.request.user).filter(group=name))
        if not excuses:
            raise Http404
        return excuses

    @extend_schema(
        operation_id="read_excuse_group", responses=responses({200: ExcuseGroupSerializer}, 400, 401, 403, 404)
    )
    def retrieve(self, request: Request, id: str) -> Response:
        """The excuses of one request; undecided ones with what granting them would change."""
        check_parameters(request, ())
        return Response(group_answer(self.excuses(id), {}, now=request_time(request)))

    @extend_schema(
        operation_id="ask_excuse_group",
        request=GroupRequestSerializer,
        parameters=WRITE_PARAMETERS,
        responses=responses(
            {
                200: OpenApiResponse(ExcuseGroupSerializer, "A dry run, or excuses that exist already."),
                201: OpenApiResponse(ExcuseGroupSerializer, "Asked for."),
            },
            *(*WRITE_PROBLEMS, 409),
        ),
    )
    def create(self, request: Request) -> HttpResponse:
        """Ask the same for several service levels of one contract; dry_run=true only shows what that would change."""
        check_parameters(request, ("dry_run",))
        given = GroupRequestSerializer.read(request)
        asked = {"service_levels": levels_named(request, given["service_levels"]), **asked_in(given)}
        return carry_out(request, lambda: self.ask(request, asked))

    def ask(self, request: Request, asked: Values) -> Response:
        caller: Any = request.user
        now = request_time(request)
        if is_on(request, "dry_run"):
            return Response(group_answer(excuses_to_ask(asked_by=caller, now=now, **asked), {}, now=now, dry_run=True))
        excuses, is_new = ask_excuses(asked_by=caller, now=now, **asked)
        return Response(group_answer(excuses, {}, now=now), status=201 if is_new else 200)

    @extend_schema(
        operation_id="decide_excuse_group",
        request=DecisionSerializer,
        parameters=WRITE_PARAMETERS,
        responses=responses({200: ExcuseGroupSerializer}, *WRITE_PROBLEMS, 404, 409),
    )
    @action(detail=True, methods=["post"], url_path="decision")
    def decide(self, request: PersonRequest, id: str) -> HttpResponse:
        """Decide alike on those that are undecided, on all or none; dry_run=true only shows what that would change."""
        check_parameters(request, ("dry_run",))
        excuses, given = self.excuses(id), DecisionSerializer.read(request)
        return carry_out(request, lambda: self.settle(request, excuses, given))

    def settle(self, request: PersonRequest, excuses: list[Excuse], given: Values) -> Response:
        now = request_time(request)
        granted = given["decision"] == GRANT
        if not granted and not given.get("reason"):
            raise Problem(422, "reason_needed", _("Refusing an excuse needs a reason."))
        if is_on(request, "dry_run"):
            undecided = [excuse for excuse in excuses if excuse.decision == Excuse.Decision.ASKED] or excuses
            for excuse, grant in zip(undecided, grants_of(undecided, given), strict=True):
                check_decision(excuse, grant if granted else None, request.user, given.get("reason", ""))
            return Response(group_answer(excuses, given if granted else None, now=now, dry_run=True))
        decide_group(excuses=excuses, given=given, granted=granted, decided_by=request.user, now=now)
        return Response(group_answer(self.excuses(excuses[0].group), {}, now=now))


def group_answer(
    excuses: list[Excuse], given: Values | None, *, now: datetime, dry_run: bool = False
) -> dict[str, object]:
    """Excuses as JSON, undecided ones with what `given` would grant of them; None is a refusal."""
    previews = [GroupMember(excuse) for excuse in excuses] if given is None else preview_group(excuses, given, now=now)
    group, rows = excuses[0].group or None, []
    for member in previews:
        if dry_run and not group:
            member.excuse.public_id = None
        rows.append(answer(member.excuse, member.effect, member.cannot, dry_run=dry_run, now=now))
    return {"id": group, "dry_run": dry_run, "digest": digest_of(previews), "excuses": rows}
