"""What a restatement or an excuse would change, as rows of a page."""

from dataclasses import dataclass, replace

from bpo.formatting import show_period
from metrics.models.breaches import Breach
from metrics.models.verdicts import Verdict
from metrics.services.restatement_plans import Restatement, repeat_flag
from metrics.statuses import Sign, sign_of, sign_of_verdict
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
    breach: str = ""
    repeats: str = ""
    is_final: bool = False
    was_asked: bool = True

    @property
    def changes(self) -> bool:
        return (self.before, self.before_sign) != (self.after, self.after_sign) or bool(self.repeats)


def move_rows(restatement: Restatement) -> list[MoveRow]:
    """Closed periods first, then the open ones that follow."""
    rows = []
    states = dict(Breach.State.choices)
    for move in restatement.moves:
        row = move_row(move.cell, move.before, move.after.display, sign_of_verdict(move.after))
        breaches = [str(states.get(state, "")) for state in (move.breach_before, move.breach_after)]
        repeats = repeat_flag(move.before), repeat_flag(move.after)
        repeated = arrow(*repeats) if repeats[0] != repeats[1] else ""
        rows.append(replace(row, breach=arrow(*breaches), repeats=repeated, is_final=True, was_asked=move.was_asked))
    for preview in restatement.provisional:
        sign = sign_of(preview.status, is_final=False)
        rows.append(move_row(preview.cell, preview.before, preview.display, sign))
    return rows


def move_row(cell: Cell, before: Verdict | None, after: str, sign: Sign | None) -> MoveRow:
    period = cell.period
    return MoveRow(
        name=show_period(cell.agreed.terms.period, period.start, period.end, period.label),
        level_id=cell.service_level.public_id,
        label=period.label,
        before=before.display if before and before.display else "–",
        before_sign=sign_of_verdict(before),
        after=after or "–",
        after_sign=sign,
    )


def arrow(before: str, after: str) -> str:
    """ "Found → No longer a breach"; one text where both are the same."""
    if before == after:
        return before
    return f"{before or '–'} → {after or '–'}"
