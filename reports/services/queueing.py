"""Queues mails: one row per person, kind and cause, however often it is asked for."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import ngettext

from bpo import audit
from bpo.formatting import show_day
from bpo.mail import desk_host
from bpo.models import MailedRows, Role, User
from contracts.models.parties import Client
from intake.due import DueReport
from reports.composing import compose_mail
from reports.digests import Digest, State
from reports.links import link
from reports.models import Edition, Message
from reports.readers import Reader
from reports.selecting.digest import UpcomingDates, select_digest
from reports.selecting.nights import nights_for
from reports.subscriptions import Subscription, unsubscribe_link
from vendors.models import ApiKey, Vendor


def queue_digest(*, reader: Reader, upcoming: UpcomingDates, now: datetime) -> Edition | None:
    """Queue one reader's mail of a date, once. None while its night still runs, or where it was decided before."""
    nights = nights_for(reader, now)
    if any(night.state == State.WAITING for night in nights):
        return None
    digest = select_digest(reader, nights=nights, upcoming=upcoming, now=now)
    digest, mailed = name_rows(digest, now=now)
    mail = None if digest.is_empty else compose_mail(digest)
    with transaction.atomic():
        # Of two workers with the same reader, the second waits here and then finds the edition.
        User.objects.select_for_update().get(pk=reader.user.pk)
        if Edition.objects.filter(reader=reader.user, local_date=reader.local_date).exists():
            return None
        message = None
        if mail:
            MailedRows.objects.bulk_create(mailed)
            cause = reader.local_date.isoformat()
            message = Message.objects.create(
                recipient=reader.user,
                kind=Message.Kind.RUN_FAILED if digest.failed_nights else Message.Kind.DIGEST,
                cause=cause,
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                facts={**digest.facts, "organisations": sorted(reader.user.reach.organisations)},
                message_id=_message_id(f"night.{cause}", reader.user, cause),
                queued_at=now,
                next_try_at=now,
            )
        return Edition.objects.create(
            reader=reader.user,
            local_date=reader.local_date,
            outcome=Edition.Outcome.MAILED if message else Edition.Outcome.EMPTY,
            covers_from=digest.covers_from,
            covers_until=digest.covers_until,
            message=message,
        )


def name_rows(digest: Digest, *, now: datetime) -> tuple[Digest, list[MailedRows]]:
    """Return the digest with links to exactly the rows that its numbers count, and the unsaved names of these rows."""
    parts = (*digest.sections, *digest.figures)
    names = MailedRows._meta.get_field("public_id").new_ids(MailedRows, len(parts))
    mailed = []

    def with_link(part: Any) -> Any:
        if not part.ids:
            return part
        mailed.append(MailedRows(public_id=names.pop(), reader=digest.reader.user, made_at=now, ids=list(part.ids)))
        return replace(part, url=f"{part.url}{'&' if '?' in part.url else '?'}mail={mailed[-1].public_id}")

    sections, figures = (tuple(map(with_link, parts)) for parts in (digest.sections, digest.figures))
    return replace(digest, sections=sections, figures=figures), mailed


def _message_id(name: str, recipient: User, cause: str) -> str:
    """Return the same id for the same person and cause, so that mail programs fold a repeated mail into the first."""
    digest = hashlib.sha256(f"{recipient.pk} {cause}".encode()).hexdigest()[:24]
    return f"<{name}.{digest}@{desk_host()}>"


def queue_once(
    recipient: User,
    *,
    kind: Message.Kind,
    cause: str,
    name: str,
    context: Mapping[str, Any],
    facts: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Queue one person's mail of that cause; False where it is there already.

    `context` holds the subject and the variables of templates/email/{kind}; `name` begins the mail's Message-ID.
    """
    _message, is_new = Message.objects.get_or_create(
        recipient=recipient,
        kind=kind,
        cause=cause,
        defaults={
            "subject": context["subject"][:200],
            # Called only where the row is made: what was queued before is not rendered again.
            "text": partial(render_to_string, f"email/{kind}/body.txt", context),
            "html": partial(render_to_string, f"email/{kind}/body.html", context),
            "facts": facts,
            "message_id": _message_id(name, recipient, cause),
            "queued_at": now,
            "next_try_at": now,
        },
    )
    return is_new


@transaction.atomic
def queue_reminders(*, late: Sequence[DueReport], actor: User, now: datetime) -> int:
    """Queue a mail to each person who reports for a late vendor, unless this day's is queued already; how many."""
    by_parties: dict[tuple[Client, Vendor], list[DueReport]] = defaultdict(list)
    for report in late:
        by_parties[report.feed.contract.client, report.feed.contract.vendor].append(report)
    total = 0
    for (client, vendor), reports in sorted(by_parties.items(), key=lambda item: (item[0][0].pk, item[0][1].pk)):
        queued = sum(
            _queue_reminder(person, client, vendor, reports, actor, now) for person in reminder_recipients(vendor)
        )
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


def reminder_recipients(vendor: Vendor) -> list[User]:
    """Those who report the vendor's results and want reminders."""
    people = User.objects.serving(vendor.organisation, Role.VENDOR_MANAGER, Role.VENDOR_REPORTER)
    return list(people.filter(wants_reminders=True).order_by("pk"))


def _queue_reminder(
    person: User, client: Client, vendor: Vendor, reports: Sequence[DueReport], actor: User, now: datetime
) -> bool:
    """Queue one person's mail of the client's local day; False where it is there already."""
    cause = f"{client.public_id} {vendor.public_id} {reports[0].today.isoformat()}"
    subject = ngettext(
        "%(number)s report is late for %(client)s", "%(number)s reports are late for %(client)s", len(reports)
    )
    subject = subject % {"number": len(reports), "client": client.name}
    context = {"subject": subject, "client": client, "vendor": vendor, "reports": reports, "actor": actor}
    context["data_url"] = link("data", state="late", client=client.public_id, vendor=vendor.public_id)
    context["submit_url"] = link("imports", "new")
    context["stop_url"] = unsubscribe_link(person, Subscription.REMINDER)
    facts = {"organisations": [vendor.organisation_id], "reports": [report.id for report in reports]}
    return queue_once(
        person, kind=Message.Kind.REMINDER, cause=cause, name="reminder", context=context, facts=facts, now=now
    )


# How long before the end each of the two mails is due.
NOTICES = (timedelta(days=3), timedelta(days=14))


def queue_expiry_warnings(*, now: datetime) -> int:
    """Queue the mails that are due about keys that end soon and that nothing replaces; how many are new."""
    ending = ApiKey.objects.usable(now).filter(
        mode=ApiKey.Mode.LIVE, successor__isnull=True, expires_at__lte=now + max(NOTICES)
    )
    return sum(
        queue_expiry_warning(key, now=now) for key in ending.select_related("vendor__organisation").order_by("pk")
    )


@transaction.atomic
def queue_expiry_warning(key: ApiKey, *, now: datetime) -> int:
    """Queue this notice to each of the vendor's managers who has not had it; how many are new."""
    notice = next(notice for notice in NOTICES if key.expires_at - now <= notice)
    cause = f"{key.public_id} {key.expires_at.date().isoformat()} {notice.days}"
    left = (key.expires_at - now).days
    subject = ngettext(
        "API key %(id)s, %(name)s, ends in %(days)s day", "API key %(id)s, %(name)s, ends in %(days)s days", left
    )
    context = {
        "subject": subject % {"id": key.public_id, "name": key.name, "days": left},
        "key": key,
        "keys_url": f"{settings.BASE_URL}/api-keys?vendor={key.vendor.public_id}",
    }
    facts = {"organisations": [key.vendor.organisation_id], "keys": [key.public_id]}
    total = 0
    for person in User.objects.serving(key.vendor.organisation, Role.VENDOR_MANAGER).order_by("pk"):
        ends_on = show_day(key.expires_at.astimezone(ZoneInfo(person.zone)).date())
        total += queue_once(
            person,
            kind=Message.Kind.KEY_EXPIRY,
            cause=cause,
            name="key",
            context=context | {"ends_on": ends_on},
            facts=facts,
            now=now,
        )
    return total
