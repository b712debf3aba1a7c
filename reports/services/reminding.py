"""A client reminds vendors of reports that are late: one queued mail a person and day."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import ngettext

from bpo import audit
from bpo.models import Role, User
from contracts.models.parties import Client
from intake.due import DueReport
from reports.links import Subscription, unsubscribe_link
from reports.models import Message
from reports.services.queueing import queue_once
from vendors.models import Vendor


@transaction.atomic
def queue_reminders(*, late: Sequence[DueReport], actor: User, now: datetime) -> int:
    """Queue a mail to each person who reports for a late vendor, unless this day's is queued already; how many."""
    by_parties: dict[tuple[Client, Vendor], list[DueReport]] = defaultdict(list)
    for report in late:
        by_parties[report.feed.contract.client, report.feed.contract.vendor].append(report)
    total = 0
    for (client, vendor), reports in sorted(by_parties.items(), key=lambda item: (item[0][0].pk, item[0][1].pk)):
        queued = sum(_queue(person, client, vendor, reports, actor, now) for person in people_of(vendor))
        if queued:
            audit.record(
                actor=actor,
                action="remind_vendor",
                thing=vendor,
                changes={"reports": (None, [report.id for report in reports]), "mails": (0, queued)},
                client=client.organisation,
                vendor=vendor.organisation,
            )
        total += queued
    return total


def people_of(vendor: Vendor) -> list[User]:
    """Those who bring the vendor's results and want to be reminded."""
    people = User.objects.serving(vendor.organisation, Role.VENDOR_MANAGER, Role.VENDOR_REPORTER)
    return list(people.filter(wants_reminders=True).order_by("pk"))


def _queue(
    person: User, client: Client, vendor: Vendor, reports: Sequence[DueReport], actor: User, now: datetime
) -> bool:
    """Queue one person's mail of the client's local day; False where it is there already."""
    cause = f"{client.public_id} {vendor.public_id} {reports[0].today.isoformat()}"
    subject = ngettext(
        "%(number)s report is late for %(client)s", "%(number)s reports are late for %(client)s", len(reports)
    )
    subject = subject % {"number": len(reports), "client": client.name}
    context = {"subject": subject, "client": client, "vendor": vendor, "reports": reports, "actor": actor}
    context |= {"data_url": f"{settings.BASE_URL}/data", "submit_url": f"{settings.BASE_URL}/imports/new"}
    context["stop_url"] = unsubscribe_link(person, Subscription.REMINDER)
    facts = {"organisations": [vendor.organisation_id], "reports": [report.id for report in reports]}
    return queue_once(
        person, kind=Message.Kind.REMINDER, cause=cause, name="reminder", context=context, facts=facts, now=now
    )
