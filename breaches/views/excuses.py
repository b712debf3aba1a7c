"""Excuses: the list, the page of one with its effect, requesting and deciding."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpo.acts import perform
from bpo.htmx import render_page
from bpo.list_pages import list_page
from bpo.viewpoint import viewpoint_of
from breaches.filters import ExcuseFilter
from breaches.forms import DecisionForm, ExcuseForm, GrantForm
from breaches.lists import EXCUSES
from breaches.selectors.excuses import excuse_page
from breaches.services.excuses import ask_excuse, decide_excuse, may_ask, may_decide
from breaches.services.grants import Grant, read_grant
from contracts.models.service_levels import ServiceLevel
from metrics.models.breaches import Excuse
from metrics.models.verdicts import Verdict
from metrics.querysets import PARTIES
from sla.periods import DAY

PATHS = (*PARTIES, "asked_by", "asked_with", "decided_by")
UNDECIDED_FIRST = Case(When(decision=Excuse.Decision.ASKED, then=Value(0)), default=1, output_field=IntegerField())


@login_required
@require_safe
def excuses(request: HttpRequest) -> HttpResponse:
    """Every excuse that the reader may see, undecided ones first."""
    viewpoint = viewpoint_of(request)
    filtered = ExcuseFilter(request.GET, queryset=Excuse.objects.visible_to(viewpoint).select_related(*PATHS))
    return list_page(
        request,
        EXCUSES,
        filtered.qs.order_by(UNDECIDED_FIRST, "-asked_at", "-pk"),
        rows=list,
        template="breaches/excuse_list.html",
        file_name="excuses",
        context={"filter": filtered},
    )


@login_required
@require_safe
def excuse_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One excuse, with what granting it would change, or the part of it that the address names."""
    excuse = get_object_or_404(Excuse.objects.visible_to(request.user).select_related(*PATHS), public_id=public_id)
    part = GrantForm(request.GET) if request.GET else None
    if part and not part.is_valid():
        return _page(request, excuse, part, status=422)
    return _page(request, excuse, DecisionForm(), read_grant(part.cleaned_data, excuse) if part else None)


@login_required
@require_POST
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Grant an excuse or a part of it, or refuse it."""
    excuse = get_object_or_404(Excuse.objects.visible_to(request.user).select_related(*PATHS), public_id=public_id)
    form = DecisionForm(request.POST)

    def save(given: dict[str, Any]) -> Excuse:
        granted = given["decision"] == DecisionForm.GRANT
        return decide_excuse(
            excuse=excuse, granted=granted, decided_by=request.user, now=timezone.now(), reason=given["reason"],
            digest=given["digest"] if granted else None, grant=read_grant(given, excuse),
        )  # fmt: skip

    return perform(
        request,
        allowed=may_decide(request.user, excuse),
        form=form,
        page=lambda form, status: _page(request, excuse, form, read_grant(form.cleaned_data, excuse), status=status),
        act=save,
        done=lambda decided: f"{decided.public_id}: {decided.decision_words}",
        then=lambda decided: redirect("breaches:excuse", excuse.public_id),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, public_id: str, label: str) -> HttpResponse:
    """Ask for the vendor that days of a period are not counted."""
    levels = ServiceLevel.objects.visible_to(request.user).select_related(
        "contract__client__organisation", "contract__vendor__organisation"
    )
    level = get_object_or_404(levels, public_id=public_id)
    verdicts = Verdict.objects.visible_to(request.user).current().select_related("terms")
    verdict = get_object_or_404(verdicts, service_level=level, period_label=label)
    first, last = verdict.starts_on, verdict.ends_on - DAY
    data = request.POST if request.method == "POST" else None
    context = {"level": level, "verdict": verdict, "viewpoint": viewpoint_of(request)}
    return perform(
        request,
        allowed=may_ask(request.user, level),
        form=ExcuseForm(data, initial={"first_day": first, "last_day": last}, first=first, last=last),
        page=lambda form, status: render_page(
            request, "breaches/excuse_ask.html", context=context | {"form": form}, status=status
        ),
        act=lambda given: ask_excuse(
            service_level=level, starts_on=given["first_day"], ends_on=given["last_day"] + DAY,
            reason=given["reason"], clause=given["clause"], asked_by=request.user, now=timezone.now(),
        ),
        done=lambda excuse: _("%(id)s is sent to the client.") % {"id": excuse.public_id},
        then=lambda excuse: redirect("breaches:excuse", excuse.public_id),
    )  # fmt: skip


def _page(
    request: HttpRequest, excuse: Excuse, form: forms.Form, grant: Grant | None = None, *, status: int = 200
) -> HttpResponse:
    shown = excuse_page(excuse=excuse, principal=request.user, now=timezone.now(), grant=grant)
    days = {"first_day": shown.grant.starts_on, "last_day": shown.grant.ends_on - DAY}
    context = {
        "shown": shown,
        "part": GrantForm(initial=days | {"lowers_by": shown.grant.lowers_by}),
        "excuse": excuse,
        "form": form,
        "may_decide": may_decide(request.user, excuse),
        "viewpoint": viewpoint_of(request),
    }
    return render_page(request, "breaches/excuse_detail.html", context=context, status=status)
