"""A head that somebody kept shows whether a chain was written anew or cut, which the chain alone does not."""

from copy import deepcopy

import pytest
from django.core.management import CommandError, call_command

from bpo import audit
from contracts.models.agreements import Contract
from metrics.models.breaches import BreachEvent
from record.heads import check_head, heads_for, print_head
from record.models import Chain, Link
from record.tests.worlds import findings, link_all
from tests.support.tampering import as_owner


@pytest.fixture
def db(put_back):
    """The database of this module; each test's own changes are undone."""


@pytest.fixture
def cast(db, verified):
    return deepcopy(verified[0])


def check(text):
    return check_head(Chain.objects.all(), text)


def test_a_kept_head_still_holds_after_the_chain_has_grown(cast, chain):
    kept = print_head(chain)
    event = BreachEvent.objects.first()
    BreachEvent.objects.create(breach=event.breach, at=event.at, kind="comment", text="Please call.")
    link_all()
    findings()
    chain.refresh_from_db()

    assert chain.length == int(kept.split()[1]) + 1
    assert check(kept).holds
    assert f"This head is position {kept.split()[1]} of the chain {chain}." in check(kept).sentence


def test_a_chain_that_was_written_anew_lacks_the_kept_head(cast, chain):
    """The owner changes a row and writes every link after it again: verified alone, the chain holds."""
    kept = print_head(chain)
    with as_owner():
        BreachEvent.objects.update(text="All is well.")
        Link.objects.filter(chain=chain).delete()
        Chain.objects.filter(pk=chain.pk).update(length=0, head="")
    findings()
    link_all()
    assert findings() == []

    assert not check(kept).holds
    assert check(kept).sentence.endswith("it was written anew.")


def test_a_chain_that_was_cut_lacks_the_kept_head(cast, chain):
    kept = print_head(chain)
    before = Link.objects.get(chain=chain, position=chain.length - 1)
    with as_owner():
        Link.objects.filter(chain=chain, position=chain.length).delete()
        Chain.objects.filter(pk=chain.pk).update(length=before.position, head=before.head)

    assert not check(kept).holds
    assert check(kept).sentence.endswith("it was cut.")


def test_a_head_after_a_place_that_does_not_hold_does_not_hold(cast, chain):
    kept = print_head(chain)
    with as_owner():
        BreachEvent.objects.update(text="All is well.")
    findings()

    assert not check(kept).holds


def test_a_head_is_read_as_a_mail_breaks_it_and_as_a_field_joins_it(cast, chain):
    *first, digits = print_head(chain).split()

    assert check(f"{' '.join(first)}\n{digits}").holds
    assert check(f"{' '.join(first)}{digits}").holds


@pytest.mark.parametrize("text", ["", "CT-7K2M9", "CT-7K2M9 4 abc", "CT-00000 4 " + "0" * 64])
def test_what_is_no_head_of_a_chain_is_said_to_be_none(cast, chain, text):
    assert not check(text).holds


def test_each_party_keeps_the_heads_of_its_contracts_and_operators_that_of_the_installation(cast, chain):
    for name in ("acme-manager", "brightline-manager", "zenith-manager"):
        contracts = Contract.objects.visible_to(cast.people[name]).filter(chain__length__gt=0)
        assert {head.split()[0] for head in heads_for(cast.people[name])} == {each.public_id for each in contracts}
    assert print_head(chain) in heads_for(cast.people["brightline-manager"])
    assert print_head(chain) not in heads_for(cast.people["zenith-manager"])
    assert [head.split()[0] for head in heads_for(cast.operator)] == ["installation"]


def test_the_command_verifies_all_chains_and_a_kept_head(cast, chain, capsys):
    audit.record(actor=None, action="look", thing=chain)
    call_command("verify_audit", head=print_head(chain))
    said = capsys.readouterr().out

    assert "chains verified, 0 chains do not hold" in said
    assert "Everything before it holds" in said


def test_the_command_names_the_first_place_that_does_not_hold(cast, chain, capsys):
    event = BreachEvent.objects.order_by("pk").first()
    with as_owner():
        BreachEvent.objects.filter(pk=event.pk).update(text="All is well.")
    with pytest.raises(CommandError):
        call_command("verify_audit")

    link = Link.objects.get(kind="breach event", row_id=event.pk)
    assert f"Chain {chain}, position {link.position}, breach event {event.pk}: " in capsys.readouterr().err
