"""The operator's pages of terms, which show what a change does to closed periods before it is made."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bpo.changes import save_recorded
from bpo.errors import Refused
from bpo.models import User
from contracts.admin import SuccessionAdmin, SuccessionForm
from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevelTerms
from contracts.services.successions import succeed
from metrics.services.amending import amend, effect_lines, preview_terms
from metrics.services.restatements import LONGEST_REASON


class TermsForm(SuccessionForm):
    """Terms, with a reason where they reach back into closed periods."""

    reason = forms.CharField(
        label=gettext_lazy("Reason to restate"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("Needed where the terms reach back into closed periods; the form lists them first."),
    )
    by: User
    now: datetime

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.errors:
            return
        try:
            restatement = preview_terms(terms=self.instance, by=self.by, now=self.now)
        except Refused as refused:
            self.add_error(None, refused.sentence)
            return
        if restatement.moves and not self.cleaned_data["reason"].strip():
            self.add_error("reason", _("Closed periods would be restated. Give a reason to restate them."))
            self.add_error(None, forms.ValidationError(effect_lines(restatement)))


@admin.register(ServiceLevelTerms)
class ServiceLevelTermsAdmin(SuccessionAdmin):
    form = TermsForm
    list_display = ["service_level", "effective_on", "ends_on", "metric", "expected", "minimum", "level_type"]
    list_filter = ["level_type", "direction", "period"]
    list_select_related = ["service_level"]
    search_fields = ["service_level__code", "service_level__public_id", "metric"]
    autocomplete_fields = ["service_level", "amendment"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.Form]:
        made = super().get_form(request, obj, change, **kwargs)
        return type(made.__name__, (made,), {"by": request.user, "now": timezone.now()})

    def save_model(self, request: HttpRequest, obj: ServiceLevelTerms, form: TermsForm, change: bool) -> None:
        """Save new terms, which end those before, or another end of old ones, with all that follows."""

        def act() -> tuple[Contract, ServiceLevelTerms]:
            contract, before = obj.service_level.contract, obj.service_level.terms.all()
            if change:
                save_recorded(obj, actor=form.by)
            else:
                succeed(obj, actor=form.by, contract=contract, before=before, start="effective_on", action="set_terms")
            return contract, obj

        reason = form.cleaned_data["reason"].strip()
        _terms, done = amend(act=act, reason=reason, by=form.by, now=form.now)
        for line in effect_lines(done):
            messages.info(request, line)
