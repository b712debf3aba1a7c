"""Terms from a past date on: first what they would restate, then done with a reason, or nothing at all."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bpo.models import AuditEntry
from contracts.models.agreements import Amendment
from contracts.models.service_levels import ServiceLevelTerms
from contracts.terms_file.exporting import export_terms
from metrics.models.verdicts import DirtyCell, Verdict
from metrics.services.amending import WouldRestate, preview_terms
from metrics.services.judging import judge_all
from metrics.services.restatement_plans import CannotRestate
from metrics.services.restatements import MayNotRestate
from metrics.services.verifying import verify
from metrics.tests.closed import LATER, NOW, close, correct, current, set_terms
from metrics.tests.worlds import month, receive

pytestmark = pytest.mark.django_db
APRIL = date(2025, 4, 1)


@pytest.fixture
def level(cast):
    """Five months at 92 %: worse than 95 expected, better than 90 at least."""
    found = cast.levels["A-1/ACCURACY"]
    close(found, 92, 92, 92, 92, 92)
    return found


def new_terms(level, effective_on=APRIL, **changes):
    amendment = Amendment.objects.get_or_create(
        contract=level.contract, number=1, defaults={"title": "Lower", "effective_on": effective_on}
    )[0]
    terms = {"metric": "CC-FCR", "aggregation": "ratio", "direction": "higher", "expected": Decimal(91),
             "minimum": Decimal(85), "unit": "%", "effective_on": effective_on} | changes  # fmt: skip
    return {"service_level": level, "amendment": amendment, **terms}


def amend(cast, level, *, reason="agreed in April", by="acme-admin", **changes):
    return set_terms(by=cast.people[by], reason=reason, now=LATER, **new_terms(level, **changes))


def statuses(level):
    return [current(level, f"2025-0{number}").status for number in range(1, 6)]


def test_without_a_reason_it_says_what_it_would_restate_and_changes_nothing(cast, level):
    with pytest.raises(WouldRestate) as refused:
        amend(cast, level, reason="")

    moves = refused.value.restatement.moves
    assert [(move.cell.period.label, move.before.status, move.after.status) for move in moves] == [
        ("2025-04", "below_expected", "met"),
        ("2025-05", "below_expected", "met"),
    ]
    assert ServiceLevelTerms.objects.filter(service_level=level).count() == 1
    assert statuses(level) == ["below_expected"] * 5


def test_a_preview_shows_what_new_terms_would_do_and_writes_nothing(cast, level):
    fields = new_terms(level)
    with CaptureQueriesContext(connection) as captured:
        shown = preview_terms(terms=ServiceLevelTerms(**fields), by=cast.operator, now=LATER)
    _terms, done = amend(cast, level)

    def sides(restatement):
        return [(move.cell.key, move.after.status, move.after.display, move.breach_after) for move in restatement.moves]

    assert sides(shown) == sides(done) != []
    assert not [query["sql"] for query in captured if not query["sql"].strip().startswith("SELECT")]


def test_a_preview_of_another_end_of_terms_says_which_closed_periods_are_over(cast, level):
    terms = level.terms.get()
    terms.ends_on = APRIL
    shown = preview_terms(terms=terms, by=cast.operator, now=LATER)

    assert [(move.cell.period.label, move.after.status) for move in shown.moves] == [
        ("2025-04", "not_in_force"), ("2025-05", "not_in_force")
    ]  # fmt: skip
    assert statuses(level) == ["below_expected"] * 5


def test_with_a_reason_closed_periods_from_that_date_on_are_restated(cast, level):
    amend(cast, level)

    assert statuses(level) == ["below_expected"] * 3 + ["met"] * 2
    assert (current(level, "2025-04").revision, current(level, "2025-04").reason) == (2, "agreed in April")
    assert AuditEntry.objects.filter(action="restate").count() == 2


def test_the_old_number_stays_readable_and_both_follow_from_the_record(cast, level):
    amend(cast, level)

    assert Verdict.objects.get(service_level=level, period_label="2025-04", revision=1).status == "below_expected"
    assert verify(Verdict.objects.filter(service_level=level)).differences == ()


def test_terms_do_not_count_what_came_late(cast, level):
    correct(level, APRIL, 99)
    amend(cast, level)

    assert current(level, "2025-04").value == 92


def test_open_periods_are_judged_anew_without_a_reason(cast, level):
    receive(level.feed, [month(date(2025, 6, 1), 92, 100)], at=NOW)
    judge_all(now=NOW)
    amend(cast, level, reason="", effective_on=date(2025, 6, 1))

    assert DirtyCell.objects.filter(service_level=level, starts_on=date(2025, 6, 1)).exists()
    judge_all(now=LATER)
    assert current(level, "2025-06").terms.expected == 91


def test_closed_periods_are_not_cut_otherwise(cast, level):
    with pytest.raises(CannotRestate):
        amend(cast, level, period="quarter")

    assert ServiceLevelTerms.objects.filter(service_level=level).count() == 1


@pytest.mark.parametrize("who", ["brightline-manager", "acme-viewer", "zenith-admin"])
def test_only_the_clients_managers_and_admins_restate_by_terms(cast, level, who):
    with pytest.raises(MayNotRestate):
        amend(cast, level, by=who)

    assert statuses(level) == ["below_expected"] * 5


@pytest.fixture
def file(level, tmp_path):
    """The contract's own terms, with other limits from April on."""
    text = export_terms(level.contract, on=date(2025, 1, 1))
    changed = (
        text.replace("expected: 95", "expected: 91").replace("minimum: 90", "minimum: 85").replace("CC-FCR", "X-OWN")
    )
    lines = [line for line in changed.splitlines() if not line.startswith("effective_on")]
    path = tmp_path / "amended.yaml"
    path.write_text(
        "effective_on: 2025-04-01\namendment: {title: Lower}\n" + without_amendment(lines), encoding="utf-8"
    )
    return str(path)


def without_amendment(lines):
    """A file's lines without the amendment that it was exported with."""
    kept, inside = [], False
    for line in lines:
        inside = line.startswith("amendment:") or (inside and line.startswith(" "))
        if not inside:
            kept.append(line)
    return "\n".join(kept) + "\n"


def load(*arguments):
    said = StringIO()
    call_command("load_terms", *arguments, stdout=said)
    return said.getvalue()


def test_the_command_asks_before_it_restates(level, file):
    said = StringIO()
    with pytest.raises(CommandError, match="--restate"):
        call_command("load_terms", file, stdout=said)

    assert f"restates {level.public_id} 2025-04: 92.0\u00a0% Below expected → 92.0\u00a0% Met" in said.getvalue()
    assert statuses(level) == ["below_expected"] * 5


def test_the_command_restates_with_a_reason(level, file):
    load(file, "--restate", "agreed in April", "--by", "acme-admin@example.com")

    assert statuses(level) == ["below_expected"] * 3 + ["met"] * 2
    assert current(level, "2025-05").restated_by.email == "acme-admin@example.com"


def test_a_dry_run_of_the_command_tells_and_changes_nothing(level, file):
    assert "restates" in load(file, "--dry-run")
    assert statuses(level) == ["below_expected"] * 5
    assert level.terms.count() == 1


def test_loaded_again_nothing_is_restated_again(level, file):
    load(file, "--restate", "agreed in April")

    assert "nothing to change" in load(file)
    assert current(level, "2025-05").closed_at - LATER > timedelta(0)
