"""`/api/v1/excuses`: the vendor asks, the client decides, and both see what would change."""

from collections.abc import Sequence
from datetime import date, datetime

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bpo.api_base import Problem, request_time
from bpo.lists import RowSerializer
from bpo.models import User
from bpo.query_parameters import check_parameters, is_on
from bpo.request_bodies import BodySerializer, Choice, Day, Ids, Instant, Number, Text, Values
from breaches.filters import ExcuseFilter
from breaches.lists import EXCUSES
from breaches.services.excuse_groups import ask_excuses
from breaches.services.excuses import ASKERS, check_decision, decide_excuse, excuse_to_ask
from breaches.services.grants import preview_excuse, preview_if_possible
from breaches.services.selections import read_grant
from contracts.models.service_levels import ServiceLevel
from metrics.api.access import IsPerson, ListViewSet, PersonRequest, documented
from metrics.api.effects import EffectSerializer, effect_of
from metrics.api.idempotency import carry_out
from metrics.api.schema import WRITE_PARAMETERS, WRITE_PROBLEMS, responses
from metrics.models.breaches import Excuse
from metrics.querysets import PARTIES
from metrics.services.restatement_plans import Restatement
from sla.periods import DAY
from vendors.keys import KeyMayRead, KeyPrincipal
from vendors.models import ApiKey

GRANT, REFUSE = "grant", "refuse"
ANSWERS = [(GRANT, GRANT), (REFUSE, REFUSE)]


class ExcuseSerializer(RowSerializer):
    """What a vendor asks not to be counted, and the client's decision."""

    definition = EXCUSES


class ExcuseDetailSerializer(ExcuseSerializer):
    """The same with what granting it would change, or has changed."""

    dry_run = serializers.BooleanField()
    effect = EffectSerializer(allow_null=True, help_text="null: it was decided earlier, or cannot be granted.")
    cannot = serializers.CharField(allow_blank=True, help_text="Why it cannot be granted, or granting it cannot act.")


class ExcuseRequestSerializer(BodySerializer):
    """What shall not be counted, and why: days, or hours by `starts_at` and `ends_at`, or rows by their ids."""

    unless = {"first_day": ("starts_at", "ends_at", "cases"), "last_day": ("starts_at", "ends_at", "cases")}

    service_level = Text(max_length=40, help_text="SL-…")
    first_day = Day(required=False)
    last_day = Day(required=False)
    starts_at = Instant(required=False, help_text="The moment from which on nothing shall be counted.")
    ends_at = Instant(required=False, help_text="The moment until which nothing shall be counted.")
    cases = Ids(required=False, help_text="Ids of rows of the service level's feed, as they were sent: external_id.")
    reason = Text(max_length=2000, lines=True)
    clause = Text(max_length=60, required=False)


class DecisionSerializer(BodySerializer):
    """A decision; without days, hours or ids it grants the whole excuse."""

    decision = Choice(choices=ANSWERS)
    reason = Text(max_length=500, required=False, help_text="Required to refuse all or some of the days.")
    first_day = Day(required=False)
    last_day = Day(required=False)
    starts_at = Instant(required=False)
    ends_at = Instant(required=False)
    cases = Ids(required=False)
    lowers_by = Number(required=False, help_text="Required where the terms make limits easier.")
    digest = Text(max_length=64, required=False, help_text="The digest of the effect that you saw.")


class CanAskForExcuses(BasePermission):
    """A vendor's manager, or its key with the scope."""

    code = "not_allowed"
    message = gettext_lazy("Only a vendor's manager can ask for excuses, or a key that has the scope “excuses:ask”.")

    def has_permission(self, request: Request, view: object) -> bool:
        if isinstance(request.user, KeyPrincipal):
            return ApiKey.Scope.ASK_EXCUSES in request.user.key.scopes
        return isinstance(request.user, User) and request.user.has_role(*ASKERS)


@documented("excuses", ExcuseSerializer)
class ExcuseViewSet(ListViewSet):
    """Excuses, the latest first."""

    queryset = Excuse.objects.select_related(*PARTIES, "asked_by", "asked_with").order_by("-asked_at", "-pk")
    serializer_class = ExcuseSerializer
    filterset_class = ExcuseFilter
    lookup_field = "public_id"
    lookup_value_regex = "EX-[0-9A-Z]{5}"
    lookup_url_kwarg = "id"

    def get_permissions(self) -> list[BasePermission]:
        second = {"create": CanAskForExcuses, "decide": IsPerson}.get(self.action, KeyMayRead)
        return [IsAuthenticated(), second()]

    @extend_schema(operation_id="read_excuse", responses=responses({200: ExcuseDetailSerializer}, 400, 401, 403, 404))
    def retrieve(self, request: Request, id: str) -> Response:
        """One excuse; while it is undecided, with what granting the whole of it would change."""
        check_parameters(request, ())
        excuse, now = self.get_object(), request_time(request)
        if excuse.decision != Excuse.Decision.ASKED:
            return Response(answer(excuse, None, now=now))
        return Response(answer(excuse, *preview_if_possible(excuse=excuse, now=now), now=now))

    @extend_schema(
        operation_id="ask_excuse",
        request=ExcuseRequestSerializer,
        parameters=WRITE_PARAMETERS,
        responses=responses(
            {
                200: OpenApiResponse(ExcuseDetailSerializer, "A dry run, or an excuse that exists already."),
                201: OpenApiResponse(ExcuseDetailSerializer, "Asked for."),
            },
            *(*WRITE_PROBLEMS, 409),
        ),
    )
    def create(self, request: Request) -> HttpResponse:
        """Ask for days, hours or single rows not to be counted; dry_run=true only shows what that would change."""
        check_parameters(request, ("dry_run",))
        given = ExcuseRequestSerializer.read(request)
        [level] = levels_named(request, [given["service_level"]])
        return carry_out(request, lambda: self.ask(request, level, asked_in(given)))

    def ask(self, request: Request, level: ServiceLevel, asked: Values) -> Response:
        now = request_time(request)
        if is_on(request, "dry_run"):
            excuse = excuse_to_ask(service_level=level, asked_by=request.user, now=now, **asked)
            effect = preview_if_possible(excuse=excuse, now=now)
            excuse.public_id = None
            return Response(answer(excuse, *effect, dry_run=True, now=now))
        [excuse], is_new = ask_excuses(service_levels=[level], asked_by=request.user, now=now, **asked)
        return Response(answer(excuse, None, now=now), status=201 if is_new else 200)

    @extend_schema(
        operation_id="decide_excuse",
        request=DecisionSerializer,
        parameters=WRITE_PARAMETERS,
        responses=responses({200: ExcuseDetailSerializer}, *WRITE_PROBLEMS, 404, 409),
    )
    @action(detail=True, methods=["post"], url_path="decision", filter_backends=[], pagination_class=None)
    def decide(self, request: PersonRequest, id: str) -> HttpResponse:
        """Grant an excuse or a part of it, or refuse it; dry_run=true only shows what that would change."""
        check_parameters(request, ("dry_run",))
        excuse, given = self.get_object(), DecisionSerializer.read(request)
        return carry_out(request, lambda: self.settle(request, excuse, given))

    def settle(self, request: PersonRequest, excuse: Excuse, given: Values) -> Response:
        now = request_time(request)
        grant = read_grant(given, excuse) if given["decision"] == GRANT else None
        reason, is_dry_run = given.get("reason", ""), is_on(request, "dry_run")
        if grant is None and not reason:
            raise Problem(422, "reason_needed", _("Refusing an excuse needs a reason."))
        if is_dry_run:
            check_decision(excuse, grant, request.user, reason)
        restatement = None
        if grant and excuse.decision == Excuse.Decision.ASKED:
            restatement = preview_excuse(excuse=excuse, grant=grant, now=now)
        if not is_dry_run:
            excuse = decide_excuse(
                excuse=excuse, granted=grant is not None, grant=grant, reason=reason, decided_by=request.user, now=now,
                digest=given.get("digest"),
            )  # fmt: skip
        return Response(answer(excuse, restatement, dry_run=is_dry_run, now=now))


def answer(
    excuse: Excuse,
    restatement: Restatement | None,
    cannot: str = "",
    *,
    now: datetime,
    dry_run: bool = False,
) -> dict[str, object]:
    """Return an excuse with its effect as JSON."""
    effect = effect_of(restatement, now) if restatement else None
    return {**ExcuseSerializer(excuse).data, "dry_run": dry_run, "effect": effect, "cannot": cannot}


def levels_named(request: Request, names: Sequence[str]) -> list[ServiceLevel]:
    """The service levels of those ids that the caller may see, in their order. Raises Problem for others."""
    levels = ServiceLevel.objects.visible_to(request.user).select_related(
        "feed", "contract__client__organisation", "contract__vendor__organisation"
    )
    found = {level.public_id: level for level in levels.filter(public_id__in=names)}
    if unknown := [name for name in names if name not in found]:
        detail = _("None of your contracts has a service level with this id.")
        raise Problem(422, "unknown_service_level", detail, hint=", ".join(unknown) if len(names) > 1 else "")
    return [found[name] for name in dict.fromkeys(names)]


def asked_in(given: Values) -> Values:
    """What a body asks for, as the services take it."""
    last = given.get("last_day")
    return {
        "starts_on": given.get("first_day"),
        "ends_on": last and min(last, date.max - DAY) + DAY,
        "starts_at": given.get("starts_at"),
        "ends_at": given.get("ends_at"),
        "cases": given.get("cases", ()),
        "reason": given["reason"],
        "clause": given.get("clause", ""),
    }
