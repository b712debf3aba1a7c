"""The media types of the API's request bodies."""

from django.utils.translation import gettext as _

from bpo.row_errors import UnreadableError

JSON, NDJSON, CSV = MEDIA_TYPES = "application/json", "application/x-ndjson", "text/csv"


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
