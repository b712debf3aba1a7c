"""A charset in a Content-Type changes nothing about how an address is read."""

import io

import pytest

from bpo.utf8 import Utf8Request


@pytest.mark.parametrize("charset", ["zlib", "rot13", "utf-16", "latin-1", "idna", "no-such", '"'])
def test_the_address_is_read_as_utf8(charset):
    request = Utf8Request(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/",
            "QUERY_STRING": "name=%C3%A9",
            "CONTENT_TYPE": f"application/json; charset={charset}",
            "wsgi.input": io.BytesIO(),
        }
    )

    assert request.GET["name"] == "é"
