"""Excuses: the list, one of them with what it would change, asking and deciding."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpo.errors import Refused
from bpo.htmx import render_page
from bpo.viewpoint import viewpoint_of
from breaches.forms import DecisionForm, ExcuseForm, GrantForm
from breaches.selectors.excuses import ExcuseRow, excuse_list, excuse_page
from breaches.services.excuses import ask_excuse, decide_excuse, may_ask, may_decide
from breaches.services.grants import Grant
from contracts.models.service_levels import ServiceLevel
from metrics.models.breaches import Excuse
from metrics.models.verdicts import Verdict
from sla.periods import DAY

A_PAGE = 50
UNDECIDED_FIRST = Case(When(decision=Excuse.Decision.ASKED, then=Value(0)), default=1, output_field=IntegerField())


@login_required
@require_safe
def excuses(request: HttpRequest) -> HttpResponse:
    """Every excuse that the reader may see, what waits first."""
    viewpoint = viewpoint_of(request)
    found = excuse_list(viewpoint).order_by(UNDECIDED_FIRST, "-asked_at", "-pk")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [ExcuseRow(excuse) for excuse in page], "viewpoint": viewpoint}
    return render_page(request, "breaches/excuse_list.html", context=context)


@login_required
@require_safe
def excuse_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One excuse: what is asked, and what changes if it is granted, or the part of it that the address names."""
    excuse = _excuse(request, public_id)
    part = GrantForm(request.GET) if request.GET else None
    if part and not part.is_valid():
        return _page(request, excuse, part, status=422)
    return _page(request, excuse, DecisionForm(), part.grant_of(excuse) if part else None)


@login_required
@require_POST
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """The client's manager grants or refuses."""
    excuse = _excuse(request, public_id)
    if not may_decide(request.user, excuse):
        raise PermissionDenied
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, excuse, form, status=422)
    granted, grant = form.cleaned_data["decision"] == DecisionForm.GRANT, form.grant_of(excuse)
    digest = form.cleaned_data["digest"] if granted else None
    try:
        excuse = decide_excuse(
            excuse=excuse, granted=granted, decided_by=request.user, now=timezone.now(), digest=digest,
            reason=form.cleaned_data["reason"], grant=grant,
        )  # fmt: skip
    except Refused as refused:
        form.add_error(None, forms.ValidationError(refused.sentence))
        return _page(request, excuse, form, grant, status=refused.status)
    messages.success(request, f"{excuse.public_id}: {excuse.decision_words}")
    return redirect("breaches:excuse", excuse.public_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, public_id: str, label: str) -> HttpResponse:
    """The vendor's manager asks that days of a period are not counted."""
    level = get_object_or_404(
        ServiceLevel.objects.visible_to(request.user).select_related(
            "contract__client__organisation", "contract__vendor__organisation"
        ),
        public_id=public_id,
    )
    verdicts = Verdict.objects.visible_to(request.user).current().select_related("terms")
    verdict = verdicts.filter(service_level=level, period_label=label).first()
    if verdict is None:
        raise Http404
    if not may_ask(request.user, level):
        raise PermissionDenied
    days = {"first_day": verdict.starts_on, "last_day": verdict.ends_on - DAY}
    form = ExcuseForm(request.POST or None, initial=days, first=verdict.starts_on, last=verdict.ends_on - DAY)
    if request.method == "POST" and form.is_valid() and (excuse := _asked(request, level, form)):
        return redirect("breaches:excuse", excuse.public_id)
    context = {"level": level, "verdict": verdict, "form": form, "viewpoint": viewpoint_of(request)}
    status = 422 if form.is_bound else 200
    return render_page(request, "breaches/excuse_ask.html", context=context, status=status)


def _asked(request: HttpRequest, level: ServiceLevel, form: forms.Form) -> Excuse | None:
    """The excuse that was asked for; None where the form says why it was not."""
    given = form.cleaned_data
    try:
        excuse = ask_excuse(
            service_level=level, starts_on=given["first_day"], ends_on=given["last_day"] + DAY,
            reason=given["reason"], clause=given["clause"], asked_by=request.user, now=timezone.now(),
        )  # fmt: skip
    except Refused as refused:
        form.add_error(None, forms.ValidationError(f"{refused.sentence} {refused.hint}".strip()))
        return None
    messages.success(request, _("%(id)s is asked for.") % {"id": excuse.public_id})
    return excuse


def _excuse(request: HttpRequest, public_id: str) -> Excuse:
    return get_object_or_404(excuse_list(request.user), public_id=public_id)


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
