"""Where a person is signed in, and the people whom an admin looks after."""

from collections.abc import Callable

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from bpo.acts import perform
from bpo.confirmation import confirmed
from bpo.factors.services import demand_factor, reset_factor
from bpo.htmx import render_page
from bpo.list_pages import list_page
from bpo.models import Organisation, SingleSignOn, User, UserSession
from bpo.people import PEOPLE, PersonRow, administered_organisations, administered_people, person_to_manage, set_active
from bpo.sessions import ROW, end_all_sessions, end_other_sessions, end_sessions
from bpo.viewpoint import PageRequest, viewpoint_of


class DemandForm(forms.Form):
    """Who of an organisation must have a second factor."""

    second_factor = forms.ChoiceField(
        label=gettext_lazy("Who must have a second factor"),
        choices=Organisation.SecondFactor.choices,
        required=False,
        help_text=gettext_lazy("You can ask for more; only an operator can ask for less."),
    )


@login_required
@require_safe
def session_list(request: PageRequest) -> HttpResponse:
    """The sessions of the reader, the latest seen first."""
    sessions = UserSession.objects.visible_to(request.user).filter(user_id=request.user.pk).alive(timezone.now())
    context = {
        "sessions": [(row, row.pk == request.session.get(ROW)) for row in sessions],
        "viewpoint": viewpoint_of(request),
    }
    return render_page(request, "dashboard/session_list.html", context=context)


@login_required
@require_POST
@confirmed
def end_session(request: PageRequest, public_id: str) -> HttpResponse:
    """End one of the reader's sessions."""
    mine = UserSession.objects.visible_to(request.user).filter(user_id=request.user.pk).select_related("user")
    row = get_object_or_404(mine, public_id=public_id)
    return perform(
        request,
        act=lambda _given: end_sessions([row], actor=request.user, reason="by_hand"),
        done=lambda _number: _("The session is ended."),
        then=lambda _number: redirect("dashboard:sessions"),
    )


@login_required
@require_POST
@confirmed
def end_others(request: PageRequest) -> HttpResponse:
    """End the reader's sessions but this one."""
    return perform(
        request,
        act=lambda _given: end_other_sessions(request, reason="by_hand"),
        done=lambda number: _("Sessions ended: %(number)s") % {"number": number},
        then=lambda _number: redirect("dashboard:sessions"),
    )


@login_required
@require_safe
def people_list(request: PageRequest) -> HttpResponse:
    """The people of an admin's organisation; all of them for operators."""
    viewpoint = viewpoint_of(request)
    organisation = viewpoint.organisation
    form = DemandForm(initial={"second_factor": organisation.second_factor}) if organisation else None
    sign_on = SingleSignOn.objects.visible_to(viewpoint).filter(organisation=organisation).first()
    return list_page(
        request,
        PEOPLE,
        administered_people(viewpoint),
        rows=lambda people: [PersonRow.of(person, viewpoint) for person in people],
        template="dashboard/people_list.html",
        file_name="people",
        context={"form": form, "organisation": organisation, "sign_on": sign_on},
    )


@login_required
@require_POST
@confirmed
def demand(request: PageRequest) -> HttpResponse:
    """Say who of the reader's organisation must have a second factor."""
    viewpoint = viewpoint_of(request)
    administered_organisations(viewpoint)
    if (organisation := viewpoint.organisation) is None:
        raise Http404
    form = DemandForm(request.POST)
    if not form.is_valid():
        return redirect("dashboard:people")
    return perform(
        request,
        act=lambda _given: demand_factor(
            organisation=organisation, demand=form.cleaned_data["second_factor"], actor=request.user
        ),
        done=lambda _nothing: _("Saved."),
        then=lambda _nothing: redirect("dashboard:people"),
    )


def _manage(act: Callable[[User, User], object], words: Callable[[User], str]) -> Callable[[PageRequest], HttpResponse]:
    """Return the view that does something for the person whose address the form has."""

    @login_required
    @require_POST
    @confirmed
    def view(request: PageRequest) -> HttpResponse:
        person = person_to_manage(request.user, request.POST.get("email", ""))
        return perform(
            request,
            act=lambda _given: act(person, request.user),
            done=lambda _nothing: words(person),
            then=lambda _nothing: redirect("dashboard:people"),
        )

    return view


reset = _manage(
    lambda person, actor: reset_factor(person=person, actor=actor),
    lambda person: _("The second factor of %(person)s is reset.") % {"person": person},
)
end_of_person = _manage(
    lambda person, actor: end_all_sessions(person, actor=actor, reason="by_admin"),
    lambda person: _("%(person)s is signed out everywhere.") % {"person": person},
)
deactivate = _manage(
    lambda person, actor: set_active(person, active=False, actor=actor),
    lambda person: _("%(person)s is deactivated and signed out everywhere.") % {"person": person},
)
reactivate = _manage(
    lambda person, actor: set_active(person, active=True, actor=actor),
    lambda person: _("%(person)s can sign in again.") % {"person": person},
)
