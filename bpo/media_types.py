"""The media types of the API's request bodies."""

from django.utils.translation import gettext as _

from bpo.row_errors import UnreadableError

JSON, NDJSON, CSV = MEDIA_TYPES = "application/json", "application/x-ndjson", "text/csv"


def media_type_of(content_type: str) -> str:
    """Return the media type. Raises UnreadableError unless it is JSON, NDJSON or CSV in UTF-8."""
    essence, *parameters = (part.strip() for part in content_type.split(";"))
    essence = essence.lower()
    if essence not in MEDIA_TYPES:
        raise _unsupported()
    for parameter in parameters:
        name, _equals, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise _unsupported()
    return essence


def _unsupported() -> UnreadableError:
    return UnreadableError(
        "unsupported_media_type",
        _("Results must be JSON, NDJSON or CSV, in UTF-8."),
        hint=_("Content-Type: %(types)s") % {"types": ", ".join(MEDIA_TYPES)},
        status=415,
    )
