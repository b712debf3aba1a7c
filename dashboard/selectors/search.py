"""Search: an exact id leads to its page, other text is searched in ids and names."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel
from intake.models.imports import Import
from metrics.models.breaches import Breach
from vendors.models import Vendor

MOST = 20
ID = re.compile(r"(SL|BR|CT|VN|IM)-[0-9A-Z]{5}")
# Crockford's base 32 has no I, L, O and U, because people misread them.
MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})
PAGES = {
    "SL": "dashboard:level",
    "BR": "breaches:breach",
    "CT": "dashboard:contract",
    "VN": "dashboard:vendor",
    "IM": "intake:import",
}
WORDS = {"SL": _("Service levels"), "BR": _("Breaches"), "CT": _("Contracts"), "VN": _("Vendors")}
MODELS = {"SL": ServiceLevel, "BR": Breach, "CT": Contract, "VN": Vendor, "IM": Import}


@dataclass(frozen=True)
class Found:
    """One result of a search."""

    public_id: str
    name: str
    note: str
    url: str


@dataclass(frozen=True)
class Group:
    """The results of one kind; `is_cut` where there are more."""

    word: str
    found: list[Found]
    is_cut: bool


def exact_page(text: str, principal: Any) -> str | None:
    """The address of the page with exactly this id, if the reader may see it; else None."""
    prefix, _dash, rest = text.strip().upper().partition("-")
    public_id = f"{prefix}-{rest.translate(MISREAD)}"
    if not ID.fullmatch(public_id):
        return None
    known = MODELS[prefix].objects.visible_to(principal).filter(public_id=public_id).exists()
    return reverse(PAGES[prefix], args=[public_id]) if known else None


def search(text: str, principal: Any) -> list[Group]:
    """Everything that the reader may see whose id or name contains the text, by kind."""
    by_id = Q(public_id__icontains=text)
    levels = ServiceLevel.objects.visible_to(principal).filter(
        by_id | Q(name__icontains=text) | Q(code__icontains=text) | Q(clause__icontains=text)
    )
    breaches = Breach.objects.visible_to(principal).filter(
        by_id | Q(cause__icontains=text) | Q(action__icontains=text) | Q(service_level__name__icontains=text)
    )
    contracts = Contract.objects.visible_to(principal).filter(
        by_id | Q(reference__icontains=text) | Q(title__icontains=text)
    )
    vendors = Vendor.objects.visible_to(principal).filter(by_id | Q(organisation__name__icontains=text))
    groups = [
        _group("SL", levels.select_related("contract__vendor__organisation").order_by("name", "pk")),
        _group(
            "BR",
            breaches.select_related("service_level", "verdict").order_by("-opened_at", "pk"),
        ),
        _group("CT", contracts.select_related("vendor__organisation", "client__organisation").order_by("reference")),
        _group("VN", vendors.select_related("organisation").order_by("organisation__name")),
    ]
    return [group for group in groups if group.found]


def _group(prefix: str, rows: QuerySet[Any]) -> Group:
    found = list(rows[: MOST + 1])
    return Group(str(WORDS[prefix]), [_found(prefix, row) for row in found[:MOST]], len(found) > MOST)


def _found(prefix: str, row: Any) -> Found:
    url = reverse(PAGES[prefix], args=[row.public_id])
    match prefix:
        case "SL":
            return Found(row.public_id, row.name, row.contract.vendor.name, url)
        case "BR":
            return Found(row.public_id, row.service_level.name, f"{row.period_label} · {row.verdict.display}", url)
        case "CT":
            return Found(row.public_id, str(row), f"{row.client.name} – {row.vendor.name}", url)
    return Found(row.public_id, row.name, row.country, url)
