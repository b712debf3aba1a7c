"""The diagrams of docs/states.md show the states and transitions of the code."""

import re
from pathlib import Path

from django.conf import settings

from breaches.services.transitions import TRANSITIONS
from metrics.models.breaches import Breach
from reports.models import Message

DIAGRAM = re.compile(r"```mermaid\nstateDiagram-v2\n(.*?)```", re.DOTALL)
ARROW = re.compile(r"^ +(\S+) --> (\S+)(?: : (.*))?$", re.MULTILINE)


def arrows(number: int) -> list[tuple[str, str, str]]:
    """The arrows of one diagram: from, to, and why."""
    text = Path(settings.BASE_DIR, "docs/states.md").read_text(encoding="utf-8")
    return ARROW.findall(DIAGRAM.findall(text)[number])


def states(number: int) -> set[str]:
    return {state for arrow in arrows(number) for state in arrow[:2]} - {"[*]"}


def test_every_state_of_a_breach_is_drawn():
    assert states(0) == set(Breach.State.values)


def test_every_act_that_changes_a_breach_is_drawn_and_no_other():
    acts = {
        (source.value, transition.target.value, act.value)
        for act, transition in TRANSITIONS.items()
        if transition.target
        for source in transition.sources
    }
    by_verdicts = {("[*]", "found"), ("found", "withdrawn"), ("withdrawn", "found"), ("closed", "[*]")}

    assert {arrow for arrow in arrows(0) if arrow[:2] not in by_verdicts} == acts


def test_every_state_of_a_mail_is_drawn():
    assert states(2) == set(Message.State.values)
