"""The operator's pages of the way in."""

from django.contrib import admin

from bpo.audited_admin import ReadOnlyAdmin
from intake.models.readings import FeedReading, FeedReadingVersion


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
