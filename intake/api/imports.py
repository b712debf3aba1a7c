"""`/api/v1/imports/{id}`: a file that was uploaded, dropped or sent, and how far it is."""

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bpo.api_fields import AnyObject
from bpo.query_parameters import check_parameters
from intake.files.parts.previews import preview_large
from intake.files.previews import open_questions
from intake.models.imports import Import
from intake.models.large_imports import LargeImport
from metrics.api.access import ApiMixin
from metrics.api.schema import responses
from vendors.keys import KeyMayRead


class LargeFileSerializer(serializers.Serializer[object]):
    """How far a worker has come with a large file."""

    step = serializers.ChoiceField(choices=LargeImport.Step.choices)
    percent = serializers.IntegerField(help_text="Of its lines, read and checked.")
    lines = serializers.IntegerField()
    lines_read = serializers.IntegerField()
    rows_read = serializers.IntegerField()
    rows = AnyObject(help_text="What becomes of its rows: new, changed, unchanged, wrong; empty until all are read.")
    questions = serializers.ListField(child=AnyObject(), help_text="What a person answers on its page.")
    problem = AnyObject(help_text="Why it has stopped: code, detail and hint; else empty.")


class ImportSerializer(serializers.Serializer[object]):
    """A file."""

    id = serializers.CharField()
    file_name = serializers.CharField()
    contract = serializers.CharField(allow_null=True, help_text="null where its rows name their feeds.")
    feed = serializers.CharField(allow_null=True)
    upload_address = serializers.CharField(allow_null=True)
    uploaded_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=Import.State.choices)
    receipt = serializers.CharField(allow_null=True, help_text="RC-…: of its rows, once they are imported.")
    undo_receipt = serializers.CharField(allow_null=True)
    large = LargeFileSerializer(allow_null=True, help_text="null for a file that is read at once.")
    url = serializers.URLField(help_text="Of its page.")


class ImportView(ApiMixin, APIView):  # type: ignore[misc]
    """One file."""

    permission_classes = [IsAuthenticated, KeyMayRead]

    @extend_schema(operation_id="read_import", responses=responses({200: ImportSerializer}, 400, 401, 403, 404))
    def get(self, request: Request, id: str) -> Response:
        """What became of a file, and how far a large one is."""
        check_parameters(request, ())
        rows = Import.objects.visible_to(request.user).select_related(
            "feed__contract", "vendor", "address__reading", "batch", "undo_batch", "large"
        )
        imported = rows.filter(public_id=id).first()
        if imported is None:
            raise Http404
        return Response(import_json(imported))


def import_json(imported: Import) -> dict[str, object]:
    """Return a file with its state."""
    feed, address, large = imported.feed, imported.address, getattr(imported, "large", None)
    return {
        "id": imported.public_id,
        "file_name": imported.file_name,
        "contract": feed.contract.public_id if feed else None,
        "feed": feed.code if feed else None,
        "upload_address": address.public_id if address else None,
        "uploaded_at": imported.uploaded_at.isoformat(),
        "state": imported.state,
        "receipt": imported.batch.public_id if imported.batch else None,
        "undo_receipt": imported.undo_batch.public_id if imported.undo_batch else None,
        "large": large_json(large) if large else None,
        "url": f"{settings.BASE_URL}/imports/{imported.public_id}",
    }


def large_json(large: LargeImport) -> dict[str, object]:
    """Return how far a large file is, and what is open about it."""
    preview = preview_large(large, now=timezone.now())
    return {
        "step": large.step,
        "percent": large.percent,
        "lines": large.lines,
        "lines_read": large.lines_read,
        "rows_read": large.rows_read,
        "rows": preview.counts if preview.has_rows else {},
        "questions": open_questions(preview, large.imported.address),
        "problem": large.problem,
    }
