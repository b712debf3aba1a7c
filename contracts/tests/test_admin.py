"""The operator's back room: who comes in, what can be done there, and what it leaves behind."""

from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from bpo.audited_admin import AuditedAdmin
from bpo.models import AuditEntry, Membership, Organisation, User
from contracts.models.agreements import Contract, Fee
from contracts.models.parties import Process
from contracts.models.service_levels import ServiceLevelTerms
from contracts.services.agreements import add_amendment
from contracts.services.successions import set_fee
from contracts.tests.conftest import JUNE, START
from vendors.models import DeliveryCentre, Vendor
from vendors.services import create_vendor

pytestmark = pytest.mark.any_database
MODELS = [model for app in ("bpo", "vendors", "contracts") for model in apps.get_app_config(app).get_models()]
READ_ONLY = {
    "accessgrant",
    "usersession",
    "idempotentreply",
    "auditentry",
    "apikey",
    "heartbeat",
    "holidayyear",
    "keyrequest",
    "mailedrows",
    "passwordresetrequest",
    "signinfailure",
}


def page(model, name: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def desk(agreement, client):
    """A browser in which the operator is signed in."""
    client.force_login(agreement.actor)
    return client


def filled(response) -> dict:
    """What the form on an admin page would send as it stands."""
    form = response.context["adminform"].form
    values = {f"{field.html_name}": field.value() for field in form}
    for formset in (inline.formset for inline in response.context["inline_admin_formsets"]):
        values |= {
            f"{formset.prefix}-TOTAL_FORMS": len(formset.forms),
            f"{formset.prefix}-INITIAL_FORMS": formset.initial_form_count(),
        }
        for inner in formset.forms:
            values |= {field.html_name: field.value() for field in inner}
    return {name: "" if value is None else value for name, value in values.items() if value is not False}


def errors(response) -> str:
    return " ".join(str(error) for problems in response.context["errors"] for error in problems)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_table_has_its_pages(desk, model):
    assert desk.get(page(model, "changelist")).status_code == 200
    assert desk.get(page(model, "add")).status_code == (403 if model._meta.model_name in READ_ONLY else 200)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_table_can_be_searched(desk, model):
    assert desk.get(page(model, "changelist"), {"q": "Brightline"}).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_nothing_can_be_deleted(desk, agreement, model, rf):
    request = rf.get("/")
    request.user = agreement.actor

    assert not admin.site.get_model_admin(model).has_delete_permission(request)


def test_whatever_is_changed_here_is_recorded():
    unrecorded = [model for model, pages in admin.site._registry.items() if not isinstance(pages, AuditedAdmin)]

    assert unrecorded == []


def test_a_row_is_not_deleted_by_its_address(desk, agreement):
    assert desk.post(page(Vendor, "delete", agreement.vendor.pk), {"post": "yes"}).status_code == 403
    assert Vendor.objects.exists()


@pytest.mark.parametrize(("organisation", "role"), [("client", "client_admin"), ("vendor", "vendor_manager")])
def test_only_operator_admins_come_in(agreement, client, organisation, role):
    user = User.objects.create_user("somebody@example.com", name="Somebody")
    Membership.objects.create(user=user, organisation=getattr(agreement, organisation).organisation, role=role)
    client.force_login(user)

    assert client.get(page(Contract, "changelist")).status_code == 404


def test_a_row_made_here_is_in_the_audit_trail(desk, agreement):
    response = desk.get(page(Process, "add"))
    sent = filled(response) | {
        "client": agreement.client.pk,
        "name": "Sales",
        "operation": "inside_sales",
        "office": "front",
    }

    assert desk.post(page(Process, "add"), sent).status_code == 302

    entry = AuditEntry.objects.get(action="add_process", thing_label="Sales")
    assert (entry.actor, entry.channel) == (agreement.actor, "admin")
    assert entry.changes["operation"] == [None, "inside_sales"]


def test_a_change_is_recorded_from_what_to_what(desk, agreement):
    address = page(DeliveryCentre, "change", agreement.centre.pk)
    sent = filled(desk.get(address)) | {"city": "Cebu", "opening_hours": "{}"}

    assert desk.post(address, sent).status_code == 302

    assert AuditEntry.objects.get(action="change_deliverycentre").changes == {"city": ["Manila", "Cebu"]}


def test_a_change_that_is_none_is_not_recorded(desk, agreement):
    address = page(DeliveryCentre, "change", agreement.centre.pk)
    before = AuditEntry.objects.count()

    desk.post(address, filled(desk.get(address)) | {"opening_hours": "{}"})

    assert AuditEntry.objects.count() == before


def test_the_history_of_a_row_can_be_read(desk, agreement):
    address = page(DeliveryCentre, "change", agreement.centre.pk)
    desk.post(address, filled(desk.get(address)) | {"city": "Cebu", "opening_hours": "{}"})

    shown = desk.get(page(DeliveryCentre, "history", agreement.centre.pk)).content.decode()

    assert "city: Manila → Cebu" in shown
    assert "change_deliverycentre" in shown


def test_a_refusal_is_shown_and_nothing_is_saved(desk, agreement):
    response = desk.get(page(Fee, "add"))
    sent = filled(response) | {
        "contract": agreement.contract.pk, "code": "SEAT", "name": "Seat", "kind": "unit", "unit": "fte",
        "amount": "1500", "tiers": "[]", "starts_on": "2024-12-31",
    }  # fmt: skip

    response = desk.post(page(Fee, "add"), sent)

    assert "2024-12-31 is before the contract's start, 2025-01-01." in errors(response)
    assert not Fee.objects.exists()


def test_a_new_price_ends_the_one_before(desk, agreement):
    price = {"contract": agreement.contract, "code": "SEAT", "name": "Seat", "kind": "unit", "unit": "fte"}
    set_fee(actor=None, amount=Decimal(1500), starts_on=START, **price)
    sent = filled(desk.get(page(Fee, "add"))) | price | {
        "contract": agreement.contract.pk, "amount": "1600.25", "tiers": "[]", "starts_on": "2025-06-01",
    }  # fmt: skip

    assert desk.post(page(Fee, "add"), sent).status_code == 302

    spans = Fee.objects.order_by("starts_on").values_list("amount", "starts_on", "ends_on")
    assert list(spans) == [(Decimal(1500), START, JUNE), (Decimal("1600.25"), JUNE, None)]


def test_of_a_price_in_force_only_its_end_can_be_set(desk, agreement):
    fee = set_fee(
        actor=None, contract=agreement.contract, code="SEAT", name="Seat", kind="unit", unit="fte",
        amount=Decimal(1500), starts_on=START,
    )  # fmt: skip

    desk.post(page(Fee, "change", fee.pk), {"amount": "1", "ends_on": "2025-06-01"})

    fee.refresh_from_db()
    assert (fee.amount, fee.ends_on) == (Decimal(1500), JUNE)


def test_new_terms_end_those_before(desk, agreement):
    amendment = add_amendment(actor=None, contract=agreement.contract, title="One", effective_on=JUNE)
    sent = filled(desk.get(page(ServiceLevelTerms, "add"))) | {
        "service_level": agreement.level.pk, "amendment": amendment.pk, "effective_on": "2025-06-01",
        "metric": "CC-SL-NOSA", "aggregation": "share_within", "direction": "higher", "expected": "85",
        "params": '{"of": "answered_in_time", "threshold_seconds": 20, "short_seconds": 5}',
        "narrowing": "{}", "bands": "[]", "rules": "{}",
    }  # fmt: skip

    response = desk.post(page(ServiceLevelTerms, "add"), sent)

    assert response.status_code == 302, errors(response)
    spans = agreement.level.terms.order_by("effective_on").values_list("expected", "ends_on")
    assert list(spans) == [(Decimal(80), JUNE), (Decimal(85), None)]


def test_a_contract_made_here_has_its_first_terms(desk, agreement):
    sent = filled(desk.get(page(Contract, "add"))) | {
        "client": agreement.client.pk, "vendor": agreement.vendor.pk, "reference": "A-2", "title": "More",
        "status": "draft", "starts_on": "2025-03-01", "zone": "Europe/Berlin", "currency": "EUR",
    }  # fmt: skip

    response = desk.post(page(Contract, "add"), sent)

    assert response.status_code == 302, errors(response)
    assert Contract.objects.get(reference="A-2").amendments.get().effective_on == date(2025, 3, 1)


def test_a_role_fits_its_organisation(desk, agreement):
    sent = {"user": agreement.actor.pk, "organisation": agreement.vendor.organisation.pk, "role": "client_viewer"}

    response = desk.post(page(Membership, "add"), sent)

    assert "A client viewer belongs to a client; Brightline is a vendor." in errors(response)
    assert not Membership.objects.exists()


def test_a_certificate_names_sites_of_its_own_vendor(desk, agreement):
    rival = create_vendor(actor=None, name="Cobalt", country="IN")
    model = rival.certificates.model
    sent = {
        "vendor": rival.pk, "standard": "soc_2", "issuer": "A body", "scope": "All", "valid_from": "2025-01-01",
        "expires_on": "2025-12-31", "delivery_centres": [agreement.centre.pk],
    }  # fmt: skip

    response = desk.post(page(model, "add"), sent)

    assert "Bay, Manila is a site of Brightline; the certificate is Cobalt's." in errors(response)
    assert not model.objects.exists()


def test_a_certificates_sites_are_recorded(desk, agreement):
    model = agreement.vendor.certificates.model
    sent = {
        "vendor": agreement.vendor.pk, "standard": "soc_2", "issuer": "A body", "scope": "All",
        "valid_from": "2025-01-01", "expires_on": "2025-12-31", "delivery_centres": [agreement.centre.pk],
    }  # fmt: skip

    assert desk.post(page(model, "add"), sent).status_code == 302

    assert AuditEntry.objects.get(action="change_certificate").changes == {"delivery_centres": [[], ["Bay, Manila"]]}


def test_a_person_is_made_with_a_password_that_is_nowhere_to_be_read(desk):
    sent = filled(desk.get(page(User, "add"))) | {
        "email": "New.Person@Example.com", "name": "New", "zone": "UTC", "digest_at": "06:30", "is_active": "on",
        "new_password": "a long enough pass phrase",
    }  # fmt: skip

    response = desk.post(page(User, "add"), sent)

    assert response.status_code == 302, errors(response)
    user = User.objects.get(email="new.person@example.com")
    assert user.check_password("a long enough pass phrase")
    assert "password" not in AuditEntry.objects.get(action="add_user").changes


def test_a_password_that_is_easily_guessed_is_refused(desk):
    sent = filled(desk.get(page(User, "add"))) | {"email": "new@example.com", "name": "New", "new_password": "password"}

    assert "too" in errors(desk.post(page(User, "add"), sent))
    assert not User.objects.filter(email="new@example.com").exists()


def test_an_organisation_keeps_its_kind(desk, agreement):
    organisation = agreement.vendor.organisation
    address = page(Organisation, "change", organisation.pk)

    desk.post(address, filled(desk.get(address)) | {"kind": "client", "name": "Brightline Ltd", "is_active": "on"})

    organisation.refresh_from_db()
    assert (organisation.kind, organisation.name) == ("vendor", "Brightline Ltd")
