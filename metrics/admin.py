"""The operator's pages of terms, contracts and feeds, which show what a change does to closed periods beforehand."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bpo.audited_admin import AuditedAdmin
from bpo.changes import save_recorded
from bpo.errors import Refused
from bpo.models import User
from contracts.admin import ContractAdmin, FeedAdmin, SuccessionAdmin, SuccessionForm
from contracts.models.agreements import Contract
from contracts.models.service_levels import Feed, ServiceLevelTerms
from contracts.services.successions import succeed
from metrics.services.amending import amend, effect_lines, preview_change, preview_terms
from metrics.services.restatement_plans import Restatement
from metrics.services.restatements import LONGEST_REASON


class FollowedForm(SuccessionForm):
    """A row of what is agreed, with a reason where another end of it reaches back into closed periods."""

    reason = forms.CharField(
        label=gettext_lazy("Reason to restate"),
        required=False,
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("Needed where the change reaches back into closed periods; the form lists them first."),
    )
    by: User
    now: datetime

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.errors:
            return
        try:
            restatement = self.effect()
        except Refused as refused:
            self.add_error(None, refused.sentence)
            return
        if restatement.needs_reason and not self.cleaned_data["reason"].strip():
            self.add_error("reason", _("Closed periods would be restated. Give a reason to restate them."))
            self.add_error(None, forms.ValidationError(effect_lines(restatement)))

    def act(self) -> tuple[Contract, Contract | Feed | ServiceLevelTerms]:
        """Save the row as it stands in the form."""
        row = self.instance
        save_recorded(row, actor=self.by)
        return row if isinstance(row, Contract) else row.contract, row

    def effect(self) -> Restatement:
        """What saving the row would do to closed periods."""
        if self.instance._state.adding or not self.has_changed():
            return Restatement()
        return preview_change(act=self.act, by=self.by, now=self.now)[1]


class FollowedAdmin(AuditedAdmin):
    """Rows whose changes are followed into verdicts: all at once, or not at all."""

    form: type[SuccessionForm] = FollowedForm

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[forms.Form]:
        made = super().get_form(request, obj, change, **kwargs)
        return type(made.__name__, (made,), {"by": request.user, "now": timezone.now()})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the row with all that follows; a new contract or feed has no verdicts that could follow."""
        if obj._state.adding and not isinstance(form, TermsForm):
            super().save_model(request, obj, form, change)
            return
        _row, done = amend(act=form.act, reason=form.cleaned_data["reason"].strip(), by=form.by, now=form.now)
        for line in effect_lines(done):
            messages.info(request, line)


@admin.register(Contract)
class FollowedContractAdmin(FollowedAdmin, ContractAdmin):
    """A contract: its end may have been agreed before it is recorded."""


@admin.register(Feed)
class FollowedFeedAdmin(FollowedAdmin, FeedAdmin):
    """A feed: its end may have been agreed before it is recorded."""


class TermsForm(FollowedForm):
    """Terms, with a reason where they reach back into closed periods."""

    def act(self) -> tuple[Contract, ServiceLevelTerms]:
        """Save new terms, which end those before, or another end of old ones."""
        terms = self.instance
        contract, before = terms.service_level.contract, terms.service_level.terms.all()
        if terms._state.adding:
            succeed(terms, actor=self.by, contract=contract, before=before, start="effective_on", action="set_terms")
        else:
            save_recorded(terms, actor=self.by)
        return contract, terms

    def effect(self) -> Restatement:
        return preview_terms(terms=self.instance, by=self.by, now=self.now)


@admin.register(ServiceLevelTerms)
class ServiceLevelTermsAdmin(FollowedAdmin, SuccessionAdmin):
    form = TermsForm
    list_display = ["service_level", "effective_on", "ends_on", "metric", "expected", "minimum", "level_type"]
    list_filter = ["level_type", "direction", "period"]
    list_select_related = ["service_level"]
    search_fields = ["service_level__code", "service_level__public_id", "metric"]
    autocomplete_fields = ["service_level", "amendment"]
