"""Breaches: the list, the page of one, and what people do about it."""

from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from bpo.acts import perform
from bpo.htmx import render_page
from bpo.list_pages import list_page
from bpo.viewpoint import PageRequest, viewpoint_of
from breaches.filters import BreachFilter
from breaches.forms import AnswerForm, CommentForm, ReasonForm
from breaches.lists import BREACHES
from breaches.selectors.breaches import BreachRow, breach_page, tab_filter, with_verdicts
from breaches.services.transitions import TRANSITIONS, BreachAct, act_on_breach, acting_side, possible_acts
from metrics.models.breaches import Breach, Mute

# What the client does with the vendor's answer, each with a reason: the buttons below the form of reasons.
STEPS = (BreachAct.ASK_BACK, BreachAct.AGREE, BreachAct.ACCEPT)
# The form of an act, and its name on the page.
FORMS: dict[BreachAct, tuple[str, type[Form]]] = {
    BreachAct.ANSWER: ("answer_form", AnswerForm),
    BreachAct.COMMENT: ("comment_form", CommentForm),
    **dict.fromkeys(STEPS, ("reason_form", ReasonForm)),
}
TABS = {
    "open": gettext_lazy("Open"),
    "mine": gettext_lazy("Waiting for us"),
    "theirs": gettext_lazy("Waiting for the other side"),
    "final": gettext_lazy("Waiting for a final verdict"),
    "closed": gettext_lazy("Closed"),
    "all": gettext_lazy("All"),
}


@login_required
@require_safe
def breach_list(request: PageRequest) -> HttpResponse:
    """Breaches by whose turn it is; tab and filters are part of the address."""
    now, viewpoint = timezone.now(), viewpoint_of(request)
    tab = request.GET.get("tab", "open")
    tab = tab if tab in TABS else "open"
    filtered = BreachFilter(request.GET, queryset=Breach.objects.visible_to(viewpoint))
    breaches = with_verdicts(tab_filter(filtered.qs, tab, viewpoint, now), now)
    order = "-opened_at" if tab in {"closed", "all"} else "answer_due_at"
    return list_page(
        request,
        BREACHES,
        breaches.order_by(order, "-starts_on", "pk"),
        rows=lambda breaches: [BreachRow(breach, now) for breach in breaches],
        template="breaches/breach_list.html",
        part="breaches/_breaches.html",
        file_name=f"breaches {tab}",
        context={"filter": filtered, "tab": tab, "tabs": TABS.items()},
    )


@login_required
@require_safe
def breach_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """One breach: its value, its limit, whose turn it is, and its timeline."""
    return _page(request, public_id)


@login_required
@require_POST
def act(request: PageRequest, public_id: str, act: BreachAct) -> HttpResponse:
    """Do one act on a breach; a form that is refused is shown again on the page."""
    now = timezone.now()
    breach = get_object_or_404(with_verdicts(Breach.objects.visible_to(request.user), now), public_id=public_id)
    url = reverse("breaches:breach", args=[breach.public_id])
    transition = TRANSITIONS[act]
    name, form = FORMS.get(act, ("", None))
    is_comment = act == BreachAct.COMMENT
    return perform(
        request,
        allowed=acting_side(request.user, breach, act) is not None,
        forbidden=transition.forbidden,
        form=form(request.POST) if form else None,
        page=lambda form, status: _page(request, public_id, status, **{name: form}),
        act=lambda given: act_on_breach(breach=breach, act=act, by=request.user, now=now, **given),
        done=None if is_comment else lambda event: f"{breach.public_id}: {transition.kind.label}",
        then=lambda event: redirect(f"{url}#event-{event.pk}" if is_comment else url),
    )


@login_required
@require_POST
def step(request: PageRequest, public_id: str) -> HttpResponse:
    """Send the answer back, agree on the action, or accept what was done; the button pressed decides."""
    chosen = request.POST.get("step")
    if chosen not in STEPS:
        raise Http404
    return act(request, public_id, BreachAct(chosen))


def _page(request: PageRequest, public_id: str, status: int = 200, **refused: Form) -> HttpResponse:
    """The page of a breach; forms that were refused replace the empty ones."""
    now, viewpoint = timezone.now(), viewpoint_of(request)
    breach = get_object_or_404(with_verdicts(Breach.objects.visible_to(request.user), now), public_id=public_id)
    acts = possible_acts(request.user, breach)
    context = {
        "shown": breach_page(breach=breach, viewpoint=viewpoint, now=now),
        "breach": breach,
        "comment_form": CommentForm(),
        "answer_form": AnswerForm(
            initial={"cause_kind": breach.cause_kind, "cause": breach.cause, "action": breach.action}
        ),
        "reason_form": ReasonForm(),
        "mute": Mute.objects.visible_to(request.user).filter(breach=breach, until__gt=now).first(),
        "acts": acts,
        "labels": dict(BreachAct.choices),
        "steps": [act for act in acts if act in STEPS],
        "refused": bool(refused),
        "viewpoint": viewpoint,
    } | refused
    return render_page(request, "breaches/breach_detail.html", context=context, status=status)
