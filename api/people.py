"""`/api/v1/people` and `/api/v1/sessions`: whom an admin looks after, and where a person is signed in."""

from collections.abc import Callable
from typing import cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.factors.services import demand_factor, reset_factor
from bpo.lists import RowSerializer
from bpo.models import Organisation, User, UserSession
from bpo.people import PEOPLE, PersonRow, administered_organisations, administered_people, person_to_manage, set_active
from bpo.query_parameters import check_parameters, is_on
from bpo.request_bodies import BodySerializer, Choice, Text, read_upload
from bpo.sessions import ROW, end_all_sessions, end_other_sessions, end_sessions
from bpo.size_limits import OBJECT_BYTES
from metrics.api.access import ApiMixin, IsJustConfirmed, IsPerson, ListViewSet, PersonRequest, documented
from metrics.api.idempotency import act_or_try, carry_out
from metrics.api.schema import WRITE_PARAMETERS, WRITE_PROBLEMS, responses


class PersonSerializer(RowSerializer):
    """A person, with second factor and sessions."""

    definition = PEOPLE


class NamedPersonSerializer(BodySerializer):
    """Whom it concerns."""

    email = Text(max_length=254)


class DemandSerializer(BodySerializer):
    """Who of an organisation must have a second factor."""

    second_factor = Choice(choices=[(value or "default", label) for value, label in Organisation.SecondFactor.choices])


class SessionSerializer(serializers.Serializer[UserSession]):
    """One sign-in that has not ended."""

    id = serializers.CharField(source="public_id")
    device = serializers.CharField()
    address = serializers.CharField()
    began_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(source="seen_at")
    is_this_one = serializers.SerializerMethodField()

    def get_is_this_one(self, session: UserSession) -> bool:
        return bool(session.pk == self.context["request"].session.get(ROW))


class DoneSerializer(serializers.Serializer[object]):
    """Whether it is done; after a dry run it is not."""

    done = serializers.BooleanField()


DONE = responses({200: DoneSerializer}, *WRITE_PROBLEMS, 404, 409)


def carry_out_or_try(request: Request, act: Callable[[], object]) -> HttpResponse:
    """Act once under an Idempotency-Key; with `dry_run=true` check everything, and take it back."""

    def answer() -> Response:
        act_or_try(request, act)
        return Response({"done": not is_on(request, "dry_run")})

    return carry_out(request, answer)


@documented("people", PersonSerializer)
class PeopleViewSet(ListViewSet):
    """The people of an admin's organisations; all of them for operators."""

    queryset = User.objects.all()
    serializer_class = PersonSerializer
    permission_classes = [IsAuthenticated, IsPerson, IsJustConfirmed]
    filter_backends: list[type] = []

    def get_queryset(self) -> QuerySet[User]:
        return administered_people(cast("User", self.request.user))

    def paginate_queryset(self, queryset: QuerySet[User]) -> list[PersonRow]:  # type: ignore[override]
        return [PersonRow.of(person, self.request.user) for person in super().paginate_queryset(queryset) or ()]

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        """People with their second factors and sessions; for admins alone."""
        check_parameters(request, ("limit", "offset"))
        return super().list(request, *args, **kwargs)

    @extend_schema(
        operation_id="reset_second_factor", request=NamedPersonSerializer, parameters=WRITE_PARAMETERS, responses=DONE
    )
    @action(detail=False, methods=["post"], url_path="reset-second-factor", pagination_class=None)
    def reset(self, request: PersonRequest) -> HttpResponse:
        """Remove the second factors of somebody who lost them; they are signed out and mailed."""
        return self._do(request, lambda person: reset_factor(person=person, actor=request.user))

    @extend_schema(
        operation_id="end_sessions_of_person",
        request=NamedPersonSerializer,
        parameters=WRITE_PARAMETERS,
        responses=DONE,
    )
    @action(detail=False, methods=["post"], url_path="end-sessions", pagination_class=None)
    def end(self, request: PersonRequest) -> HttpResponse:
        """Sign somebody out everywhere."""
        return self._do(request, lambda person: end_all_sessions(person, actor=request.user, reason="by_admin"))

    @extend_schema(
        operation_id="deactivate_person", request=NamedPersonSerializer, parameters=WRITE_PARAMETERS, responses=DONE
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def deactivate(self, request: PersonRequest) -> HttpResponse:
        """Shut out somebody who has left; their sessions end, and what they did stays."""
        return self._do(request, lambda person: set_active(person, active=False, actor=request.user))

    @extend_schema(
        operation_id="reactivate_person", request=NamedPersonSerializer, parameters=WRITE_PARAMETERS, responses=DONE
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def reactivate(self, request: PersonRequest) -> HttpResponse:
        """Let somebody in again."""
        return self._do(request, lambda person: set_active(person, active=True, actor=request.user))

    def _do(self, request: PersonRequest, act: Callable[[User], object]) -> HttpResponse:
        check_parameters(request, ("dry_run",))
        person = person_to_manage(request.user, NamedPersonSerializer.read(request)["email"])
        return carry_out_or_try(request, lambda: act(person))


@documented("sessions", SessionSerializer)
class SessionViewSet(ListViewSet):
    """Where the caller is signed in, the latest seen first."""

    queryset = UserSession.objects.select_related("user")
    serializer_class = SessionSerializer
    permission_classes = [IsAuthenticated, IsPerson, IsJustConfirmed]
    filter_backends: list[type] = []
    lookup_field = "public_id"
    lookup_value_regex = "US-[0-9A-Z]{5}"
    lookup_url_kwarg = "id"

    def get_queryset(self) -> QuerySet[UserSession]:
        mine = UserSession.objects.visible_to(self.request.user).filter(user_id=self.request.user.pk)
        return cast("QuerySet[UserSession]", mine.select_related("user").alive(timezone.now()))

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        """The caller's own sessions."""
        check_parameters(request, ("limit", "offset"))
        return super().list(request, *args, **kwargs)

    @extend_schema(operation_id="end_session", request=None, parameters=WRITE_PARAMETERS, responses=DONE)
    @action(detail=True, methods=["post"], pagination_class=None)
    def end(self, request: PersonRequest, id: str) -> HttpResponse:
        """End one of the caller's own sessions."""
        check_parameters(request, ("dry_run",))
        read_upload(request, most=OBJECT_BYTES)
        # The session is looked up in the act: sent twice, it has ended already.
        return carry_out_or_try(
            request, lambda: end_sessions([self.get_object()], actor=request.user, reason="by_hand")
        )

    @extend_schema(operation_id="end_other_sessions", request=None, parameters=WRITE_PARAMETERS, responses=DONE)
    @action(detail=False, methods=["post"], url_path="end-others", pagination_class=None)
    def end_others(self, request: PersonRequest) -> HttpResponse:
        """End the caller's sessions but the one of this call."""
        check_parameters(request, ("dry_run",))
        read_upload(request, most=OBJECT_BYTES)
        return carry_out_or_try(request, lambda: end_other_sessions(request, reason="by_hand"))


class DemandView(ApiMixin, APIView):  # type: ignore[misc]
    """Who of an organisation must have a second factor."""

    permission_classes = [IsAuthenticated, IsPerson, IsJustConfirmed]

    @extend_schema(
        operation_id="demand_second_factor", request=DemandSerializer, parameters=WRITE_PARAMETERS, responses=DONE
    )
    def post(self, request: PersonRequest, id: str) -> HttpResponse:
        """Say who must have one. An organisation's admins can ask for more; only operators can ask for less."""
        check_parameters(request, ("dry_run",))
        organisation = get_object_or_404(Organisation.objects.visible_to(request.user), public_id=id)
        administered_organisations(request.user)
        given = DemandSerializer.read(request)["second_factor"]
        demand = "" if given == "default" else given
        return carry_out_or_try(
            request, lambda: demand_factor(organisation=organisation, demand=demand, actor=request.user)
        )
