"""A page's act: refused by permission, by its form or by the service, or done with a message."""

import pytest
from django import forms
from django.contrib.messages.storage.base import BaseStorage
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from bpo.acts import perform
from bpo.errors import Refused


class NameForm(forms.Form):
    name = forms.CharField()


class Messages(BaseStorage):
    def _get(self, *args, **kwargs):
        return [], True


@pytest.fixture
def ask(rf):
    """Perform an act; returns the answer, what was done, and the messages."""

    def send(body=None, *, act=None, **more):
        request = rf.post("/", body) if body is not None else rf.get("/")
        request._messages = Messages(request)
        given = []
        answer = perform(
            request, act=act or given.append, done=lambda _: "Saved.", then=lambda _: HttpResponse("next"), **more
        )
        return answer, given, [str(message) for message in request._messages._queued_messages]

    return send


def show(form, status):
    return HttpResponse(str(form.errors.as_text()), status=status)


def refuse(given):
    raise Refused("It is closed.", hint="Open it.")


def test_without_permission_nothing_is_done(ask):
    with pytest.raises(PermissionDenied, match=r"Only managers\."):
        ask({}, act=pytest.fail, allowed=False, forbidden="Only managers.")


def test_a_form_is_shown_as_it_is_before_it_is_sent(ask):
    answer, given, messages = ask(form=NameForm(), page=show)

    assert (answer.status_code, answer.content, given, messages) == (200, b"", [], [])


def test_an_invalid_form_is_shown_again(ask):
    answer, given, _messages = ask({}, form=NameForm({}), page=show)

    assert (answer.status_code, given) == (422, [])


def test_a_refusal_is_shown_on_the_form_with_its_status(ask):
    answer, _given, messages = ask({}, form=NameForm({"name": "x"}), page=show, act=refuse)

    assert (answer.status_code, messages) == (409, [])
    assert "It is closed. Open it." in answer.content.decode()


def test_a_refusal_without_a_form_is_a_message(ask):
    answer, _given, messages = ask({}, act=refuse)

    assert (answer.content, messages) == (b"next", ["It is closed. Open it."])


def test_what_was_done_is_a_message(ask):
    answer, given, messages = ask({}, form=NameForm({"name": "x"}), page=show)

    assert (answer.content, given, messages) == (b"next", [{"name": "x"}], ["Saved."])
