"""Search: an exact id leads to its page, other text is searched in ids and names."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel
from intake.models.imports import Import
from metrics.models.breaches import Breach
from vendors.models import Vendor

MOST = 20
# Crockford's base 32 has no I, L, O and U, because people misread them.
MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})


@dataclass(frozen=True)
class Kind:
    """What can be found: its page, the fields that are searched besides the id, and how a result is described."""

    model: type[Model]
    page: str
    word: str | Promise
    fields: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    describe: Callable[[Any], tuple[str, str]] = lambda row: (str(row), "")
    visible: str = "visible_to"  # the method of its rows that picks those which a reader may find


KINDS = {
    "SL": Kind(
        ServiceLevel, "dashboard:level", _("Service levels"), fields=("name", "code", "clause"),
        related=("contract__vendor__organisation",), order=("name", "pk"),
        describe=lambda row: (row.name, row.contract.vendor.name),
    ),
    "BR": Kind(
        Breach, "breaches:breach", _("Breaches"), fields=("cause", "action", "service_level__name"),
        related=("service_level", "verdict"), order=("-opened_at", "pk"),
        describe=lambda row: (row.service_level.name, f"{row.verdict.period_name} · {row.verdict.display}"),
    ),
    "CT": Kind(
        Contract, "dashboard:contract", _("Contracts"), fields=("reference", "title"),
        related=("vendor__organisation", "client__organisation"), order=("reference",), visible="heads_visible_to",
        describe=lambda row: (str(row), f"{row.client.name} – {row.vendor.name}"),
    ),
    "VN": Kind(
        Vendor, "dashboard:vendor", _("Vendors"), fields=("organisation__name",), related=("organisation",),
        order=("organisation__name",), describe=lambda row: (row.name, row.country),
    ),
    # Files are found by their id alone.
    "IM": Kind(Import, "intake:import", _("Files")),
}  # fmt: skip
ID = re.compile(rf"({'|'.join(KINDS)})-[0-9A-Z]{{5}}")


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


def exact_page(text: str, principal: object) -> str | None:
    """The address of the page with exactly this id, if the reader may see it; else None."""
    prefix, _dash, rest = text.strip().upper().partition("-")
    public_id = f"{prefix}-{rest.translate(MISREAD)}"
    if not ID.fullmatch(public_id):
        return None
    kind = KINDS[prefix]
    is_known = getattr(kind.model.objects, kind.visible)(principal).filter(public_id=public_id).exists()
    return reverse(kind.page, args=[public_id]) if is_known else None


def search(text: str, principal: object) -> list[Group]:
    """Everything that the reader may see whose id or fields contain the text, by kind."""
    groups = []
    for kind in KINDS.values():
        if not kind.fields:
            continue
        contains = reduce(or_, (Q(**{f"{field}__icontains": text}) for field in ("public_id", *kind.fields)))
        rows = getattr(kind.model.objects, kind.visible)(principal).filter(contains).select_related(*kind.related)
        found = [
            Found(row.public_id, *kind.describe(row), url=reverse(kind.page, args=[row.public_id]))
            for row in rows.order_by(*kind.order)[: MOST + 1]
        ]
        if found:
            groups.append(Group(str(kind.word), found[:MOST], is_cut=len(found) > MOST))
    return groups
