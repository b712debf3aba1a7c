"""A world with something on every page, and a signed-in Chromium."""

from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from breaches.services.excuse_groups import ask_excuses
from breaches.services.excuses import ask_excuse
from contracts.models.agreements import Fee, SecurityDuty
from contracts.models.parties import Process
from contracts.models.scope import ScopeItem, ScopeSite
from contracts.models.service_levels import Feed, ServiceLevel
from intake.files.importing import confirm, keep_upload
from intake.upload_addresses import make_address
from metrics.models.verdicts import Verdict
from reports.links import Act, act_link
from reports.subscriptions import unsubscribe_link
from sla.periods import add_months
from tests.builders import make_breach, make_history, make_night, make_standing, make_verdict
from tests.support.factors import add_app, force_sign_in
from vendors.keys import issue_key
from vendors.models import Certificate, DeliveryCentre

Status = Verdict.Status
ALL = (
    Status.MET, Status.BELOW_EXPECTED, Status.BREACH, Status.NOT_REPORTED, Status.EXCUSED, Status.TOO_FEW,
    Status.NO_VOLUME,
)  # fmt: skip

ACCOUNT_PAGES = (
    "login", "sso", "sso/cancelled", "signup", "inactive", "confirm-email", "confirm-email/x", "password/reset",
    "password/reset/done", "password/reset/key/1-abc", "password/reset/key/done",
)  # fmt: skip
FACTOR_PAGES = (
    "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/passkeys/", "/accounts/2fa/passkeys/add/",
    "/accounts/2fa/recovery-codes/generate/", "/me/sessions", "/accounts/sso/confirm/",
)  # fmt: skip


@pytest.fixture
def world(cast):
    return fill(cast)


def fill(cast):
    """Every status on every party's pages, this month and the months before."""
    this_month = timezone.localdate().replace(day=1)
    for level in cast.levels.values():
        make_history(level, *ALL, Status.BREACH, last=add_months(this_month, -2))
        late = make_verdict(level, add_months(this_month, -1), Status.BREACH, is_final=False)
        make_breach(
            late,
            answer_due_at=timezone.now() + timedelta(days=3),
            cause_kind="staffing",
            cause="Two shifts were short.",
        )
        make_verdict(level, this_month, Status.AT_RISK)
        make_standing(level)
    lost = cast.level(cast.feeds["A-1/QUALITY"], "ANSWERED_IN_TIME")
    make_verdict(lost, this_month, Status.ALREADY_LOST)
    make_standing(lost)
    for zone in ("Europe/Berlin", "America/New_York"):
        make_night(zone, on=timezone.localdate() - timedelta(days=1))
    _agree(cast)
    return cast


def _agree(cast) -> None:
    """Scope, fees, duties and certificates on contract A-1."""
    contract = cast.contracts["A-1"]
    contract.provenance = "Invented for the tests."
    contract.ends_on = date(2035, 1, 1)
    contract.notice_length = 90
    contract.save()
    vendor = contract.vendor
    centre = DeliveryCentre.objects.create(
        vendor=vendor, name="Manila Bay", city="Manila", country="PH", zone="Asia/Manila"
    )
    process = Process.objects.get(client=contract.client)
    item = ScopeItem.objects.create(
        contract=contract, process=process, function="Inbound calls", performed_by="vendor", starts_on=date(2025, 1, 1)
    )
    ScopeSite.objects.create(scope_item=item, delivery_centre=centre)
    Fee.objects.create(
        contract=contract,
        code="CALL",
        name="Per call",
        kind="tiered",
        unit="transaction",
        tiers=[["1000", "2.5"], [None, "0.045"]],
        starts_on=date(2025, 1, 1),
    )
    SecurityDuty.objects.create(contract=contract, control="Penetration test", evidence="Report", frequency="yearly")
    Certificate.objects.create(
        vendor=vendor,
        standard="iso_27001",
        issuer="Issuer",
        scope="Manila",
        valid_from=date(2025, 1, 1),
        expires_on=date(2034, 1, 1),
    )


@pytest.fixture
def signed_in(world, page: Page, live_server) -> Callable[[str], Page]:
    """The page of a Chromium in which somebody is signed in."""

    def sign_in(name: str) -> Page:
        client, person = Client(), world.operator if name == "operator" else world.people[name]
        # Pages about the password show themselves only to those who have one.
        person.set_password("correct horse battery staple")
        person.save()
        force_sign_in(client, person)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        return page

    return sign_in


@pytest.fixture
def open_addresses(world) -> list[str]:
    """Every page that needs no sign-in."""
    reader, breach = world.people["acme-manager"], world.levels["A-1/ACCURACY"].breaches.first()
    links = [unsubscribe_link(reader), act_link(Act.ACKNOWLEDGE, reader, breach.public_id)]
    return [f"/accounts/{name}/" for name in ACCOUNT_PAGES] + [urlsplit(link).path for link in links]


@pytest.fixture
def addresses(world) -> Callable[[str], list[str]]:
    """Every page of a side, those of things among them."""

    def of(side: str) -> list[str]:
        level = world.levels["A-1/ACCURACY"]
        breach = level.breaches.order_by("-starts_on").first()
        last = level.verdicts.order_by("-starts_on")[1].period_label
        day = timezone.localdate() - timedelta(days=1)
        pages = [
            "/",
            "/?show=all",
            "/service-levels",
            "/service-levels?last=met",
            f"/service-levels/{level.public_id}",
            f"/service-levels/{level.public_id}/{last}",
            "/breaches",
            "/breaches?tab=closed",
            f"/breaches/{breach.public_id}",
            "/contracts",
            f"/contracts/{level.contract.public_id}",
            f"/contracts/{level.contract.public_id}/chain",
            f"/vendors/{level.contract.vendor.public_id}",
            "/runs",
            f"/runs/{day}",
            f"/runs/{day}/Europe/Berlin",
            "/search?q=a",
            "/search?q=nothing-goes-by-that-name",
            "/me",
            "/help",
            "/accounts/password/change/",
        ]
        pages += ["/data", "/api/docs", "/api/problems/", "/api/problems/period_closed", "/accounts/logout/"]
        pages += ["/accounts/reauthenticate/", "/verdicts", "/late-arrivals", *FACTOR_PAGES]
        pages += [*_excuses(world, side), _group(world), *_roll_ups(world, side)]
        if side == "vendor":
            pages += [*_factor(world), *_keys(world), "/enter", "/enter?all=1", "/imports/new", "/imports/results"]
            return [*pages, *_files(world), *_calls(world)]
        return [*pages, "/vendors", *(["/system-health", "/people", "/access"] if side == "operator" else [])]

    return of


def _excuses(world, side: str) -> list[str]:
    """An excuse that waits for its decision, and the past; the act of each side on a closed period."""
    level = world.levels["A-1/ACCURACY"]
    closed = level.verdicts.filter(is_final=True).order_by("-starts_on").first()
    excuse = ask_excuse(
        service_level=level, starts_on=closed.starts_on, ends_on=closed.starts_on + timedelta(days=2),
        reason="Client portal down.", asked_by=world.people["brightline-manager"], now=timezone.now(),
    )  # fmt: skip
    period = f"/service-levels/{level.public_id}/{closed.period_label}"
    past = f"?as_of={timezone.localdate()}"
    pages = ["/excuses", f"/excuses/{excuse.public_id}", period + past, f"/service-levels/{level.public_id}{past}"]
    if side == "operator":
        return pages
    return [*pages, f"{period}/{'excuse' if side == 'vendor' else 'restate'}"]


def _group(world) -> str:
    """An excuse of two service levels that waits for its decision."""
    levels = [world.levels["A-1/ACCURACY"], world.levels["A-1/ANSWERED_IN_TIME"]]
    today = timezone.localdate()
    excuses, _is_new = ask_excuses(
        service_levels=levels, starts_on=today, ends_on=today + timedelta(days=1), reason="Power cut in Manila.",
        asked_by=world.people["brightline-manager"], now=timezone.now(),
    )  # fmt: skip
    return f"/excuse-groups/{excuses[0].group}"


def _roll_ups(world, side: str) -> list[str]:
    """Acme's figure over both of its contracts, and one period of it, which is the client's alone."""
    client, last = world.clients["Acme"], add_months(timezone.localdate().replace(day=1), -2)
    ServiceLevel.objects.filter(code="ACCURACY", contract__client=client).update(roll_up="QUALITY")
    of_period = f"/roll-ups/{client.public_id}.QUALITY.{last:%Y-%m}"
    return ["/roll-ups", of_period] if side == "client" else ["/roll-ups"]


def _keys(world) -> list[str]:
    """Brightline's keys, and the log of one."""
    key, _secret = issue_key(
        vendor=world.vendors["Brightline"], name="Telephony", scopes=["read"], actor=None, expires_at=None,
        now=timezone.now(),
    )  # fmt: skip
    feed, now = world.feeds["A-1/QUALITY"], timezone.now()
    make_address(
        feed=feed, name="Nightly export", reading="", person=world.people["brightline-manager"],
        expires_at=now + timedelta(days=30), now=now,
    )  # fmt: skip
    return ["/api-keys", f"/api-keys/{key.public_id}/log", "/upload-addresses"]


def _factor(world) -> list[str]:
    """Pages of those who have an authenticator app, as Brightline's manager has one."""
    add_app(world.people["brightline-manager"])
    return ["/accounts/2fa/totp/deactivate/", "/accounts/2fa/reauthenticate/"]


def _calls(world) -> list[str]:
    """The form that states that nothing happened, and a file with a question: a row that no service level reads."""
    contract = world.contracts["A-1"]
    feed = world.feed(contract, "CALLS", Feed.Kind.CONTACTS)
    world.level(feed, "ANSWERED", params={"of": "answered"}, narrowing={"queue": ["sales"]})
    today = timezone.localdate()
    rows = "".join(
        f"{queue},{today - timedelta(days=1)}T09:00:00Z,answered,5,{queue}\n" for queue in ("sales", "billing")
    )
    imported = keep_upload(
        vendor=contract.vendor, person=world.people["brightline-reporter"], file_name="calls.csv",
        content=f"external_id,occurred_at,outcome,wait_seconds,queue\n{rows}".encode(), feed=feed, reason="",
        now=timezone.now(),
    )  # fmt: skip
    last_month = add_months(today.replace(day=1), -1)
    return [f"/data/{contract.public_id}.CALLS.{last_month:%Y-%m}/nothing", f"/imports/{imported.public_id}"]


def _files(world) -> list[str]:
    """Brightline's files: one with every mistake, one whose columns nobody knows, one unreadable, one imported."""
    contract = world.contracts["A-1"]
    months = [f"{add_months(timezone.localdate().replace(day=1), -back):%Y-%m}" for back in (3, 4, 5)]
    rows = "".join(f"QUALITY,{month},{number},100\n" for month, number in zip(months, ("99", "101", "x"), strict=True))
    files = {
        "wrong.csv": f"feed,period,numerator,denominator\n{rows}QUALTY,1,1,1\n".encode(),
        "unmatched.csv": b"Monat;Gut\n2025-10;95,5\n",
        "unreadable.csv": b"\x00\x01\x90",
        "good.csv": f"feed,period,numerator,denominator\nQUALITY,{months[0]},97,100\n".encode(),
    }
    person = world.people["brightline-reporter"]
    kept = {
        name: keep_upload(
            vendor=contract.vendor, person=person, file_name=name, content=content, feed=None, reason="recounted",
            now=timezone.now(),
        )
        for name, content in files.items()
    }  # fmt: skip
    confirm(imported=kept["good.csv"], person=person, now=timezone.now())
    report = f"/data/{contract.public_id}.QUALITY.{months[1]}/delay"
    return [report, *(f"/imports/{imported.public_id}" for imported in kept.values())]
