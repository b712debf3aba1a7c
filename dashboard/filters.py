"""What vendors can be filtered by: a list that only pages of the dashboard have."""

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bpo.filters import ListFilter
from intake.selectors.owed import missing, owed_by
from vendors.models import Vendor


class VendorFilter(ListFilter):
    """Vendors by whether they owe reports that are missing."""

    shown = ("reports",)

    reports = django_filters.ChoiceFilter(
        method="by_reports", choices=[("missing", _("Missing now"))], label=_("Reports"), empty_label=_("Any")
    )

    def by_reports(self, vendors: QuerySet[Vendor], name: str, value: str) -> QuerySet[Vendor]:
        late = missing(owed_by(self.request, now=timezone.now()))
        return vendors.filter(pk__in={report.feed.contract.vendor_id for report in late})
