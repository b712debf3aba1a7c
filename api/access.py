"""`/api/v1/access-grants`: who of the operator reads a client's data."""

from collections.abc import Callable
from decimal import Decimal
from typing import cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bpo.access.lists import ACCESS_GRANTS, AccessGrantFilter, AccessRow, access_grants, access_rows
from bpo.access.services import ask_access, grant_access, refuse_access, withdraw_access, withdraw_all_access
from bpo.lists import RowSerializer
from bpo.models import AccessGrant, Organisation, User
from bpo.query_parameters import check_parameters, is_on
from bpo.request_bodies import BodySerializer, Choice, Number, Text, read_upload
from bpo.size_limits import OBJECT_BYTES
from breaches.api.excuses import ANSWERS, REFUSE
from metrics.api.access import IsJustConfirmed, IsPerson, PersonRequest, ReadOnlyViewSet, documented
from metrics.api.idempotency import act_or_try, carry_out
from metrics.api.schema import WRITE_PARAMETERS, WRITE_PROBLEMS, responses


class AccessGrantSerializer(RowSerializer):
    """Who reads or asks to read a client's data, why, and until when."""

    definition = ACCESS_GRANTS


class AskSerializer(BodySerializer):
    """What an operator asks of a client."""

    organisation = Text(max_length=20, help_text="The client's organisation, OR-….")
    reason = Text(max_length=300)
    days = Number(help_text="From the answer on; 1 to 30.")


class AnswerSerializer(BodySerializer):
    """What an admin of the client answers."""

    decision = Choice(choices=ANSWERS)
    days = Number(required=False, help_text="Fewer than were asked for; as many unless given.")


class ClientSerializer(BodySerializer):
    """Whose data is closed to operators."""

    organisation = Text(max_length=20, help_text="The client's organisation, OR-….")


class EndedSerializer(serializers.Serializer[object]):
    """How many grants stood."""

    ended = serializers.IntegerField()


def whole(days: Decimal | None) -> int | None:
    """The days as a number, which the service checks; 0 for a part of one, which it refuses."""
    if days is None:
        return None
    return int(days) if days == days.to_integral_value() else 0


WRITTEN = responses({200: AccessGrantSerializer}, *WRITE_PROBLEMS, 404, 409)


@documented("access_grants", AccessGrantSerializer, detail=AccessGrantSerializer)
class AccessGrantViewSet(ReadOnlyViewSet):
    """Grants under which operators read a client's data; for the client's admins and operators."""

    queryset = AccessGrant.objects.all()
    serializer_class = AccessGrantSerializer
    filterset_class = AccessGrantFilter
    lookup_value_regex = "AG-[0-9A-Z]{5}"

    def get_permissions(self) -> list[BasePermission]:
        confirms = self.action in ("create", "answer")
        return [IsAuthenticated(), IsPerson(), *([IsJustConfirmed()] if confirms else [])]

    def get_queryset(self) -> QuerySet[AccessGrant]:
        return access_grants(cast("User", self.request.user))

    def paginate_queryset(self, queryset: QuerySet[AccessGrant]) -> list[AccessRow]:  # type: ignore[override]
        return access_rows(super().paginate_queryset(queryset) or (), timezone.now())

    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """One grant."""
        return Response(self._shown(self.get_object()))

    @extend_schema(
        operation_id="ask_access", request=AskSerializer, parameters=WRITE_PARAMETERS,
        responses=responses({200: AccessGrantSerializer, 201: AccessGrantSerializer}, *WRITE_PROBLEMS, 404, 409),
    )  # fmt: skip
    def create(self, request: PersonRequest) -> HttpResponse:
        """Ask a client's admins to let the caller, an operator, read its data; what waits already is answered 200."""
        check_parameters(request, ("dry_run",))
        given, now = AskSerializer.read(request), timezone.now()
        asked = {"reason": given["reason"], "days": whole(given["days"]) or 0}
        client = self._client(request, given["organisation"])

        def answer() -> Response:
            grant = act_or_try(request, lambda: ask_access(client=client, actor=request.user, now=now, **asked))
            is_new = grant.asked_at == now and not is_on(request, "dry_run")
            return Response(self._shown(grant), status=201 if is_new else 200)

        return carry_out(request, answer)

    @extend_schema(
        operation_id="answer_access", request=AnswerSerializer, parameters=WRITE_PARAMETERS, responses=WRITTEN
    )
    @action(detail=True, methods=["post"], url_path="decision", filter_backends=[], pagination_class=None)
    def answer(self, request: PersonRequest, id: str) -> HttpResponse:
        """Grant it, for as many days as were asked for or fewer, or refuse it; for the client's admins."""
        check_parameters(request, ("dry_run",))
        grant = self.get_object()
        given = AnswerSerializer.read(request)
        if given["decision"] == REFUSE:
            return self._carry_out(request, lambda: refuse_access(grant=grant, actor=request.user, now=timezone.now()))
        days = whole(given.get("days"))
        return self._carry_out(
            request, lambda: grant_access(grant=grant, days=days, actor=request.user, now=timezone.now())
        )

    @extend_schema(operation_id="withdraw_access", request=None, parameters=WRITE_PARAMETERS, responses=WRITTEN)
    @action(detail=True, methods=["post"], url_path="withdrawal", filter_backends=[], pagination_class=None)
    def withdraw(self, request: PersonRequest, id: str) -> HttpResponse:
        """End it at once, or take the question back; for the client's admins and the operator whose it is."""
        check_parameters(request, ("dry_run",))
        read_upload(request, most=OBJECT_BYTES)
        grant = self.get_object()
        return self._carry_out(request, lambda: withdraw_access(grant=grant, actor=request.user, now=timezone.now()))

    @extend_schema(
        operation_id="withdraw_all_access", request=ClientSerializer, parameters=WRITE_PARAMETERS,
        responses=responses({200: EndedSerializer}, *WRITE_PROBLEMS, 404, 409),
    )  # fmt: skip
    @action(detail=False, methods=["post"], url_path="withdraw-all", filter_backends=[], pagination_class=None)
    def withdraw_all(self, request: PersonRequest) -> HttpResponse:
        """End every grant of a client at once; for its admins."""
        check_parameters(request, ("dry_run",))
        client = self._client(request, ClientSerializer.read(request)["organisation"])

        def answer() -> Response:
            number = act_or_try(
                request, lambda: withdraw_all_access(client=client, actor=request.user, now=timezone.now())
            )
            return Response({"ended": number})

        return carry_out(request, answer)

    def _carry_out(self, request: PersonRequest, act: Callable[[], AccessGrant]) -> HttpResponse:
        return carry_out(request, lambda: Response(self._shown(act_or_try(request, act))))

    def _shown(self, grant: AccessGrant) -> object:
        return self.get_serializer(access_rows([grant], timezone.now())[0]).data

    def _client(self, request: PersonRequest, public_id: str) -> Organisation:
        organisations = Organisation.objects.visible_to(request.user).filter(kind=Organisation.Kind.CLIENT)
        client: Organisation = get_object_or_404(organisations, public_id=public_id)
        return client
