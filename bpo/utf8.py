"""Requests are decoded as UTF-8, whatever charset they claim."""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http.request import parse_header_parameters


class Utf8Request(WSGIRequest):
    """Ignores the charset of the Content-Type.

    Django would decode the address by it and fail before any view is called where the name is no charset.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Utf8Handler(WSGIHandler):
    """Django's handler, with UTF-8 requests."""

    request_class = Utf8Request
