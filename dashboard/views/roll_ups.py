"""Roll-ups: the list of a client's figures over several contracts, and one of them in one period."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bpo.list_pages import list_page
from bpo.viewpoint import viewpoint_of
from contracts.models.service_levels import ServiceLevel
from metrics.filters import MemberFilter, RollUpFilter
from metrics.roll_up_lists import ROLL_UP_MEMBERS, ROLL_UPS
from metrics.roll_ups import levels_rolled_up, roll_up_named


@login_required
@require_safe
def roll_up_list(request: HttpRequest) -> HttpResponse:
    """The client's figures over several contracts, period by period, filtered by the parameters of the address."""
    filtered = RollUpFilter(request.GET, queryset=levels_rolled_up(viewpoint_of(request)))
    return list_page(
        request,
        ROLL_UPS,
        filtered.rows(now=timezone.now()),
        rows=lambda page: page,
        template="dashboard/roll_up_list.html",
        part="dashboard/_roll_ups.html",
        file_name="roll-ups",
        context={"filter": filtered},
    )


@login_required
@require_safe
def roll_up_detail(request: HttpRequest, roll_up: str) -> HttpResponse:
    """One period of a roll-up: what each service level gave to it, and what is missing."""
    levels = levels_rolled_up(viewpoint_of(request))
    row, periods = roll_up_named(roll_up, levels, now=timezone.now())
    if row is None:
        raise Http404
    filtered = MemberFilter(request.GET, queryset=ServiceLevel.objects.none())
    return list_page(
        request,
        ROLL_UP_MEMBERS,
        filtered.chosen(row.members),
        rows=lambda page: page,
        template="dashboard/roll_up_detail.html",
        part="dashboard/_roll_up_members.html",
        file_name=f"{row.id} service levels",
        context={"row": row, "periods": periods, "filter": filtered},
    )
