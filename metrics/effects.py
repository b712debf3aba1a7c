"""What a restatement or an excuse would change, as rows of a page."""

from dataclasses import dataclass, replace
from datetime import datetime

from bpo.formatting import show_period
from metrics.models.breaches import Breach
from metrics.models.verdicts import Verdict
from metrics.services.restatement_plans import Restatement, repeat_flag
from metrics.statuses import Sign, sign_of_verdict
from metrics.timelines import Cell


@dataclass(frozen=True)
class MoveRow:
    """One period before and after."""

    name: str
    level_id: str
    label: str
    before: str
    before_sign: Sign | None
    after: str
    after_sign: Sign | None
    verdict_before: Verdict | None
    verdict_after: Verdict
    breach: str = ""
    repeats: str = ""
    is_final: bool = False
    was_asked: bool = True

    @property
    def changes(self) -> bool:
        """Whether a number that counts is another one, printed alike or not, or the status, or a clause reached."""
        moves = self.verdict_before is None or self.verdict_before.numbers != self.verdict_after.numbers
        return moves or self.before_sign != self.after_sign or bool(self.repeats)


def move_rows(restatement: Restatement, *, now: datetime) -> list[MoveRow]:
    """Closed periods first, then the open ones that follow."""
    rows = []
    states = dict(Breach.State.choices)
    for move in restatement.moves:
        row = move_row(move.cell, move.before, move.after)
        breaches = [str(states.get(state, "")) for state in (move.breach_before, move.breach_after)]
        repeats = repeat_flag(move.before), repeat_flag(move.after)
        repeated = arrow(*repeats) if repeats[0] != repeats[1] else ""
        rows.append(replace(row, breach=arrow(*breaches), repeats=repeated, is_final=True, was_asked=move.was_asked))
    rows += [move_row(preview.cell, preview.before, preview.as_verdict(now)) for preview in restatement.provisional]
    return rows


def move_row(cell: Cell, before: Verdict | None, after: Verdict) -> MoveRow:
    period = cell.period
    return MoveRow(
        name=show_period(cell.agreed.terms.period, period.start, period.end, period.label),
        level_id=cell.service_level.public_id,
        label=period.label,
        before=before.display if before and before.display else "–",
        before_sign=sign_of_verdict(before),
        after=after.display or "–",
        after_sign=sign_of_verdict(after),
        verdict_before=before,
        verdict_after=after,
    )


def arrow(before: str, after: str) -> str:
    """ "Found → No longer a breach"; one text where both are the same."""
    if before == after:
        return before
    return f"{before or '–'} → {after or '–'}"
