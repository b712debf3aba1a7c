"""Text is UTF-8, whatever a request claims."""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http.request import parse_header_parameters


class Utf8Request(WSGIRequest):
    """Knows its Content-Type's charset and does not follow it.

    Django would decode the address by it, even where the name is no charset, and break before any view is asked.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Utf8Handler(WSGIHandler):
    """Django's handler, with requests that are UTF-8."""

    request_class = Utf8Request
