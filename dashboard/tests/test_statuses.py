"""Shapes, words and places of statuses."""

import pytest

from metrics.statuses import LOOKS, OPEN, RANK, Status, legend, sign_of


def test_every_status_has_a_look_and_a_rank():
    assert set(LOOKS) == set(Status) == set(RANK)


@pytest.mark.parametrize("status", [status for status in Status if status not in OPEN])
def test_what_is_provisional_says_so(status):
    assert "provisional" in sign_of(status, is_final=False).word
    assert "provisional" not in sign_of(status, is_final=True).word


@pytest.mark.parametrize("status", [Status.MET, Status.BELOW_EXPECTED, Status.BREACH])
def test_the_provisional_shape_is_the_outline_of_the_final_one(status):
    final, provisional = sign_of(status, is_final=True), sign_of(status, is_final=False)

    assert provisional.glyph == f"{final.glyph}-open"
    assert "open" in provisional.cell.split()
    assert "open" not in final.cell.split()


@pytest.mark.parametrize("status", OPEN)
def test_an_open_period_is_never_filled(status):
    assert not sign_of(status, is_final=True).is_final


def test_a_deemed_breach_says_that_it_is_deemed():
    assert sign_of(Status.BREACH, is_final=True, is_deemed=True).word == "Breach (deemed)"


def test_no_two_signs_of_the_legend_look_the_same():
    signs = legend()

    assert len({sign.glyph for sign in signs}) == len(signs)
    assert len({sign.word for sign in signs}) == len(signs)


def test_what_is_missing_speaks_louder_than_what_is_met():
    assert RANK[Status.BREACH] < RANK[Status.NOT_REPORTED] < RANK[Status.MET]
