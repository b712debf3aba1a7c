"""Files with results: bring one, look at what it would do, import it, take it back."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bpo.acts import perform
from bpo.csv_export import csv_file
from bpo.formatting import show_count
from bpo.htmx import render_page
from bpo.list_pages import PAGE_SIZE
from bpo.uploads import takes_files
from bpo.viewpoint import REPORTERS, PageRequest, Viewpoint, viewpoint_of
from contracts.models.service_levels import Feed
from contracts.querysets import TAKING_RESULTS
from intake.due import owed_reports
from intake.files.importing import NotImported, confirm, drop, keep_upload, may_undo, set_reading, undo
from intake.files.keeping import name_for_shipped
from intake.files.parts.acting import ask_to_store, ask_to_undo, resume
from intake.files.parts.previews import preview_large
from intake.files.parts.wrong_lines import wrong_lines_file
from intake.files.previews import Preview, preview_of, wrong_rows_file
from intake.files.readings.shipped_readings import shipped_named, shipped_readings
from intake.forms import UploadForm, address_of
from intake.models.imports import Import
from intake.models.large_imports import LargeImport
from intake.reading_form import ReadingForm
from intake.selectors.imports import import_page
from vendors.models import Vendor

State = Import.State
RECENT = 20
REFRESH_SECONDS = 3


@takes_files
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PageRequest) -> HttpResponse:
    """Choose a file; what is due stands beside it as templates."""
    viewpoint, now = viewpoint_of(request), timezone.now()
    vendor, feeds = reporting_vendor(viewpoint), feeds_of(viewpoint)
    form = UploadForm(request.POST or None, request.FILES or None, feeds=feeds)
    imports = Import.objects.visible_to(viewpoint).filter(vendor=vendor)
    context = {
        "feeds": Paginator([(address_of(feed), feed) for feed in feeds], PAGE_SIZE).get_page(request.GET.get("page")),
        "owed": owed_reports(feeds, now=now),
        "imports": imports.select_related("uploaded_by", "address", "feed", "batch").defer("content", "sheet")[:RECENT],
        "shipped": shipped_readings(),
        "viewpoint": viewpoint,
    }
    return perform(
        request,
        form=form,
        page=lambda form, status: render_page(
            request, "intake/import_new.html", context=context | {"form": form}, status=status
        ),
        act=lambda given: keep_upload(
            vendor=vendor, person=request.user, file_name=given["file"].name, content=given["file"],
            feed=form.feeds.get(given["feed"]), reason=given["reason"], now=now,
        ),
        then=lambda imported: redirect("intake:import", imported.public_id),
    )  # fmt: skip


@login_required
@require_safe
def detail(request: PageRequest, public_id: str) -> HttpResponse:
    """What the file would do, or what it did."""
    return _page(request, _import(request, public_id))


@login_required
@require_POST
def read_as(request: PageRequest, public_id: str) -> HttpResponse:
    """Say what each column is, answer what is open, give a reason."""
    imported = _mine(request, public_id)
    if shipped := request.POST.get("shipped"):
        return _read_as_shipped(request, imported, shipped)
    preview = _preview(request, imported, with_effect=False)
    form = ReadingForm(request.POST, read=preview.read, reason=imported.reason)
    return perform(
        request,
        form=form,
        page=lambda form, status: _page(request, imported, form=form, status=status),
        act=lambda given: _set_reading(imported, form, given),
        then=lambda _imported: redirect("intake:import", imported.public_id),
    )


def _read_as_shipped(request: PageRequest, imported: Import, name: str) -> HttpResponse:
    """Read the file as a known export, by the reading that is shipped for it."""
    shipped, feed = shipped_named(name), imported.feed
    if shipped is None or feed is None or shipped.kind != feed.kind:
        raise Http404
    return perform(
        request,
        act=lambda _given: set_reading(
            imported=imported, reading=shipped.reading, name=name_for_shipped(imported.vendor, feed, name),
            answers=[(_("Which export is the file?"), name)], reason=imported.reason, now=timezone.now(),
        ),
        then=lambda _imported: redirect("intake:import", imported.public_id),
    )  # fmt: skip


@login_required
@require_POST
def decide(request: PageRequest, public_id: str) -> HttpResponse:
    """Import the good rows, import nothing, or undo an import; the button pressed says which."""
    imported, now = _mine(request, public_id), timezone.now()
    confirmed = frozenset(request.POST.getlist("confirm"))
    acts: dict[str, Callable[..., Any]] = {"drop": drop, "undo": undo, "confirm": partial(confirm, confirmed=confirmed)}
    if large_of(imported):
        acts |= {"undo": ask_to_undo, "confirm": partial(ask_to_store, confirmed=confirmed), "resume": resume}
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    return perform(
        request,
        act=lambda _given: act(imported=imported, person=request.user, now=now),
        then=lambda _outcome: redirect("intake:import", imported.public_id),
    )


@login_required
@require_safe
def wrong_rows(request: PageRequest, public_id: str) -> HttpResponse:
    """The wrong rows as a file, with a column that says what is wrong."""
    imported = _import(request, public_id)
    if large := large_of(imported):
        rows = wrong_lines_file(large, now=timezone.now())
        if len(rows) < 2:
            raise Http404
        return csv_file(f"{imported.public_id}_wrong_rows.csv", rows)
    preview = _preview(request, imported, with_effect=False)
    if preview.sheet is None or not preview.errors:
        raise Http404
    return csv_file(f"{imported.public_id}_wrong_rows.csv", wrong_rows_file(preview))


def reporting_vendor(viewpoint: Viewpoint) -> Vendor:
    """Return the vendor that the reader reports for. Raises PermissionDenied for everybody else."""
    if not viewpoint.reports:
        raise PermissionDenied
    vendors = Vendor.objects.visible_to(viewpoint).exclude(status=Vendor.Status.ENDED)
    vendor = vendors.filter(organisation=viewpoint.organisation).first()
    if vendor is None:
        raise PermissionDenied
    return vendor


def feeds_of(viewpoint: Viewpoint) -> QuerySet[Feed]:
    """The feeds that the reader's vendor owes."""
    feeds = Feed.objects.visible_to(viewpoint).filter(contract__vendor__organisation=viewpoint.organisation)
    return feeds.filter(TAKING_RESULTS).select_related("contract").order_by("contract__reference", "code", "pk")


def _import(request: PageRequest, public_id: str) -> Import:
    rows = Import.objects.visible_to(request.user).select_related(
        "vendor__organisation",
        "feed__contract",
        "batch",
        "undo_batch",
        "uploaded_by",
        "address",
        "decided_by",
        "undone_by",
        "reading_version__reading",
    )
    return get_object_or_404(rows, public_id=public_id)


def _mine(request: PageRequest, public_id: str) -> Import:
    """The import, for those of its vendor who bring results."""
    imported = _import(request, public_id)
    if not request.user.has_role(*REPORTERS, organisation_id=imported.vendor.organisation_id):
        raise PermissionDenied
    return imported


def _preview(request: PageRequest, imported: Import, *, with_effect: bool) -> Preview:
    if large := large_of(imported):
        return preview_large(large, now=timezone.now())
    return preview_of(imported, person=request.user, with_effect=with_effect, now=timezone.now())


def _set_reading(imported: Import, form: ReadingForm, given: dict[str, Any]) -> Import:
    if form.read is None:
        raise NotImported(_("The file cannot be read, or is no longer kept: upload it again."))
    reading, answers = form.chosen()
    name = given.get("reading_name") or form.read.name
    return set_reading(
        imported=imported, reading=reading, name=name, answers=answers, reason=given["reason"], now=timezone.now()
    )


def _page(
    request: PageRequest, imported: Import, *, form: ReadingForm | None = None, status: int = 200
) -> HttpResponse:
    large = large_of(imported)
    is_shown = imported.state == State.PREVIEW and not (large and large.is_under_way)
    preview = _preview(request, imported, with_effect=True) if is_shown else None
    shown = import_page(preview) if preview else None
    form = form or (ReadingForm(read=preview.read, reason=imported.reason) if preview else None)
    if form and shown:
        form.set_columns(shown.columns)
    context = {
        "imported": imported,
        "large": large,
        "shown": shown,
        "good": show_count(preview.good_rows) if preview else "",
        "good_rows": preview.good_rows if preview else 0,
        "form": form,
        "may_undo": may_undo(imported),
        "viewpoint": viewpoint_of(request),
    }
    response = render_page(request, "intake/import_detail.html", context=context, status=status)
    if large and large.is_under_way:
        # Also without JavaScript.
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


def large_of(imported: Import) -> LargeImport | None:
    """How far a worker is with a large file; None for others."""
    large: LargeImport | None = getattr(imported, "large", None)
    return large
