"""What a restatement or an excuse would change, as rows of a page."""

from dataclasses import dataclass

from bpo.formatting import show_period
from metrics.models.breaches import Breach
from metrics.services.previews import PreviewedVerdict
from metrics.services.restatement_plans import Move, Restatement, repeat_flag
from metrics.statuses import Sign, sign_of, sign_of_verdict


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
    return [
        *(closed_row(move) for move in restatement.moves),
        *(open_row(preview) for preview in restatement.provisional),
    ]


def closed_row(move: Move) -> MoveRow:
    states = dict(Breach.State.choices)
    before, after = (str(states.get(state, "")) for state in (move.breach_before, move.breach_after))
    repeats = repeat_flag(move.before), repeat_flag(move.after)
    return MoveRow(
        name=show_period(move.after.terms.period, move.after.starts_on, move.after.ends_on, move.after.period_label),
        level_id=move.cell.service_level.public_id,
        label=move.after.period_label,
        before=move.before.display or "–",
        before_sign=sign_of_verdict(move.before),
        after=move.after.display or "–",
        after_sign=sign_of_verdict(move.after),
        breach=arrow(before, after),
        repeats=arrow(*repeats) if repeats[0] != repeats[1] else "",
        is_final=True,
        was_asked=move.was_asked,
    )


def open_row(preview: PreviewedVerdict) -> MoveRow:
    cell, before = preview.cell, preview.before
    period = cell.period
    return MoveRow(
        name=show_period(cell.agreed.terms.period, period.start, period.end, period.label),
        level_id=cell.service_level.public_id,
        label=period.label,
        before=before.display if before and before.display else "–",
        before_sign=sign_of_verdict(before) if before else None,
        after=preview.display or "–",
        after_sign=sign_of(preview.status, is_final=False),
    )


def arrow(before: str, after: str) -> str:
    """ "Found → No longer a breach"; one text where both are the same."""
    if before == after:
        return before
    return f"{before or '–'} → {after or '–'}"
