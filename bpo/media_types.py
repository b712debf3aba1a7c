"""Which media types a body of the API may have."""

from django.utils.translation import gettext as _

from bpo.row_errors import UnreadableError

JSON, NDJSON, CSV = MEDIA_TYPES = "application/json", "application/x-ndjson", "text/csv"


def media_type_of(content_type: str) -> str:
    """The media type that is to be read; what is no UTF-8 JSON, NDJSON or CSV is refused."""
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
        _("Results come as JSON, NDJSON or CSV, in UTF-8."),
        hint=_("Content-Type: %(types)s") % {"types": ", ".join(MEDIA_TYPES)},
        status=415,
    )
