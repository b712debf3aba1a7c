"""The chain of a contract, as its parties read it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from bpo.htmx import render_page
from bpo.viewpoint import viewpoint_of
from contracts.models.agreements import Contract
from record.heads import check_head, print_head
from record.models import Chain


@login_required
@require_safe
def contract_chain(request: HttpRequest, public_id: str) -> HttpResponse:
    """The head of a contract's chain, how its verification stands, and whether a kept head (`?head=`) still holds."""
    contract = get_object_or_404(Contract.objects.visible_to(request.user), public_id=public_id)
    viewpoint = viewpoint_of(request)
    chains = Chain.objects.visible_to(request.user).filter(contract=contract)
    chain, kept = chains.first(), request.GET.get("head", "").strip()
    context = {
        "contract": contract,
        "chain": chain,
        "head": print_head(chain) if chain else "",
        "kept": kept,
        "check": check_head(chains, kept, zone=viewpoint.user.zone) if kept else None,
        "viewpoint": viewpoint,
    }
    return render_page(request, "record/contract_chain.html", context=context)
