"""Shapes, words and places of statuses."""

import pytest
from django.conf import settings

from metrics.models.verdicts import Verdict
from metrics.statuses import LOOKS, PROVISIONAL, label_of, legend, sign_of
from sla.verdicts import NEUTRAL, OPEN, Status

SPRITE = settings.BASE_DIR / "templates/layout/_sprite.html"
STYLES = settings.BASE_DIR / "static/css/desk.css"


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_look(status):
    assert status in LOOKS, f"metrics/statuses.py: LOOKS has no row for {status}"


@pytest.mark.parametrize("look", [*LOOKS.values(), *PROVISIONAL.values()], ids=lambda look: look.glyph or "no shape")
def test_every_look_is_drawn(look):
    if look.glyph:
        assert f'id="g-{look.glyph}"' in SPRITE.read_text(encoding="utf-8"), f"{SPRITE}: no symbol g-{look.glyph}"
    assert f".c-{look.tone} " in STYLES.read_text(encoding="utf-8"), f"{STYLES}: no style .c-{look.tone}"


def test_the_choices_of_verdicts_are_the_table_of_statuses():
    assert [(status.value, label_of(status)) for status in Status] == Verdict.Status.choices


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

    assert len({sign.glyph for sign in signs}) == len(signs), [sign.glyph for sign in signs]
    assert len({sign.word for sign in signs}) == len(signs), [sign.word for sign in signs]


@pytest.mark.parametrize("status", [status for status in Status if status not in NEUTRAL])
def test_a_status_that_matters_shares_its_mark_in_mails_with_none(status):
    others = [look for other, look in LOOKS.items() if other is not status]

    assert LOOKS[status].ascii not in {look.ascii for look in others}, f"metrics/statuses.py: {status}"
    assert LOOKS[status].character not in {look.character for look in others}, f"metrics/statuses.py: {status}"


def test_history_differs_from_what_is_judged_by_word_and_edge():
    judged, history = sign_of(Status.BREACH, is_final=True), sign_of(Status.BREACH, is_final=True, is_history=True)

    assert (history.glyph, history.word) == (judged.glyph, "Breach, history")
    assert ("history" in history.cell.split(), "history" in judged.cell.split()) == (True, False)
