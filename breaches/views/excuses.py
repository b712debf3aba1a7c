"""Excuses: the list, the page of one with its effect, requesting and deciding."""

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpo.acts import perform
from bpo.htmx import render_page
from bpo.list_pages import list_page
from bpo.viewpoint import PageRequest, viewpoint_of
from breaches.filters import ExcuseFilter
from breaches.forms import DecisionForm, ExcuseForm, GrantForm
from breaches.lists import EXCUSES
from breaches.selectors.excuses import excuse_page
from breaches.services.excuse_groups import ask_excuses
from breaches.services.excuses import decide_excuse, may_ask, may_decide
from breaches.services.selections import Grant, read_grant, zone_of
from contracts.models.service_levels import ServiceLevel
from metrics.models.breaches import Excuse
from metrics.models.verdicts import Verdict
from metrics.querysets import PARTIES
from sla.periods import DAY

PATHS = (*PARTIES, "asked_by", "asked_with", "decided_by")
UNDECIDED_FIRST = Case(When(decision=Excuse.Decision.ASKED, then=Value(0)), default=1, output_field=IntegerField())


@login_required
@require_safe
def excuses(request: PageRequest) -> HttpResponse:
    """Every excuse that the reader may see, undecided ones first."""
    viewpoint = viewpoint_of(request)
    filtered = ExcuseFilter(request.GET, queryset=Excuse.objects.visible_to(viewpoint).select_related(*PATHS))
    return list_page(
        request,
        EXCUSES,
        filtered.qs.order_by(UNDECIDED_FIRST, "-asked_at", "-pk"),
        rows=list,
        template="breaches/excuse_list.html",
        part="breaches/_excuses.html",
        file_name="excuses",
        context={"filter": filtered},
    )


@login_required
@require_safe
def excuse_detail(request: PageRequest, public_id: str) -> HttpResponse:
    """One excuse, with what granting it would change, or the part of it that the address names."""
    excuse = get_object_or_404(Excuse.objects.visible_to(request.user).select_related(*PATHS), public_id=public_id)
    part = GrantForm(request.GET, zone=zone_of(excuse), within=excuse.hours) if request.GET else None
    if part and not part.is_valid():
        return _page(request, excuse, part, status=422)
    form = DecisionForm(zone=zone_of(excuse))
    return _page(request, excuse, form, read_grant(part.cleaned_data, excuse) if part else None)


@login_required
@require_POST
def decide(request: PageRequest, public_id: str) -> HttpResponse:
    """Grant an excuse or a part of it, or refuse it."""
    excuse = get_object_or_404(Excuse.objects.visible_to(request.user).select_related(*PATHS), public_id=public_id)
    form = DecisionForm(request.POST, zone=zone_of(excuse), within=excuse.hours)

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
def ask(request: PageRequest, public_id: str, label: str) -> HttpResponse:
    """Ask for the vendor that days or hours of a period, or single cases, are not counted."""
    levels = ServiceLevel.objects.visible_to(request.user).select_related(
        "contract__client__organisation", "contract__vendor__organisation"
    )
    level = get_object_or_404(levels, public_id=public_id)
    verdicts = Verdict.objects.visible_to(request.user).current().select_related("terms")
    verdict = get_object_or_404(verdicts, service_level=level, period_label=label)
    first, last, zone = verdict.starts_on, verdict.ends_on - DAY, ZoneInfo(level.contract.zone)
    others = {other.public_id: other for other in levels.filter(contract=level.contract).exclude(pk=level.pk)}
    data = request.POST if request.method == "POST" else None
    context = {"level": level, "verdict": verdict, "viewpoint": viewpoint_of(request)}

    def save(given: dict[str, Any]) -> list[Excuse]:
        asked = {name: given[name] for name in ("reason", "clause")}
        if given["cases"]:
            asked |= {"cases": given["cases"]}
        elif "starts_at" in given:
            asked |= {"starts_at": given["starts_at"], "ends_at": given["ends_at"]}
        else:
            asked |= {"starts_on": given["first_day"], "ends_on": given["last_day"] + DAY}
        several = [level, *(others[name] for name in given.get("levels", ()))]
        return ask_excuses(service_levels=several, asked_by=request.user, now=timezone.now(), **asked)[0]

    return perform(
        request,
        allowed=may_ask(request.user, level),
        form=ExcuseForm(
            data, initial={"first_day": first, "last_day": last}, first=first, last=last, zone=zone,
            levels=[(name, f"{other.name} ({name})") for name, other in others.items()],
        ),
        page=lambda form, status: render_page(
            request, "breaches/excuse_ask.html", context=context | {"form": form}, status=status
        ),
        act=save,
        done=lambda excuses: _("%(id)s is sent to the client.") % {"id": excuses[0].group or excuses[0].public_id},
        then=lambda excuses: redirect(excuse_url(excuses[0])),
    )  # fmt: skip


def _page(
    request: PageRequest, excuse: Excuse, form: forms.Form, grant: Grant | None = None, *, status: int = 200
) -> HttpResponse:
    shown = excuse_page(excuse=excuse, principal=request.user, now=timezone.now(), grant=grant)
    part = GrantForm(zone=zone_of(excuse), initial=grant_initial(shown.grant, zone_of(excuse)))
    context = {
        "shown": shown,
        "part": part,
        "excuse": excuse,
        "form": form,
        "may_decide": may_decide(request.user, excuse),
        "viewpoint": viewpoint_of(request),
    }
    return render_page(request, "breaches/excuse_detail.html", context=context, status=status)


def grant_initial(grant: Grant, zone: ZoneInfo) -> dict[str, object]:
    """The fields of a form that show a grant."""
    start, end = (moment.astimezone(zone).time() for moment in grant.hours) if grant.hours else (None, None)
    return {
        # The end of the last day has no time of its own.
        "first_day": grant.starts_on, "last_day": grant.ends_on - DAY, "from_time": start,
        "until_time": None if end == time.min else end,
        "cases": " ".join(grant.cases), "lowers_by": grant.lowers_by,
    }  # fmt: skip


def excuse_url(excuse: Excuse) -> str:
    if excuse.group:
        return reverse("breaches:excuse-group", args=[excuse.group])
    return reverse("breaches:excuse", args=[excuse.public_id])
