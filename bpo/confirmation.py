"""Asking again who somebody is, before what matters, where they signed in some time ago."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest

Asked = TypeVar("Asked", bound=HttpRequest)
Given = ParamSpec("Given")
Answer = TypeVar("Answer")
View = Callable[Concatenate[Asked, Given], Answer]


def confirmed(view: View[Asked, Given, Answer]) -> View[Asked, Given, Answer]:
    """Decorate a view whose forms are taken only from somebody who has just confirmed who they are.

    Others are asked for password or code, or sign in again at their organisation's provider, and then the form is taken
    as they sent it.
    """

    @wraps(view)
    def asks(request: Asked, *args: Given.args, **kwargs: Given.kwargs) -> Answer:
        if request.method == "POST" and must_confirm(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return cast("View[Asked, Given, Answer]", asks)


def must_confirm(request: HttpRequest) -> bool:
    """Whether somebody has to confirm again who they are; whoever has no way to do so is not asked."""
    if not request.user.is_authenticated:
        return True
    adapter = get_adapter()
    return adapter.is_reauthentication_required(app="") and bool(adapter.get_reauthentication_methods(request.user))
