"""Who may send a large body: it is not read before this is known."""

from importlib import import_module
from wsgiref.types import WSGIEnvironment

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils import timezone

from bpo.bodies import IN_MEMORY, stated_length
from bpo.utf8 import Utf8Request
from intake.upload_addresses import find_address
from vendors.keys import find_key

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


def may_send(environ: WSGIEnvironment) -> bool:
    """Return whether the address takes the method, and the request has a valid key or a session.

    Only whether the body is read hangs on it: the view checks all of it again, and words the answer.
    """
    request = Utf8Request(environ)
    return takes_body(request, stated_length(environ)) and is_known(request)


def takes_body(request: HttpRequest, length: int) -> bool:
    """Return whether there is a view at this address that has the method, as far as a class says so, and the length.

    What does not fit into memory is read only where a view `takes_files`.
    """
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    if length > IN_MEMORY and not getattr(view, "takes_files", False):
        return False
    method = str(request.method).lower()
    if actions := getattr(view, "actions", None):
        return method in actions
    view_class = getattr(view, "view_class", None)
    return view_class is None or hasattr(view_class, method)


def is_known(request: HttpRequest) -> bool:
    """Return whether a valid key, the token of an upload address or a session comes with the request."""
    named = resolve(request.path_info).kwargs
    if "token" in named and "id" in named:
        return find_address(named["id"], named["token"], now=timezone.now()) is not None
    header = request.headers.get("Authorization")
    if header is not None:
        return find_key(header, now=timezone.now()) is not None
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return bool(key) and SESSION_KEY in SessionStore(key)
