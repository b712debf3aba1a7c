"""Without a grant an operator reads nothing of a client's: of all tables, in lists, files and the Django admin."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import EmptyResultSet
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse

from bpo.models import AuditEntry, User
from contracts.services.successions import set_fee
from reports.models import Message
from tests.builders import NOW
from tests.support.cast import START, Cast
from tests.support.factors import force_sign_in
from vendors.keys import issue_key
from vendors.models import ApiKey

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
# Rows that operators see without any grant, and why.
OPEN = {
    # Organisations and people, which operators set up.
    "Organisation", "Membership", "User", "Client", "Vendor", "VendorContact", "DeliveryCentre", "Certificate",
    "SingleSignOn", "UserSession", "AccessGrant",
    # How the installation does; of mails the admin shows neither subject nor text.
    "Heartbeat", "PasswordResetRequest", "SignInFailure", "SendingStop", "Alarm", "Run", "Unlinked", "Message",
    "Edition", "MailedRows",
    # Those of the installation and of no client.
    "AuditEntry", "Chain", "Link", "BusinessCalendar", "CalendarException", "HolidayYear",
    # A person's own.
    "Mute",
}  # fmt: skip
# What is a vendor's alone: seen while all of its clients let the operator read.
VENDORS_OWN = {
    "ApiKey", "KeyRequest", "IdempotentReply", "Batch", "Import", "FeedReading",
    "FeedReadingVersion", "RefusedIntake", "UploadAddress",
    "LargeImport", "ImportPart",
}  # fmt: skip
FEE = {"code": "BASE", "name": "Base", "kind": "flat", "unit": "month", "amount": Decimal(100)}
MODELS = [model for model in apps.get_models() if hasattr(model._default_manager, "visible_to")]


@pytest.fixture
def stranger(cast: Cast) -> User:
    """An operator without a grant; each client of the cast has an admin."""
    return User.objects.create(email="stranger@example.com", name="Stranger", is_operator_admin=True)


@pytest.fixture
def browser(stranger: User) -> Browser:
    return signed_in_as(stranger)


def signed_in_as(person: User) -> Browser:
    browser = Browser()
    force_sign_in(browser, person)
    return browser


def changelist(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def can_have_rows(model: type[Model], person: User) -> bool:
    """Whether the person could see a row of the table, whatever is in it."""
    try:
        str(model._default_manager.visible_to(person).query)
    except EmptyResultSet:
        return False
    return True


def test_of_every_other_table_no_row_could_be_seen(stranger: User):
    assert {model.__name__ for model in MODELS if can_have_rows(model, stranger)} - OPEN == VENDORS_OWN


def test_what_is_a_vendors_alone_needs_all_of_its_clients(stranger: User, cast: Cast):
    issue_key(vendor=cast.vendors["Brightline"], name="k", scopes=["read"], actor=None, expires_at=None, now=NOW)
    acme, zenith = (cast.clients[name] for name in ("Acme", "Zenith"))
    assert not ApiKey.objects.visible_to(stranger).exists()

    cast.grant(stranger, acme.organisation, cast.people["acme-admin"])
    assert ApiKey.objects.visible_to(User.objects.get(pk=stranger.pk)).exists()

    cast.contract(zenith, cast.vendors["Brightline"], "Z-2")
    assert not ApiKey.objects.visible_to(User.objects.get(pk=stranger.pk)).exists()
    assert ApiKey.objects.visible_to(cast.operator).exists()


def test_the_admin_lists_rows_of_granted_clients_alone(stranger: User, browser: Browser, cast: Cast):
    rows = {}
    for who, client in (("stranger", browser), ("operator", signed_in_as(cast.operator))):
        rows[who] = {
            model.__name__: client.get(changelist(model)).context["cl"].result_count
            for model in admin.site._registry
            if hasattr(model._default_manager, "visible_to")
        }
    seen = {name for name, count in rows["stranger"].items() if count}

    assert seen <= OPEN | {"Contract"}
    assert rows["stranger"]["Contract"] == rows["operator"]["Contract"] == 3
    assert {"ServiceLevel", "Feed", "ServiceLevelTerms", "Amendment"} <= {n for n, c in rows["operator"].items() if c}


def test_the_admin_shows_the_head_of_a_contract_and_changes_nothing(browser: Browser, cast: Cast):
    contract = cast.contracts["A-1"]
    address = reverse("admin:contracts_contract_change", args=[contract.pk])
    page = browser.get(address).content.decode()
    answer = browser.post(address, {"title": "Ours"})
    contract.refresh_from_db()

    assert "A-1" in page
    assert not [word for word in ("Notice", "ACCURACY", "Original") if word in page]
    assert answer.status_code == 403
    assert contract.title == "Customer care"


@pytest.mark.parametrize("page", ["change", "history"])
def test_the_admin_finds_no_row_of_others(browser: Browser, cast: Cast, page: str):
    fee = set_fee(actor=cast.operator, contract=cast.contracts["A-1"], starts_on=START, **FEE)
    address = reverse(f"admin:contracts_fee_{page}", args=[fee.pk])

    assert browser.get(address).status_code == 302
    assert signed_in_as(cast.operator).get(address).status_code == 200


def test_completions_of_the_admin_name_granted_clients_rows_alone(browser: Browser, cast: Cast):
    asked = {"app_label": "contracts", "model_name": "fee", "field_name": "process", "term": "care"}
    address = reverse("admin:autocomplete")

    assert browser.get(address, asked).json()["results"] == []
    assert len(signed_in_as(cast.operator).get(address, asked).json()["results"]) == 2


def test_a_form_of_the_admin_takes_no_row_of_others(browser: Browser, cast: Cast):
    browser.post(
        reverse("admin:contracts_process_add"),
        {"client": cast.clients["Acme"].pk, "name": "New", "operation": "customer_service", "office": "front"},
    )
    answer = browser.post(
        reverse("admin:contracts_securityduty_add"),
        {"contract": cast.contracts["A-1"].pk, "control": "Access", "frequency": "yearly"},
    )

    assert "Select a valid choice" in answer.content.decode()


def test_what_was_recorded_about_a_client_is_its_own(stranger: User, cast: Cast):
    set_fee(actor=cast.operator, contract=cast.contracts["A-1"], starts_on=START, **FEE)

    assert not AuditEntry.objects.visible_to(stranger).filter(thing_type="contracts.fee").exists()
    assert AuditEntry.objects.visible_to(cast.operator).filter(thing_type="contracts.fee").exists()


def test_mails_show_operators_neither_subject_nor_text(cast: Cast):
    Message.objects.create(
        recipient=cast.people["acme-manager"], kind=Message.Kind.DIGEST, cause="x", subject="93.2 % of SECRET",
        text="SECRET", message_id="<x>", queued_at=NOW, next_try_at=NOW,
    )  # fmt: skip
    browser = signed_in_as(cast.operator)
    pages = [
        browser.get(changelist(Message)),
        browser.get(reverse("admin:reports_message_change", args=[Message.objects.get().pk])),
    ]

    assert [page.status_code for page in pages] == [200, 200]
    assert not [page for page in pages if "SECRET" in page.content.decode()]


def test_reading_under_grants_costs_one_query_whatever_their_number(cast: Cast, django_assert_num_queries):
    for number in range(5):
        cast.client(f"Client {number}")
    person = User.objects.get(pk=cast.operator.pk)

    with django_assert_num_queries(1):
        assert len(person.reach.organisations) == 7


def test_clients_and_vendors_people_pay_nothing_for_it(cast: Cast, django_assert_num_queries):
    person = User.objects.get(pk=cast.people["acme-manager"].pk)

    with django_assert_num_queries(1):
        assert len(person.reach.organisations) == 1
