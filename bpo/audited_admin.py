"""Base classes of the operator's admin: changes pass the same validation and audit trail as everywhere else."""

from collections.abc import Sequence
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.db.models.fields.related import RelatedField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from bpo.changes import record_change, save_recorded
from bpo.confirmation import must_confirm
from bpo.errors import Refused
from bpo.models import AuditEntry

Rows = QuerySet[models.Model]


class OwnRows(BaseModelAdmin):  # type: ignore[type-arg]
    """Rows and choices are those that the operator may see, as everywhere else."""

    def get_queryset(self, request: HttpRequest) -> Rows:
        return self.visible(super().get_queryset(request), request)

    def get_field_queryset(
        self, db: str | None, db_field: "RelatedField[object, object]", request: HttpRequest
    ) -> Rows:
        choices = super().get_field_queryset(db, db_field, request)
        related = db_field.remote_field.model._default_manager.all()
        return self.visible(related if choices is None else choices, request)

    def visible(self, rows: Rows, request: HttpRequest) -> Rows:
        """Those of the rows; tables of libraries have no rule and nothing of a tenant's."""
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows


class AuditedInline(OwnRows, admin.TabularInline):
    """Related rows on the page of the row that they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True


class ReadOnly:
    """Nothing can be added or changed."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    has_change_permission = has_add_permission


class ReadOnlyInline(ReadOnly, AuditedInline):
    """Related rows that only amendments change."""


class AuditedAdmin(OwnRows, admin.ModelAdmin):
    """Validates, records every change, refuses in sentences, deletes nothing, and shows a row's whole history."""

    list_per_page = 50
    fixed_fields: Sequence[str] = ()  # what is chosen once, when a row is added
    asks_again = False  # whether somebody who signed in some time ago confirms who they are before a change

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, *(self.fixed_fields if obj else ())]

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.asks_again and request.method == "POST" and must_confirm(request):
            raise ReauthenticationRequired
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (ValidationError, Refused) as refusal:
            sentences = getattr(refusal, "messages", None) or [str(refusal)]
            messages.error(request, " ".join(sentences))
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        save_recorded(obj, actor=request.user)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            save_recorded(row, actor=request.user)
        formset.save_m2m()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        row = form.instance
        before = lists_of(row)
        super().save_related(request, form, formsets, change)
        changes = {name: (before[name], after) for name, after in lists_of(row).items() if before[name] != after}
        if changes:
            record_change(row, actor=request.user, changes=changes, action=f"change_{row._meta.model_name}")

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        """The audit trail has the entry already."""

    log_change = log_addition

    def history_view(self, request: HttpRequest, object_id: str, extra_context: object = None) -> HttpResponse:
        """Show who changed the row, when, from what to what."""
        row = self.get_object(request, object_id)
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        entries = AuditEntry.objects.visible_to(request.user).filter(
            thing_type=self.opts.label_lower, thing_id=getattr(row, "public_id", "") or str(row.pk)
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %s") % row,
            "opts": self.opts,
            "object": row,
            "entries": entries.select_related("actor"),
        }
        return TemplateResponse(request, "admin/audit_history.html", context)


class ReadOnlyAdmin(ReadOnly, AuditedAdmin):
    """A table that is looked at here, and written elsewhere."""


def lists_of(row: models.Model) -> dict[str, list[str]]:
    """Return the rows that a row names in each of its lists."""
    return {
        field.name: sorted(str(other) for other in getattr(row, field.name).all()) for field in row._meta.many_to_many
    }
