"""Excuses that were asked for together: what each would change, and one decision on all of them."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bpo.acts import perform
from bpo.htmx import render_page
from bpo.viewpoint import PageRequest, viewpoint_of
from breaches.forms import DecisionForm, GrantForm
from breaches.selectors.excuses import excuse_group_page
from breaches.services.excuse_groups import decide_group, may_decide_group
from breaches.services.selections import whole_excuse, zone_of
from breaches.views.excuses import PATHS, grant_initial
from metrics.models.breaches import Excuse


@login_required
@require_safe
def group_detail(request: PageRequest, name: str) -> HttpResponse:
    """The excuses of one request, with what granting them would change, or the part that the address names."""
    excuses = find_group(request, name)
    zone, within = zone_of(excuses[0]), excuses[0].hours
    part = GrantForm(request.GET, zone=zone, within=within) if request.GET else None
    if part and not part.is_valid():
        return _page(request, excuses, part, {}, status=422)
    return _page(request, excuses, DecisionForm(zone=zone), part.cleaned_data if part else {})


@login_required
@require_POST
def decide(request: PageRequest, name: str) -> HttpResponse:
    """Grant the undecided excuses of a group or a part of them, or refuse them."""
    excuses = find_group(request, name)
    reader = request.user

    def save(given: dict[str, Any]) -> list[Excuse]:
        granted = given["decision"] == DecisionForm.GRANT
        return decide_group(excuses=excuses, given=given, granted=granted, decided_by=reader, now=timezone.now())

    return perform(
        request,
        allowed=may_decide_group(reader, excuses),
        form=DecisionForm(request.POST, zone=zone_of(excuses[0]), within=excuses[0].hours),
        page=lambda form, status: _page(request, excuses, form, form.cleaned_data, status=status),
        act=save,
        done=lambda decided: _("%(id)s: %(decision)s") % {"id": name, "decision": decided[0].decision_words},
        then=lambda decided: redirect("breaches:excuse-group", name),
    )


def find_group(request: PageRequest, name: str) -> list[Excuse]:
    """The excuses of a group that the reader may see. Raises Http404 where there are none."""
    rows = Excuse.objects.visible_to(request.user).filter(group=name).exclude(group="").select_related(*PATHS)
    excuses = list(rows.order_by("service_level"))
    if not excuses:
        raise Http404
    return excuses


def _page(
    request: PageRequest, excuses: list[Excuse], form: forms.Form, given: dict[str, object], *, status: int = 200
) -> HttpResponse:
    shown = excuse_group_page(excuses=excuses, given=given, now=timezone.now())
    zone, whole = zone_of(excuses[0]), whole_excuse(excuses[0])
    reader = request.user
    context = {
        "shown": shown,
        "excuse": excuses[0],
        "form": form,
        "part": GrantForm(zone=zone, initial=grant_initial(shown.grant or whole, zone)),
        "may_decide": may_decide_group(reader, excuses),
        "viewpoint": viewpoint_of(request),
    }
    return render_page(request, "breaches/excuse_group.html", context=context, status=status)
