"""How operators come to read a client's data: asked, granted, refused, withdrawn, ended by itself."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from bpo.access.services import (
    AskedAlready,
    IsDecided,
    NoGrantNeeded,
    WrongSpan,
    ask_access,
    grant_access,
    refuse_access,
    withdraw_access,
    withdraw_all_access,
)
from bpo.models import AccessGrant, AuditEntry, Membership, Organisation, Role, User
from contracts.models.agreements import Contract
from contracts.models.service_levels import ServiceLevel
from tests.builders import NOW
from tests.support.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
DAY = timedelta(days=1)
State = AccessGrant.State


@pytest.fixture
def operator(cast: Cast, time_machine) -> User:
    """An operator whom nobody has let read anything."""
    time_machine.move_to(NOW, tick=False)
    return User.objects.create(email="second@example.com", name="Second", is_operator_admin=True)


@pytest.fixture
def acme(cast: Cast) -> Organisation:
    return cast.clients["Acme"].organisation


@pytest.fixture
def admin(cast: Cast) -> User:
    return cast.people["acme-admin"]


@pytest.fixture
def asked(operator: User, acme: Organisation) -> AccessGrant:
    return ask_access(client=acme, reason="A wrong figure.", days=3, actor=operator, now=NOW)


def levels_of(person: User) -> set[str]:
    """The clients whose service levels a person reads, as the person's next request finds them."""
    fresh = User.objects.get(pk=person.pk)
    found = ServiceLevel.objects.visible_to(fresh)
    return set(found.values_list("contract__client__organisation__name", flat=True))


def test_a_question_opens_nothing(asked: AccessGrant, operator: User):
    assert levels_of(operator) == set()


def test_a_grant_opens_that_clients_data_alone(asked: AccessGrant, operator: User, admin: User):
    grant_access(grant=asked, actor=admin, now=NOW)

    assert levels_of(operator) == {"Acme"}


def test_heads_of_contracts_are_read_without_a_grant(operator: User, cast: Cast):
    assert Contract.objects.heads_visible_to(operator).count() == len(cast.contracts)
    assert not Contract.objects.visible_to(operator).exists()


def test_a_grant_is_one_persons(asked: AccessGrant, admin: User):
    grant_access(grant=asked, actor=admin, now=NOW)
    colleague = User.objects.create(email="third@example.com", name="Third", is_operator_admin=True)

    assert levels_of(colleague) == set()


def test_a_grant_ends_by_itself(asked: AccessGrant, operator: User, admin: User, time_machine):
    grant_access(grant=asked, actor=admin, now=NOW, days=2)
    time_machine.move_to(NOW + 2 * DAY, tick=False)

    assert levels_of(operator) == set()
    assert AccessGrant.objects.get(pk=asked.pk).state_at(NOW + 2 * DAY) == State.ENDED


def test_a_withdrawn_grant_ends_at_once(asked: AccessGrant, operator: User, admin: User):
    grant_access(grant=asked, actor=admin, now=NOW)
    withdraw_access(grant=asked, actor=admin, now=NOW)

    assert levels_of(operator) == set()


def test_an_admin_ends_all_access_at_once(asked: AccessGrant, acme: Organisation, admin: User, cast: Cast):
    grant_access(grant=asked, actor=admin, now=NOW)

    assert withdraw_all_access(client=acme, actor=admin, now=NOW) == 2
    assert levels_of(cast.operator) == {"Zenith"}


def test_a_client_that_never_named_an_admin_is_open(operator: User, acme: Organisation):
    Membership.objects.filter(organisation=acme).exclude(role=Role.CLIENT_MANAGER).delete()

    assert levels_of(operator) == {"Acme"}


def test_its_first_admin_closes_it(operator: User, acme: Organisation, cast: Cast):
    Membership.objects.filter(organisation=acme).exclude(role=Role.CLIENT_MANAGER).delete()
    Membership.objects.create(user=cast.people["acme-viewer"], organisation=acme, role=Role.CLIENT_ADMIN)

    assert levels_of(operator) == set()


def test_an_admin_who_leaves_does_not_open_it_again(operator: User, admin: User):
    User.objects.filter(pk=admin.pk).update(is_active=False)

    assert levels_of(operator) == set()


def test_nobody_takes_the_last_admin_from_a_client(admin: User, cast: Cast):
    membership = Membership.objects.get(user=admin)
    membership.role = Role.CLIENT_VIEWER

    with pytest.raises(ValidationError, match="Acme would have no admin any more"):
        membership.full_clean()


def test_an_operator_who_is_a_member_reads_no_more_for_it(operator: User, acme: Organisation):
    Membership.objects.create(user=operator, organisation=acme, role=Role.CLIENT_ADMIN)

    assert levels_of(operator) == set()


def test_operators_do_not_grant_what_they_ask(asked: AccessGrant, operator: User, acme: Organisation):
    Membership.objects.create(user=operator, organisation=acme, role=Role.CLIENT_ADMIN)

    with pytest.raises(PermissionDenied):
        grant_access(grant=asked, actor=User.objects.get(pk=operator.pk), now=NOW)
    assert levels_of(operator) == set()


@pytest.mark.parametrize("name", ["acme-manager", "acme-viewer", "zenith-admin", "brightline-manager"])
@pytest.mark.parametrize("act", [grant_access, refuse_access, withdraw_access])
def test_only_the_clients_admins_answer(asked: AccessGrant, cast: Cast, name: str, act):
    with pytest.raises(PermissionDenied):
        act(grant=asked, actor=cast.people[name], now=NOW)
    assert AccessGrant.objects.get(pk=asked.pk).state == State.ASKED


def test_only_operators_ask(acme: Organisation, admin: User):
    with pytest.raises(PermissionDenied):
        ask_access(client=acme, reason="Curious.", days=1, actor=admin, now=NOW)


@pytest.mark.parametrize("days", [0, 31])
def test_access_lasts_a_month_at_most(operator: User, acme: Organisation, days: int):
    with pytest.raises(WrongSpan):
        ask_access(client=acme, reason="Curious.", days=days, actor=operator, now=NOW)


def test_a_question_needs_a_reason(operator: User, acme: Organisation):
    with pytest.raises(WrongSpan):
        ask_access(client=acme, reason="  ", days=1, actor=operator, now=NOW)


def test_of_a_client_without_an_admin_nothing_is_asked(operator: User, acme: Organisation, admin: User):
    Membership.objects.filter(organisation=acme).delete()

    with pytest.raises(NoGrantNeeded):
        ask_access(client=acme, reason="Set-up.", days=1, actor=operator, now=NOW)


def test_an_admin_grants_no_more_than_was_asked_for(asked: AccessGrant, admin: User):
    with pytest.raises(WrongSpan):
        grant_access(grant=asked, actor=admin, now=NOW, days=4)


@pytest.mark.parametrize("act", [grant_access, refuse_access, withdraw_access])
def test_twice_is_once(asked: AccessGrant, admin: User, act):
    first = act(grant=asked, actor=admin, now=NOW)
    second = act(grant=asked, actor=admin, now=NOW + DAY)

    assert (first.state, first.ends_at) == (second.state, second.ends_at)
    assert AuditEntry.objects.filter(thing_id=asked.public_id).count() == 2


def test_asked_twice_it_is_one_question(asked: AccessGrant, operator: User, acme: Organisation):
    again = ask_access(client=acme, reason="A wrong figure.", days=3, actor=operator, now=NOW + DAY)

    assert again.pk == asked.pk
    with pytest.raises(AskedAlready):
        ask_access(client=acme, reason="Something else.", days=3, actor=operator, now=NOW + DAY)


def test_nobody_answers_what_lapsed(asked: AccessGrant, admin: User):
    with pytest.raises(IsDecided, match="not answered in time"):
        grant_access(grant=asked, actor=admin, now=NOW + 14 * DAY)


def test_what_lapsed_is_asked_again(asked: AccessGrant, operator: User, acme: Organisation):
    again = ask_access(client=acme, reason="A wrong figure.", days=3, actor=operator, now=NOW + 14 * DAY)

    assert again.pk != asked.pk
    assert AccessGrant.objects.get(pk=asked.pk).state == State.LAPSED


def test_nobody_grants_what_was_refused(asked: AccessGrant, admin: User):
    refuse_access(grant=asked, actor=admin, now=NOW)

    with pytest.raises(IsDecided):
        grant_access(grant=asked, actor=admin, now=NOW)


def test_a_longer_grant_replaces_the_one_before(asked: AccessGrant, operator: User, acme: Organisation, admin: User):
    grant_access(grant=asked, actor=admin, now=NOW)
    longer = ask_access(client=acme, reason="Still wrong.", days=20, actor=operator, now=NOW + DAY)
    grant_access(grant=longer, actor=admin, now=NOW + DAY)

    assert AccessGrant.objects.get(pk=asked.pk).state == State.ENDED
    withdraw_access(grant=longer, actor=admin, now=NOW + DAY)
    assert levels_of(operator) == set()


def test_the_database_holds_one_grant_of_an_operator(asked: AccessGrant, admin: User):
    grant_access(grant=asked, actor=admin, now=NOW)
    columns = {"client": asked.client, "operator": asked.operator, "reason": "x", "days": 1, "asked_at": NOW}

    with pytest.raises(IntegrityError), transaction.atomic():
        AccessGrant.objects.create(**columns, state=State.GRANTED, answered_by=admin, ends_at=NOW)


def test_each_step_is_in_the_audit_trail_of_the_client(asked: AccessGrant, admin: User, operator: User):
    grant_access(grant=asked, actor=admin, now=NOW)
    withdraw_access(grant=asked, actor=admin, now=NOW)

    entries = AuditEntry.objects.visible_to(admin).filter(thing_id=asked.public_id).order_by("pk")
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("ask_access", operator),
        ("grant_access", admin),
        ("withdraw_access", admin),
    ]
