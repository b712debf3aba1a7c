"""Mails as operators see them: read, and resolved where the desk is in doubt."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bpo.audited_admin import ReadOnlyAdmin
from bpo.errors import Refused
from reports.models import Alarm, Edition, Message, SendingStop
from reports.services.sending import confirm_delivery, resend


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Whether mails leave is the operator's business; what they say, and links that act for their readers, are not."""

    fields = [
        "recipient", "kind", "cause", "message_id", "state", "queued_at", "next_try_at", "claimed_at", "sent_at",
        "attempts", "last_error", "request_id",
    ]  # fmt: skip
    list_display = ["message_id", "recipient", "kind", "state", "attempts", "queued_at", "sent_at", "last_error"]
    list_filter = ["state", "kind"]
    list_select_related = ["recipient"]
    search_fields = ["recipient__email", "message_id"]
    date_hierarchy = "queued_at"
    actions = ["send_again", "has_arrived"]

    @admin.action(description=_("Send again (may arrive twice if it is in doubt)"), permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._resolve(request, queryset, resend, gettext("The mail to %s leaves again."))

    @admin.action(description=_("It has arrived"), permissions=["view"])
    def has_arrived(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        self._resolve(request, queryset, confirm_delivery, gettext("The mail to %s has arrived."))

    def _resolve(
        self, request: HttpRequest, queryset: QuerySet[Message], decide: Callable[..., None], done: str
    ) -> None:
        for message in queryset:
            try:
                decide(message=message, actor=request.user, now=timezone.now())
                self.message_user(request, done % message.recipient, messages.SUCCESS)
            except Refused as refusal:
                self.message_user(request, refusal.sentence, messages.ERROR)


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin):
    list_display = ["reader", "local_date", "outcome", "covers_from", "covers_until"]
    list_filter = ["outcome"]
    list_select_related = ["reader"]
    search_fields = ["reader__email"]
    date_hierarchy = "local_date"


@admin.register(SendingStop)
class SendingStopAdmin(ReadOnlyAdmin):
    list_display = ["stopped_at", "reason", "attempts", "next_try_at"]


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    list_display = ["condition", "problem", "began_at", "told_at", "ended_at"]
    list_filter = ["condition"]
