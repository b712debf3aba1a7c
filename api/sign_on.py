"""`/api/v1/organisations/{id}/single-sign-on`: an organisation's identity provider, for operators."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.api_base import Problem
from bpo.factors.rules import ADMINS
from bpo.models import Organisation, SingleSignOn
from bpo.query_parameters import check_parameters
from bpo.request_bodies import BodySerializer, Choice, Text
from bpo.sign_on.services import set_single_sign_on
from metrics.api.access import ApiMixin, IsJustConfirmed, IsPerson, PersonRequest
from metrics.api.idempotency import act_or_try, carry_out
from metrics.api.schema import WRITE_PARAMETERS, WRITE_PROBLEMS, responses

YES, NO = "yes", "no"
ANSWERS = [(YES, YES), (NO, NO)]
ONLY_WAY = "no unless given. With yes, sessions of its people that began with a password or passkey end."


class SignOnBodySerializer(BodySerializer):
    """An identity provider; without a secret the stored one stays."""

    server_url = Text(max_length=200)
    client_id = Text(max_length=200)
    client_secret = Text(max_length=500, required=False)
    domains = Text(max_length=500, help_text="Separated by spaces.")
    is_active = Choice(choices=ANSWERS, required=False, help_text="yes unless given.")
    is_only_way = Choice(choices=ANSWERS, required=False, help_text=ONLY_WAY)


class SignOnSerializer(serializers.ModelSerializer[SingleSignOn]):
    """An identity provider, without its secret."""

    class Meta:
        model = SingleSignOn
        fields = ["server_url", "client_id", "domains", "is_active", "is_only_way"]


class SignOnView(ApiMixin, APIView):  # type: ignore[misc]
    """An organisation's single sign-on: its admins read it, operators set it up."""

    def get_permissions(self) -> list[BasePermission]:
        return [IsAuthenticated(), IsPerson(), *([IsJustConfirmed()] if self.request.method == "POST" else [])]

    @extend_schema(operation_id="read_single_sign_on", responses=responses({200: SignOnSerializer}, 404))
    def get(self, request: PersonRequest, id: str) -> Response:
        """The identity provider, without its secret."""
        check_parameters(request, ())
        organisation = self._organisation(request, id)
        if not request.user.has_role(*ADMINS, organisation_id=organisation.pk):
            raise PermissionDenied
        return Response(SignOnSerializer(get_object_or_404(SingleSignOn, organisation=organisation)).data)

    @extend_schema(
        operation_id="set_single_sign_on",
        request=SignOnBodySerializer,
        parameters=WRITE_PARAMETERS,
        responses=responses({200: SignOnSerializer}, *WRITE_PROBLEMS, 404, 409),
    )
    def post(self, request: PersonRequest, id: str) -> HttpResponse:
        """Set the identity provider up, or change it; for operators alone."""
        check_parameters(request, ("dry_run",))
        organisation = self._organisation(request, id)
        if not request.user.is_operator_admin:
            raise PermissionDenied
        given = SignOnBodySerializer.read(request)
        given["is_active"] = given.get("is_active", YES) == YES
        given["is_only_way"] = given.get("is_only_way", NO) == YES

        def answer() -> Response:
            try:
                row = act_or_try(
                    request, lambda: set_single_sign_on(organisation=organisation, actor=request.user, **given)
                )
            except ValidationError as error:
                raise Problem(422, "wrong_fields", _("It cannot be stored."), errors=error.message_dict) from error
            return Response(SignOnSerializer(row).data)

        return carry_out(request, answer)

    def _organisation(self, request: Request, id: str) -> Organisation:
        organisation: Organisation = get_object_or_404(Organisation.objects.visible_to(request.user), public_id=id)
        return organisation
