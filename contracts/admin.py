"""The operator's pages of clients, calendars and contracts."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bpo.audited_admin import AuditedAdmin, AuditedInline, ReadOnlyAdmin, ReadOnlyInline, Rows
from bpo.tenancy import reach_of
from contracts.models.agreements import Amendment, Contract, Fee, SecurityDuty
from contracts.models.calendars import ContractCalendar, HolidayYear
from contracts.models.parties import BusinessCalendar, CalendarException, Client, Process
from contracts.models.roll_ups import RollUpTarget
from contracts.models.scope import ScopeItem, ScopeSite
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from contracts.querysets import ContractQuerySet
from contracts.services.agreements import save_contract
from contracts.services.successions import succeed


class RecordedForm(forms.ModelForm):
    """A row that counts from the instant at which it was recorded."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.instance.recorded_at = timezone.now()


class AddedOnly:
    """Rows that are recorded once and never changed."""

    form: Any = RecordedForm
    readonly_fields: Any = ["recorded_at"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class CalendarExceptionInline(AddedOnly, AuditedInline):
    model = CalendarException
    fields = ["on", "windows", "is_withdrawn", "reason", "known_from", "recorded_at"]


class ContractCalendarInline(AddedOnly, AuditedInline):
    model = ContractCalendar
    fields = ["calendar", "effective_on", "amendment", "recorded_at"]
    autocomplete_fields = ["calendar"]
    verbose_name_plural = _("calendars from a date on; periods closed before keep theirs until they are restated")


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(AuditedAdmin):
    list_display = ["name", "owner", "zone", "country", "subdivision", "public_id"]
    list_select_related = ["owner"]
    search_fields = ["name", "public_id", "owner__name"]
    autocomplete_fields = ["owner"]
    readonly_fields = ["public_id"]
    inlines = [CalendarExceptionInline]


@admin.register(CalendarException)
class CalendarExceptionAdmin(AddedOnly, AuditedAdmin):
    list_display = ["calendar", "on", "reason", "known_from", "recorded_at", "is_withdrawn"]
    list_select_related = ["calendar"]
    search_fields = ["calendar__name", "reason"]
    autocomplete_fields = ["calendar"]
    date_hierarchy = "on"


@admin.register(ContractCalendar)
class ContractCalendarAdmin(AddedOnly, AuditedAdmin):
    list_display = ["contract", "calendar", "effective_on", "recorded_at"]
    list_select_related = ["contract", "calendar"]
    search_fields = ["contract__reference", "calendar__name"]
    autocomplete_fields = ["contract", "calendar"]


@admin.register(HolidayYear)
class HolidayYearAdmin(ReadOnlyAdmin):
    list_display = ["calendar", "year"]
    list_select_related = ["calendar"]
    search_fields = ["calendar__name"]


@admin.register(Client)
class ClientAdmin(AuditedAdmin):
    list_display = ["name", "public_id", "country", "zone", "currency"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "public_id"]
    autocomplete_fields = ["organisation", "calendar"]
    readonly_fields = ["public_id"]
    fixed_fields = ["organisation"]


@admin.register(RollUpTarget)
class RollUpTargetAdmin(AuditedAdmin):
    list_display = ["code", "client", "effective_on", "direction", "expected", "minimum"]
    list_select_related = ["client__organisation"]
    search_fields = ["code", "client__organisation__name"]
    autocomplete_fields = ["client"]


@admin.register(Process)
class ProcessAdmin(AuditedAdmin):
    list_display = ["name", "client", "operation", "office", "public_id"]
    list_filter = ["operation", "office"]
    list_select_related = ["client__organisation"]
    search_fields = ["name", "public_id", "client__organisation__name"]
    autocomplete_fields = ["client"]
    readonly_fields = ["public_id"]


class SecurityDutyInline(AuditedInline):
    model = SecurityDuty


class AmendmentInline(ReadOnlyInline):
    model = Amendment
    fields = ["number", "title", "signed_on", "effective_on"]


class FeeInline(ReadOnlyInline):
    model = Fee
    fields = ["code", "name", "kind", "unit", "amount", "starts_on", "ends_on"]


class ServiceLevelInline(ReadOnlyInline):
    model = ServiceLevel
    fields = ["code", "name", "feed", "clause"]


# What operators read of a contract without a grant of its client.
HEAD = ["public_id", "client", "vendor", "reference", "title", "status", "starts_on", "ends_on", "zone", "currency"]


class ContractAdmin(AuditedAdmin):
    """The page of a contract; `metrics.admin` registers it with what follows from a change."""

    list_display = ["reference", "title", "client", "vendor", "status", "starts_on", "ends_on", "public_id"]
    list_filter = ["status", "renewal"]
    list_select_related = ["client__organisation", "vendor__organisation"]
    search_fields = ["reference", "title", "public_id", "client__organisation__name", "vendor__organisation__name"]
    autocomplete_fields = ["client", "vendor", "calendar"]
    date_hierarchy = "starts_on"
    inlines = [AmendmentInline, ContractCalendarInline, ServiceLevelInline, FeeInline, SecurityDutyInline]

    def visible(self, rows: Rows, request: HttpRequest) -> Rows:
        """Of a client that has not granted it, the heads of contracts; they are read, and nothing is changed."""
        if isinstance(rows, ContractQuerySet):
            return rows.heads_visible_to(request.user)
        return super().visible(rows, request)

    def is_head(self, request: HttpRequest, obj: Contract | None) -> bool:
        return obj is not None and reach_of(request.user).lacks_grant_of(obj.client.organisation_id)

    def has_change_permission(self, request: HttpRequest, obj: Contract | None = None) -> bool:
        return super().has_change_permission(request, obj) and not self.is_head(request, obj)

    def get_fields(self, request: HttpRequest, obj: Contract | None = None) -> Sequence[object]:  # type: ignore[override]
        return HEAD if self.is_head(request, obj) else super().get_fields(request, obj)

    def get_inlines(self, request: HttpRequest, obj: Contract | None) -> Sequence[type]:  # type: ignore[override]
        return [] if self.is_head(request, obj) else super().get_inlines(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Contract | None = None) -> list[str]:
        """A contract that is no draft keeps the calendar that it began with; terms files move its opening day."""
        is_fixed = obj is not None and obj.status != Contract.Status.DRAFT
        return ["public_id", "calendar", "judged_from"] if is_fixed else ["public_id"]

    def save_model(self, request: HttpRequest, obj: Contract, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            save_contract(obj, actor=request.user)


@admin.register(SecurityDuty)
class SecurityDutyAdmin(AuditedAdmin):
    list_display = ["control", "contract", "standard", "frequency", "next_due_on"]
    list_filter = ["frequency"]
    list_select_related = ["contract"]
    search_fields = ["control", "standard", "contract__reference"]
    autocomplete_fields = ["contract"]


@admin.register(Amendment)
class AmendmentAdmin(AuditedAdmin):
    list_display = ["contract", "number", "title", "signed_on", "effective_on"]
    list_select_related = ["contract"]
    search_fields = ["title", "contract__reference", "contract__public_id"]
    autocomplete_fields = ["contract"]

    def get_readonly_fields(self, request: HttpRequest, obj: Amendment | None = None) -> list[str]:
        fixed = ["contract", "number", "effective_on"] if obj else []
        return [*fixed, "terms_file", "terms_sha256"]


class SuccessionForm(forms.ModelForm):
    """A row that follows another one: saving it ends the one before."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.succeeds = self.instance._state.adding


class SuccessionAdmin(AuditedAdmin):
    """Rows with a history: a new one ends the one before it, and of an old one only its end can be set."""

    form = SuccessionForm
    known_by: tuple[str, ...] = ()  # what, besides the contract, rows that follow each other have in common

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        return [field.name for field in self.opts.concrete_fields if field.name not in ("id", "ends_on")]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        same = {name: getattr(obj, name) for name in ("contract", *self.known_by)}
        before = self.model.objects.filter(**same)
        succeed(obj, actor=request.user, contract=obj.contract, before=before, start="starts_on")


class ScopeSiteInline(AuditedInline):
    model = ScopeSite
    autocomplete_fields = ["delivery_centre"]


@admin.register(ScopeItem)
class ScopeItemAdmin(SuccessionAdmin):
    list_display = ["function", "contract", "process", "performed_by", "oversight", "starts_on", "ends_on"]
    list_filter = ["performed_by", "oversight"]
    list_select_related = ["contract", "process"]
    search_fields = ["function", "contract__reference", "process__name"]
    autocomplete_fields = ["contract", "process"]
    inlines = [ScopeSiteInline]
    known_by = ("process", "function")


@admin.register(ScopeSite)
class ScopeSiteAdmin(AuditedAdmin):
    list_display = ["scope_item", "delivery_centre", "location_override"]
    list_select_related = ["scope_item", "delivery_centre"]
    search_fields = ["scope_item__function", "delivery_centre__name"]
    autocomplete_fields = ["scope_item", "delivery_centre"]


@admin.register(Fee)
class FeeAdmin(SuccessionAdmin):
    list_display = ["code", "name", "contract", "kind", "unit", "amount", "starts_on", "ends_on"]
    list_filter = ["kind", "unit"]
    list_select_related = ["contract"]
    search_fields = ["code", "name", "contract__reference"]
    autocomplete_fields = ["contract", "process"]
    known_by = ("code",)


class FeedAdmin(AuditedAdmin):
    """The page of a feed; `metrics.admin` registers it with what follows from a change."""

    list_display = ["code", "name", "contract", "kind", "schedule", "starts_on", "ends_on"]
    list_filter = ["kind", "schedule"]
    list_select_related = ["contract"]
    search_fields = ["code", "name", "contract__reference"]
    autocomplete_fields = ["contract", "process"]


class TermsInline(ReadOnlyInline):
    model = ServiceLevelTerms
    fields = ["effective_on", "ends_on", "metric", "aggregation", "period", "expected", "minimum", "weight"]


@admin.register(ServiceLevel)
class ServiceLevelAdmin(AuditedAdmin):
    list_display = ["code", "name", "contract", "feed", "clause", "public_id"]
    list_select_related = ["contract", "feed"]
    search_fields = ["code", "name", "public_id", "contract__reference"]
    autocomplete_fields = ["contract", "feed", "process"]
    readonly_fields = ["public_id"]
    inlines = [TermsInline]
