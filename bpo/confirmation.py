"""Asking again who somebody is, before what matters, where they signed in some time ago."""

from collections.abc import Callable
from typing import TypeVar, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.http import HttpRequest

View = TypeVar("View", bound=Callable[..., object])


def confirmed(view: View) -> View:
    """Decorate a view whose forms are taken only from somebody who has just confirmed who they are.

    Others are asked for password or code, and then the form is taken as they sent it.
    """
    return cast("View", reauthentication_required(allow_get=True)(view))


def must_confirm(request: HttpRequest) -> bool:
    """Whether somebody has to confirm again who they are."""
    return bool(is_reauthentication_required(request, app=""))
