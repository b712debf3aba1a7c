"""`/api/v1/uploads/{id}/{token}`: an upload address takes a file for its feed, without a key."""

from functools import partial
from typing import cast

from django.conf import settings
from django.core.files.base import File
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.api_base import Problem, request_time
from bpo.api_fields import AnyObject
from bpo.errors import Refused
from bpo.models import User
from bpo.query_parameters import check_parameters, is_on
from bpo.rate_limits import count_wrong_key, refuse_guessing
from bpo.request_bodies import receive_file
from bpo.row_errors import SubmissionError, list_errors
from bpo.size_limits import FILE_BYTES
from bpo.stored_files import delete_files
from intake.api.batches import BatchSerializer
from intake.files.delivering import IMPORTED, READING, WAITING, Delivery, take_file
from intake.models.upload_addresses import UploadAddress
from intake.upload_addresses import find_address, note_use, sender_of
from metrics.api.access import ApiMixin
from metrics.api.idempotency import act_or_try, carry_out
from metrics.api.schema import WRITE_PARAMETERS, WRITE_PROBLEMS, RowErrorSerializer, responses, text_parameter

STATUS = {IMPORTED: 201, READING: 202, WAITING: 202}
LONGEST_NAME = 200


class UploadQuestionSerializer(serializers.Serializer[object]):
    """What a person has to answer on the page of the file."""

    key = serializers.CharField()
    question = serializers.CharField()
    options = serializers.ListField(child=AnyObject(), required=False)
    proposed = serializers.CharField(required=False)


class UploadCountsSerializer(serializers.Serializer[object]):
    """What becomes of the rows; empty where questions are open, or for a file that was imported before."""

    new = serializers.IntegerField(required=False)
    changed = serializers.IntegerField(required=False)
    unchanged = serializers.IntegerField(required=False)
    wrong = serializers.IntegerField(required=False)


class UploadSerializer(serializers.Serializer[object]):
    """What became of a file."""

    id = serializers.CharField(allow_null=True, help_text="IM-…: the file on the page; null for a dry run.")
    state = serializers.CharField(help_text="imported, reading: by a worker, waiting for a person, or unchanged.")
    dry_run = serializers.BooleanField()
    repeated = serializers.BooleanField(help_text="Whether the same file had come before.")
    detail = serializers.CharField()
    url = serializers.URLField(allow_null=True, help_text="Of its page, on which a person answers and imports it.")
    rows = UploadCountsSerializer()
    receipt = BatchSerializer(allow_null=True, help_text="null where nothing was imported.")
    questions = UploadQuestionSerializer(many=True)
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]
    errors_left_out = serializers.IntegerField(allow_null=True)


class AddressAuthentication(BaseAuthentication):
    """The token in the address; a wrong one gets the same answer, whatever is wrong with it."""

    def authenticate(self, request: Request) -> tuple[User, UploadAddress]:
        now, named = timezone.now(), request.parser_context["kwargs"]
        refuse_guessing(request._request)
        address = find_address(named["id"], named["token"], now=now)
        if address is None:
            count_wrong_key(request._request, now=now)
            raise Problem(404, "not_found", _("There is no such upload address, or it has ended."))
        return sender_of(address, request_id=request._request.request_id), address  # type: ignore[attr-defined]


UPLOAD = {"application/octet-stream": OpenApiTypes.BINARY}
PARAMETERS = [*WRITE_PARAMETERS, text_parameter("name", "The name of the file.")]
ANSWERS = responses({200: UploadSerializer, 201: UploadSerializer, 202: UploadSerializer}, *WRITE_PROBLEMS, 404, 409)


class UploadView(ApiMixin, APIView):  # type: ignore[misc]
    """A file for one feed."""

    authentication_classes = [AddressAuthentication]
    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="upload_file", auth=[], request=UPLOAD, parameters=PARAMETERS, responses=ANSWERS)
    def post(self, request: Request, id: str, token: str) -> HttpResponse:
        """Bring a file: imported where nothing is open (201), kept for a worker or a person (202)."""
        check_parameters(request, ("dry_run", "name"))
        address = cast("UploadAddress", request.auth)
        try:
            with receive_file(request, most=FILE_BYTES) as content:
                response = carry_out(request, partial(_take, request, address, content))
        except (Refused, SubmissionError) as refused:
            note_use(address, error=f"{refused.code}: {refused.sentence}", now=timezone.now())
            raise
        note_use(address, error="", now=timezone.now())
        return response

    @extend_schema(operation_id="put_file", auth=[], request=UPLOAD, parameters=PARAMETERS, responses=ANSWERS)
    def put(self, request: Request, id: str, token: str) -> HttpResponse:
        """The same as POST, for programs that put files."""
        return self.post(request, id, token)


def _take(request: Request, address: UploadAddress, content: "File[bytes]") -> Response:
    is_dry_run = is_on(request, "dry_run")

    def take() -> Delivery:
        return take_file(
            address=address,
            sender=cast("User", request.user),
            file_name=request.query_params.get("name", "")[-LONGEST_NAME:] or address.feed.code,
            content=content,
            now=request_time(request),
        )

    delivery = act_or_try(request, take) if is_dry_run else take()
    if is_dry_run and not delivery.is_repeated:
        delete_files(filter(None, [delivery.imported.file.name]))
    status = 200 if is_dry_run or delivery.is_repeated else STATUS.get(delivery.outcome, 200)
    return Response(upload_json(delivery, is_dry_run=is_dry_run), status=status)


def upload_json(delivery: Delivery, *, is_dry_run: bool = False) -> dict[str, object]:
    """Return what became of a file."""
    imported = delivery.imported
    return {
        "id": None if is_dry_run else imported.public_id,
        "state": delivery.outcome,
        "dry_run": is_dry_run,
        "repeated": delivery.is_repeated,
        "detail": str(_("Nothing is stored.") if is_dry_run else delivery.sentence),
        "url": None if is_dry_run else f"{settings.BASE_URL}/imports/{imported.public_id}",
        "rows": delivery.rows,
        "receipt": None if is_dry_run or not delivery.receipt else BatchSerializer(delivery.receipt).data,
        "questions": list(delivery.questions),
        **list_errors(delivery.errors, in_list=True),
    }
