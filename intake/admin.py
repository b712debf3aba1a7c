"""The operator's pages of the way in."""

from django.contrib import admin

from bpo.audited_admin import ReadOnlyAdmin
from intake.models.large_imports import ImportPart, LargeImport
from intake.models.readings import FeedReading, FeedReadingVersion
from intake.models.upload_addresses import UploadAddress


@admin.register(FeedReading)
class FeedReadingAdmin(ReadOnlyAdmin):
    list_display = ["name", "vendor", "feed", "made_at"]
    list_select_related = ["vendor__organisation", "feed"]
    search_fields = ["name", "feed__code", "vendor__organisation__name"]


@admin.register(FeedReadingVersion)
class FeedReadingVersionAdmin(ReadOnlyAdmin):
    list_display = ["reading", "number", "made_at", "made_by", "made_with"]
    list_select_related = ["reading", "made_by", "made_with"]
    search_fields = ["reading__name", "reading__vendor__organisation__name"]


@admin.register(LargeImport)
class LargeImportAdmin(ReadOnlyAdmin):
    list_display = ["imported", "step", "lines", "lines_read", "rows_read", "claimed_at", "attempts"]
    list_select_related = ["imported"]
    list_filter = ["step"]
    exclude = ["survey"]
    search_fields = ["imported__public_id"]


@admin.register(ImportPart)
class ImportPartAdmin(ReadOnlyAdmin):
    list_display = ["large", "number", "first_row", "rows"]
    list_select_related = ["large__imported"]
    exclude = ["content", "keys", "wrong"]
    search_fields = ["large__imported__public_id"]


@admin.register(UploadAddress)
class UploadAddressAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "name", "vendor", "feed", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["vendor__organisation", "feed"]
    search_fields = ["public_id", "name", "vendor__organisation__name"]
