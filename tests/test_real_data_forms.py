"""England's crisis lines: their monthly forms, sent through the API with their own months, give the known figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from demo.sources.forms import ABANDONED, FORM, IN_TIME, MONTHS, SPEED, ZONE, Form, form_results, forms
from metrics.models.results import CountResult
from tests.support.databases import undone
from tests.support.real_data import Proof, Said, expected, normal

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.any_database]

IMPOSSIBLE = ("MH056", "2025-03")
STATUSES = {"MET": {"met"}, "BREACH": {"breach"}, "NA": {"not_reported", "no_volume"}}
# What the monthly form of the demo does not ask for: ratios made of other figures of the same form.
OTHERS = {
    "abandoned of received": "abandon_rate_of_received",
    "abandoned after 30 s": "abandon_rate_excl_le30",
    "abandoned late of received": "abandon_gt30_of_received",
    "answered within 60 s of offered": "pct_60_of_offered",
}
LEVELS = {
    # Code: feed, split, aggregation, direction, expected level, column of the figure, column of the status.
    "PCT60": (FORM, IN_TIME, "ratio", "higher", 95, "pct_60_of_answered", "st_pct60_ge_95"),
    "ABANDONED": (FORM, ABANDONED, "ratio", "lower", 5, "abandon_rate", "st_abandon_le_5"),
    "ASA": (SPEED, "", "mean", "lower", 60, "asa_seconds", "st_asa_le_60"),
    **{
        f"OTHER-{place}": (FORM, split, "ratio", "higher", 0, column, "")
        for place, (split, column) in enumerate(OTHERS.items())
    },
}


@dataclass
class Sent:
    """What the verdicts say by contract, level and month; and how the impossible form was refused."""

    said: dict[tuple[str, str, str], Said]
    refusal: dict[str, Any]
    refused_status: int
    rows_after_refusal: int


def other_results(form: Form) -> list[dict[str, Any]]:
    """The other ratios of a form, as far as it gives their parts."""
    received, answered, abandoned = form.figure("A01"), form.figure("A03"), form.figure("B02")
    at_once, later, last = form.figure("B03"), form.figure("B04"), form.figure("B05")
    late = None if later is None and last is None else (later or 0) + (last or 0)
    parts = dict.fromkeys(OTHERS, (None, None))
    parts["abandoned of received"] = (abandoned, received)
    if None not in (abandoned, answered, at_once):
        parts["abandoned after 30 s"] = (abandoned - at_once, answered + abandoned - at_once)
    parts["abandoned late of received"] = (late, received)
    parts["answered within 60 s of offered"] = (form.figure("B01"), form.offered)
    return [
        {"feed": FORM, "period": f"{form.month:%Y-%m}", "split": split, "numerator": part, "denominator": whole}
        for split, (part, whole) in parts.items()
        if part is not None and whole is not None
    ]


@pytest.fixture(scope="module")
def sent(django_db_setup: None, django_db_blocker: Any) -> Iterator[Sent]:
    """Every contract by itself; the impossible form is refused whole and then sent again without its bad row."""
    said: dict[tuple[str, str, str], Said] = {}
    refusals = []
    for code in sorted({form.contract for form in forms()}):
        with django_db_blocker.unblock(), undone():
            proof = contract_of_forms()
            rows = [
                row for form in forms() if form.contract == code for row in form_results(form) + other_results(form)
            ]
            rows = [{**row, "contract": "PROOF"} for row in rows]
            if code == IMPOSSIBLE[0]:
                answer = proof.post(rows)
                refusals.append((answer.json(), answer.status_code, CountResult.objects.count()))
                rows = [row for row in rows if not is_impossible(row)]
            proof.send(rows)
            said |= {(code, *key): one for key, one in proof.judge().items()}
    return Sent(said, *refusals[0])


def is_impossible(row: dict[str, Any]) -> bool:
    return row["feed"] == FORM and row["period"] == IMPOSSIBLE[1] and row["numerator"] > row["denominator"]


def contract_of_forms() -> Proof:
    proof = Proof(ZONE, MONTHS[0])
    feeds = {code: proof.feed(code, "counts", schedule="monthly") for code in (FORM, SPEED)}
    for code, (feed, split, aggregation, direction, level, _, _) in LEVELS.items():
        only = {"split": [split]} if split else {}
        proof.level(
            feeds[feed], code, aggregation, {}, direction=direction, expected=level, narrowing=only, period="month"
        )
    proof.activate()
    return proof


def figure_of(sent: Sent, row: dict[str, str], code: str) -> str:
    """A figure as the product gives it; NA where nothing was sent, so that nothing was judged."""
    said = sent.said.get((row["CONTRACT_CODE"], code, row["month"]))
    return "NA" if said is None else said.printed("value" if code == "ASA" else "share")


def status_of(sent: Sent, row: dict[str, str], code: str) -> str:
    said = sent.said.get((row["CONTRACT_CODE"], code, row["month"]))
    return "not_reported" if said is None else said.status


def is_refused(row: dict[str, str], code: str) -> bool:
    return (row["CONTRACT_CODE"], row["month"]) == IMPOSSIBLE and code in ("PCT60", "OTHER-3")


@pytest.mark.parametrize("code", LEVELS)
def test_every_ratio_of_every_contract_and_month(sent: Sent, code: str) -> None:
    column = LEVELS[code][5]
    rows = [row for row in expected("crisis_lines_contract_month") if not is_refused(row, code)]

    assert [
        (row["CONTRACT_CODE"], row["month"], found, normal(row[column]))
        for row in rows
        if (found := figure_of(sent, row, code)) != normal(row[column])
    ] == []


@pytest.mark.parametrize("code", ["PCT60", "ABANDONED", "ASA"])
def test_every_status_of_every_contract_and_month(sent: Sent, code: str) -> None:
    column = LEVELS[code][6]
    rows = [row for row in expected("crisis_lines_contract_month") if not is_refused(row, code)]

    assert [
        (row["CONTRACT_CODE"], row["month"], found, row[column])
        for row in rows
        if (found := status_of(sent, row, code)) not in STATUSES[row[column]]
    ] == []


def test_more_answered_in_time_than_answered_is_refused_by_name(sent: Sent) -> None:
    wrong = {error["code"] for error in sent.refusal["errors"]}
    named = [error for error in sent.refusal["errors"] if error["value"] == "738"]

    assert (sent.refused_status, wrong) == (422, {"numerator_exceeds_denominator"})
    assert named
    assert "738" in named[0]["detail"]
    assert "732" in named[0]["detail"]


def test_nothing_of_the_refused_batch_is_kept(sent: Sent) -> None:
    assert sent.rows_after_refusal == 0


def test_the_refused_figure_has_no_value(sent: Sent) -> None:
    said = sent.said.get((IMPOSSIBLE[0], "PCT60", IMPOSSIBLE[1]))

    assert said is None or (said.value, said.status) == (None, "not_reported")
