"""What a person does on a page: permission, form, service, message and the way on, in one place."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.views.decorators.debug import sensitive_variables

from bpo.errors import Refused
from bpo.row_errors import SubmissionError

Outcome = TypeVar("Outcome")
Form = TypeVar("Form", bound=BaseForm)


@sensitive_variables("outcome")
def perform(
    request: HttpRequest,
    *,
    act: Callable[[dict[str, Any]], Outcome],
    then: Callable[[Any], HttpResponse],
    done: Callable[[Outcome], str | Promise] | None = None,
    allowed: bool = True,
    forbidden: str | Promise = "",
    form: Form | None = None,
    page: Callable[[Form, int], HttpResponse] | None = None,
) -> HttpResponse:
    """Do what a person asked for: show a message and answer with `then`, or show why it was refused.

    `act` gets the form's cleaned data and calls a service; what it returns goes to `done` and `then`. With a form and
    a `page`, a GET shows the form, and a form that is invalid or refused is shown again with 422 or the refusal's
    status. Without them a refusal becomes a message, and `then` gets None. Raises PermissionDenied unless `allowed`.
    """
    if not allowed:
        raise PermissionDenied(str(forbidden))
    if form and page and request.method != "POST":
        return page(form, 200)
    if form and page and not form.is_valid():
        return page(form, 422)
    try:
        outcome = act(form.cleaned_data if form else {})
    except (Refused, SubmissionError) as refused:
        sentence = f"{refused.sentence} {refused.hint}".strip()
        if form and page:
            form.add_error(None, ValidationError(sentence))
            return page(form, refused.status)
        messages.error(request, sentence)
        return then(None)
    if done:
        messages.success(request, str(done(outcome)))
    return then(outcome)
