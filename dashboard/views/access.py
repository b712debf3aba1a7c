"""Who of the operator reads a client's data: operators ask, the client's admins answer and end it."""

from collections.abc import Callable, Mapping
from typing import cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from bpo.access.lists import ACCESS_GRANTS, AccessGrantFilter, access_grants, access_rows
from bpo.access.services import ask_access, grant_access, refuse_access, withdraw_access, withdraw_all_access
from bpo.acts import perform
from bpo.confirmation import confirmed
from bpo.list_pages import list_page
from bpo.models import AccessGrant, Organisation
from bpo.models.access_grants import MOST_DAYS
from bpo.viewpoint import PageRequest, viewpoint_of

USUAL_DAYS = 7


class AskForm(forms.Form):
    """What an operator asks of a client."""

    client = forms.ModelChoiceField(
        label=gettext_lazy("Client"), queryset=Organisation.objects.none(), to_field_name="public_id"
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("What you have to read the data for; the client's admins read it."),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=USUAL_DAYS,
        help_text=gettext_lazy("From the answer on; at most 30."),
    )

    def __init__(
        self, data: Mapping[str, object] | None = None, *, clients: QuerySet[Organisation], client: str = ""
    ) -> None:
        super().__init__(data, initial={"client": client})
        cast("forms.ModelChoiceField[Organisation]", self.fields["client"]).queryset = clients


@login_required
@require_safe
def access_list(request: PageRequest) -> HttpResponse:
    """Who reads the client's data now, who asks to, and who did before."""
    return _page(request, None)


def _page(request: PageRequest, form: AskForm | None, status: int = 200) -> HttpResponse:
    viewpoint, now = viewpoint_of(request), timezone.now()
    grants = access_grants(viewpoint)
    filtered = AccessGrantFilter(request.GET, queryset=grants)
    current = access_rows(grants.filter(state__in=[AccessGrant.State.ASKED, AccessGrant.State.GRANTED]), now)
    if form is None and viewpoint.reach.is_operator:
        form = AskForm(clients=_closed_clients(request), client=request.GET.get("client", ""))
    response = list_page(
        request,
        ACCESS_GRANTS,
        filtered.qs,
        rows=lambda rows: access_rows(rows, now),
        template="dashboard/access_list.html",
        file_name="access",
        context={
            "filter": filtered,
            "form": form,
            "standing": [row for row in current if row.is_standing],
            "waiting": [row for row in current if row.is_waiting],
            "is_operator": viewpoint.reach.is_operator,
        },
    )
    response.status_code = status
    return response


def _closed_clients(request: PageRequest) -> QuerySet[Organisation]:
    """The clients whose data the operator may not read now."""
    clients = Organisation.objects.visible_to(request.user).with_admins()
    return clients.exclude(pk__in=request.user.reach.organisations).order_by("name")


@login_required
@require_POST
@confirmed
def ask(request: PageRequest) -> HttpResponse:
    """Ask a client's admins for access."""
    clients = Organisation.objects.visible_to(request.user).filter(kind=Organisation.Kind.CLIENT)
    form = AskForm(request.POST, clients=clients)
    return perform(
        request,
        allowed=request.user.is_operator_admin,
        form=form,
        page=lambda form, status: _page(request, form, status),
        act=lambda given: ask_access(**given, actor=request.user, now=timezone.now()),
        done=lambda grant: _("%(client)s is asked; its admins have a mail.") % {"client": grant.client},
        then=lambda _grant: redirect("dashboard:access"),
    )


def _act(
    service: Callable[..., AccessGrant], words: Callable[[AccessGrant], str], *, opens: bool = False
) -> Callable[[PageRequest, str], HttpResponse]:
    """Return the view that does something with a grant; what opens data wants to know again who it is."""

    def act(request: PageRequest, public_id: str) -> HttpResponse:
        grant = get_object_or_404(AccessGrant.objects.visible_to(request.user), public_id=public_id)
        days = _days(request) if opens else {}
        return perform(
            request,
            act=lambda _given: service(grant=grant, actor=request.user, now=timezone.now(), **days),
            done=words,
            then=lambda _grant: redirect("dashboard:access"),
        )

    return login_required(require_POST(confirmed(act) if opens else act))


def _days(request: PageRequest) -> dict[str, int]:
    """The days that the form names, which the service checks; 0 for what is no number, and it refuses that."""
    text = request.POST.get("days", "")
    return {"days": int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0} if text else {}


grant = _act(grant_access, lambda row: _("%(person)s may read your data now.") % {"person": row.operator}, opens=True)
refuse = _act(refuse_access, lambda row: _("%(person)s is refused.") % {"person": row.operator})
withdraw = _act(
    withdraw_access,
    lambda row: _("The access %(id)s of %(person)s is ended.") % {"person": row.operator, "id": row.public_id},
)


@login_required
@require_POST
def withdraw_all(request: PageRequest) -> HttpResponse:
    """End all access of operators to the data of the reader's client."""
    client = viewpoint_of(request).organisation
    if client is None:
        raise PermissionDenied
    return perform(
        request,
        act=lambda _given: withdraw_all_access(client=client, actor=request.user, now=timezone.now()),
        done=lambda number: ngettext("%(n)s access is ended.", "%(n)s accesses are ended.", number) % {"n": number},
        then=lambda _number: redirect("dashboard:access"),
    )
