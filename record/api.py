"""`/api/v1/contracts/CT-…/chain`: the head of a contract's chain, and whether a kept head still holds."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.query_parameters import check_parameters
from contracts.models.agreements import Contract
from metrics.api.access import ApiMixin
from metrics.api.schema import responses
from record.heads import HeadCheck, check_head, print_head
from record.models import Chain

HEAD = OpenApiParameter("head", str, description="A head that was kept, as mails print it: `CT-7K2M9 1204 3f2a…`")


class HeadCheckSerializer(serializers.Serializer[HeadCheck]):
    """Whether a kept head is still in its chain and everything before it holds."""

    holds = serializers.BooleanField()
    sentence = serializers.CharField()


class ChainSerializer(serializers.Serializer[Chain]):
    """A contract's chain, how its verification stands, and what became of a kept head."""

    contract = serializers.CharField(source="name")
    head = serializers.SerializerMethodField(help_text="To be kept: the contract, the position, and the hash there.")
    length = serializers.IntegerField(help_text="Rows that are linked.")
    linked_at = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(source="checked_at", allow_null=True)
    verified_length = serializers.IntegerField(source="checked_length", help_text="Rows that hold.")
    holds = serializers.SerializerMethodField(help_text="Whether the last verification found no place that does not.")
    kept_head = serializers.SerializerMethodField()

    def get_head(self, chain: Chain) -> str:
        return print_head(chain) if chain.length else ""

    def get_holds(self, chain: Chain) -> bool:
        return not chain.finding

    @extend_schema_field(HeadCheckSerializer(allow_null=True))
    def get_kept_head(self, chain: Chain) -> object:
        check = self.context["check"]
        return check and HeadCheckSerializer(check).data


class ChainView(ApiMixin, APIView):  # type: ignore[misc]
    """The chain of a contract."""

    @extend_schema(operation_id="read_chain", parameters=[HEAD], responses=responses({200: ChainSerializer}, 400, 404))
    def get(self, request: Request, contract: str) -> Response:
        """The head of a contract's hash chain, to be kept, and whether one that was kept (`head`) still holds."""
        check_parameters(request, ("head",))
        row = get_object_or_404(Contract.objects.visible_to(request.user), public_id=contract)
        chains = Chain.objects.visible_to(request.user).filter(contract=row)
        chain = chains.first() or Chain(name=row.public_id)
        kept = request.query_params.get("head", "")
        check = check_head(chains, kept) if kept else None
        return Response(ChainSerializer(chain, context={"check": check}).data)
