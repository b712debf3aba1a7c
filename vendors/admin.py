"""The operator's pages of vendors."""

from django import forms
from django.contrib import admin

from bpo.audited_admin import AuditedAdmin, AuditedInline, ReadOnlyAdmin
from vendors.models import ApiKey, Certificate, DeliveryCentre, IdempotentReply, KeyRequest, Vendor, VendorContact
from vendors.rules import check_certificate_sites


class VendorContactInline(AuditedInline):
    model = VendorContact


class DeliveryCentreInline(AuditedInline):
    model = DeliveryCentre
    fields = ["name", "city", "country", "zone", "closed_on"]


@admin.register(Vendor)
class VendorAdmin(AuditedAdmin):
    list_display = ["name", "public_id", "country", "status", "risk_tier", "is_critical"]
    list_filter = ["status", "risk_tier", "is_critical", "country"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "public_id"]
    autocomplete_fields = ["organisation"]
    inlines = [VendorContactInline, DeliveryCentreInline]
    readonly_fields = ["public_id"]
    fixed_fields = ["organisation"]


@admin.register(VendorContact)
class VendorContactAdmin(AuditedAdmin):
    list_display = ["name", "function", "vendor", "escalation_level"]
    list_select_related = ["vendor__organisation"]
    search_fields = ["name", "function", "email", "vendor__organisation__name"]
    autocomplete_fields = ["vendor"]


@admin.register(DeliveryCentre)
class DeliveryCentreAdmin(AuditedAdmin):
    list_display = ["name", "city", "country", "zone", "vendor", "closed_on"]
    list_filter = ["country"]
    list_select_related = ["vendor__organisation"]
    search_fields = ["name", "city", "public_id", "vendor__organisation__name"]
    autocomplete_fields = ["vendor"]
    readonly_fields = ["public_id"]


class CertificateForm(forms.ModelForm):
    """A certificate for sites of its own vendor."""

    class Meta:
        model = Certificate
        exclude: list[str] = []

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("vendor"):
            self.instance.vendor = cleaned["vendor"]
            check_certificate_sites(self.instance, cleaned.get("delivery_centres") or [])
        return dict(cleaned)


@admin.register(Certificate)
class CertificateAdmin(AuditedAdmin):
    form = CertificateForm
    list_display = ["standard", "vendor", "number", "valid_from", "expires_on"]
    list_filter = ["standard"]
    list_select_related = ["vendor__organisation"]
    search_fields = ["number", "public_id", "vendor__organisation__name"]
    autocomplete_fields = ["vendor", "delivery_centres"]
    readonly_fields = ["public_id"]
    date_hierarchy = "expires_on"


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys are made and revoked by their vendor; the secret is nowhere."""

    list_display = ["public_id", "name", "vendor", "mode", "last_used_at", "expires_at", "revoked_at"]
    list_filter = ["mode"]
    list_select_related = ["vendor__organisation"]
    search_fields = ["name", "public_id", "prefix", "vendor__organisation__name"]
    exclude = ["secret_sha256"]


@admin.register(KeyRequest)
class KeyRequestAdmin(ReadOnlyAdmin):
    """What keys asked and were answered during the last month."""

    list_display = ["at", "request_id", "api_key", "method", "path", "status"]
    list_filter = ["method", "status"]
    list_select_related = ["api_key"]
    search_fields = ["request_id", "path", "api_key__public_id", "api_key__vendor__organisation__name"]


@admin.register(IdempotentReply)
class IdempotentReplyAdmin(ReadOnlyAdmin):
    """Which Idempotency-Keys were used in the last week; not what was answered."""

    list_display = ["created_at", "key", "vendor", "person", "status"]
    list_select_related = ["vendor__organisation", "person"]
    search_fields = ["key", "vendor__organisation__name", "person__email"]
    fields = ["created_at", "key", "vendor", "person", "status"]
