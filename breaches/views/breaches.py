"""Breaches: the list, one of them, and what people do about it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from bpo.csv_export import csv_file, wants_csv
from bpo.errors import Refused
from bpo.htmx import render_page
from bpo.viewpoint import Viewpoint, viewpoint_of
from breaches.filters import BreachListFilter
from breaches.forms import AnswerForm, CommentForm, StepForm
from breaches.selectors.breaches import BreachRow, breach_page, breach_rows, tab_filter, with_verdicts
from breaches.services.conversations import (
    acknowledge_breach,
    answer_breach,
    close_breach,
    comment_on_breach,
    may_acknowledge,
    may_answer,
    may_close,
    may_comment,
)
from breaches.services.steps import Step, open_steps, take_step
from metrics.models.breaches import Breach, Mute

A_PAGE = 50
TABS = {
    "open": gettext_lazy("Open"),
    "mine": gettext_lazy("Waiting for us"),
    "theirs": gettext_lazy("Waiting for the other side"),
    "closed": gettext_lazy("Closed"),
    "all": gettext_lazy("All"),
}
HEADER = (
    "client", "vendor", "contract", "service_level", "period", "status", "value", "limit",
    "state", "opened_at", "answer_due_at", "acknowledged_at",
)  # fmt: skip


@login_required
@require_safe
def breach_list(request: HttpRequest) -> HttpResponse:
    """Breaches by whose turn it is; the tab and the filters stand in the address."""
    now, viewpoint = timezone.now(), viewpoint_of(request)
    tab = request.GET.get("tab", "open")
    tab = tab if tab in TABS else "open"
    found = BreachListFilter(request.GET, queryset=Breach.objects.visible_to(viewpoint))
    breaches = with_verdicts(tab_filter(found.qs, tab, viewpoint))
    order = "-opened_at" if tab in {"closed", "all"} else "answer_due_at"
    breaches = breaches.order_by(order, "-starts_on", "pk")
    if wants_csv(request):
        return _as_csv(request, viewpoint, breach_rows(breaches, now), tab, now)
    page = Paginator(breaches, A_PAGE).get_page(request.GET.get("page"))
    context = {"filter": found, "page": page, "rows": breach_rows(page, now), "tab": tab, "tabs": TABS.items()}
    context |= {"viewpoint": viewpoint}
    return render_page(request, "breaches/breach_list.html", part="breaches/_breaches.html", context=context)


@login_required
@require_safe
def breach_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One breach: the number, the limit, whose turn it is, and what happened."""
    return _page(request, _breach(request, public_id))


@login_required
@require_POST
def acknowledge(request: HttpRequest, public_id: str) -> HttpResponse:
    """The client's side says that it has seen the breach."""
    breach = _breach(request, public_id)
    if not may_acknowledge(request.user, breach):
        raise PermissionDenied
    acknowledge_breach(breach=breach, by=request.user, now=timezone.now())
    messages.success(request, _("%(id)s is acknowledged.") % {"id": breach.public_id})
    return redirect("breaches:breach", breach.public_id)


@login_required
@require_POST
def comment(request: HttpRequest, public_id: str) -> HttpResponse:
    """A line on the timeline, to both sides or inside one's own."""
    breach = _breach(request, public_id)
    if not may_comment(request.user, breach):
        raise PermissionDenied
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _page(request, breach, comment_form=form)
    event = comment_on_breach(
        breach=breach,
        by=request.user,
        text=form.cleaned_data["text"],
        is_internal=form.cleaned_data["audience"] == CommentForm.INSIDE,
        now=timezone.now(),
    )
    return redirect(f"/breaches/{breach.public_id}#event-{event.pk}")


@login_required
@require_POST
def answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """The vendor states the cause and the action."""
    breach = _breach(request, public_id)
    if not may_answer(request.user, breach):
        raise PermissionDenied
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, breach, answer_form=form)
    answer_breach(breach=breach, by=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("The cause of %(id)s is stated.") % {"id": breach.public_id})
    return redirect("breaches:breach", breach.public_id)


@login_required
@require_POST
def step(request: HttpRequest, public_id: str) -> HttpResponse:
    """The client asks back, agrees on the action, or accepts what was done, with a reason."""
    breach = _breach(request, public_id)
    if not may_acknowledge(request.user, breach):
        raise PermissionDenied
    form = StepForm(request.POST)
    if not form.is_valid():
        return _page(request, breach, step_form=form)
    given = form.cleaned_data
    try:
        taken = take_step(
            breach=breach, step=Step(given["step"]), by=request.user, reason=given["reason"], now=timezone.now()
        )
    except Refused as refused:
        form.add_error(None, ValidationError(refused.sentence))
        return _page(request, breach, step_form=form)
    messages.success(request, f"{breach.public_id}: {taken.get_state_display()}")
    return redirect("breaches:breach", breach.public_id)


@login_required
@require_POST
def close(request: HttpRequest, public_id: str) -> HttpResponse:
    """The client accepts cause and action."""
    breach = _breach(request, public_id)
    if not may_close(request.user, breach):
        raise PermissionDenied
    close_breach(breach=breach, by=request.user, now=timezone.now())
    messages.success(request, _("%(id)s is closed.") % {"id": breach.public_id})
    return redirect("breaches:breach", breach.public_id)


def _breach(request: HttpRequest, public_id: str) -> Breach:
    return get_object_or_404(with_verdicts(Breach.objects.visible_to(request.user)), public_id=public_id)


def _page(request: HttpRequest, breach: Breach, **refused: Form) -> HttpResponse:
    """The page; forms that were refused stand on it as they were sent."""
    viewpoint = viewpoint_of(request)
    context = {
        "shown": breach_page(breach=breach, viewpoint=viewpoint, now=timezone.now()),
        "breach": breach,
        "comment_form": CommentForm(),
        "answer_form": AnswerForm(
            initial={"cause_kind": breach.cause_kind, "cause": breach.cause, "action": breach.action}
        ),
        "mute": Mute.objects.visible_to(request.user).lasting(timezone.now()).filter(breach=breach).first(),
        "step_form": StepForm(),
        "steps": open_steps(request.user, breach),
        "may_acknowledge": may_acknowledge(request.user, breach),
        "may_answer": may_answer(request.user, breach),
        "may_close": may_close(request.user, breach),
        "may_comment": may_comment(request.user, breach),
        "refused": bool(refused),
        "viewpoint": viewpoint,
    } | refused
    status = 422 if refused else 200
    return render_page(request, "breaches/breach_detail.html", context=context, status=status)


def _as_csv(request: HttpRequest, viewpoint: Viewpoint, rows: list[BreachRow], tab: str, now) -> HttpResponse:
    body = [
        [
            row.breach.service_level.contract.client.organisation.name,
            row.breach.service_level.contract.vendor.organisation.name,
            row.breach.service_level.contract.reference,
            row.breach.service_level.name,
            row.breach.period_label,
            row.sign.word if row.sign else "",
            row.verdict.display,
            row.limit,
            row.breach.get_state_display(),
            row.breach.opened_at.isoformat(),
            row.breach.answer_due_at.isoformat(),
            row.breach.acknowledged_at.isoformat() if row.breach.acknowledged_at else "",
            row.breach.public_id,
            request.build_absolute_uri(f"/breaches/{row.breach.public_id}"),
            row.verdict.value,
        ]
        for row in rows
    ]
    return csv_file(viewpoint=viewpoint, what=f"breaches {tab}", header=HEADER, rows=body, now=now)
