"""The media types of the API's request bodies."""

from django.utils.translation import gettext as _

from bpo.row_errors import UnreadableError

JSON, NDJSON, CSV = MEDIA_TYPES = "application/json", "application/x-ndjson", "text/csv"
# What a file is shows in its bytes.
FILES = (
    CSV, "application/octet-stream", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-excel", "application/vnd.oasis.opendocument.spreadsheet", "application/zip", "application/gzip",
)  # fmt: skip


def check_file_type(content_type: str) -> None:
    """Raise UnreadableError 415 unless a body is said to be a text or a workbook."""
    if content_type.partition(";")[0].strip().lower() not in FILES:
        detail, hint = _("A file is CSV or a workbook."), _("Content-Type: %(types)s") % {"types": ", ".join(FILES)}
        raise UnreadableError("unsupported_media_type", detail, hint=hint, status=415)


def media_type_of(content_type: str) -> str:
    """Return the media type. Raises UnreadableError unless it is JSON, NDJSON or CSV in UTF-8."""
    essence, *parameters = (part.strip() for part in content_type.split(";"))
    essence = essence.lower()
    pairs = (parameter.partition("=") for parameter in parameters)
    charsets = {value.strip().strip('"').lower() for name, _equals, value in pairs if name.strip().lower() == "charset"}
    if essence in MEDIA_TYPES and charsets <= {"utf-8", "utf8"}:
        return essence
    detail = _("Results must be JSON, NDJSON or CSV, in UTF-8.")
    hint = _("Content-Type: %(types)s") % {"types": ", ".join(MEDIA_TYPES)}
    raise UnreadableError("unsupported_media_type", detail, hint=hint, status=415)
