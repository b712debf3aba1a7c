"""A vendor's weighted attainment, and the premium or discount that follows from it (F11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sla.credits.credit import Account, Credit, LineKind
from sla.money import HUNDRED, ZERO, Number, amount_text, exact, not_negative, plain, positive, share_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One service level on a scorecard: its weight (0 or more), value and target (both above zero, one unit).

    A value of None is a period without volume; the entry then leaves the scorecard and the others carry it.
    """

    code: str
    weight: Number
    actual: Number | None
    target: Number
    higher_is_better: bool = True

    def __post_init__(self) -> None:
        not_negative(self.weight, "a weight")
        positive(self.target, "a target")

    def attainment(self, most: Number | None = None) -> Fraction | None:
        """Attained in percent of the target, at most `most`; where lower is better, target over value.

        A value of zero where lower is better is better than any percentage can say: it needs `most`, or is refused.
        """
        if self.actual is None:
            return None
        actual, target = not_negative(self.actual, "a value"), exact(self.target)
        if not self.higher_is_better and actual == 0:
            if most is None:
                raise ValueError("a value of zero has no attainment unless attainment has an upper limit")
            return exact(most)
        reached = HUNDRED * (actual / target if self.higher_is_better else target / actual)
        return reached if most is None else min(reached, exact(most))


@dataclass(frozen=True, slots=True)
class ScoreBand:
    """From this score on (None: from anywhere) so many percent of the fees: above zero a premium, below a discount."""

    floor: Number | None
    percent: Number


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Weighted attainment and its bands, best first, half-open by their floors; the last band has no floor.

    `attainment_cap` is the most that one service level may bring, in percent (None: no limit), so that one excess
    does not hide a failure elsewhere. Source: STI/AT&T, a premium where the level is exceeded, a discount where missed.
    """

    bands: tuple[ScoreBand, ...]
    attainment_cap: Number | None = None

    def __post_init__(self) -> None:
        if not self.bands or self.bands[-1].floor is not None:
            raise ValueError("the last band of a scorecard has no floor")
        floors = [exact(band.floor) for band in self.bands[:-1] if band.floor is not None]
        percents = [exact(band.percent) for band in self.bands]
        if len(floors) < len(self.bands) - 1 or floors != sorted(set(floors), reverse=True):
            raise ValueError("the floors of a scorecard's bands must be given and fall from band to band")
        if percents != sorted(percents, reverse=True):
            raise ValueError("a lower score must not bring a better percentage")

    def score(self, entries: Sequence[Entry]) -> Fraction | None:
        """The weighted mean of the attainments in percent; None where nothing that weighs was measured."""
        counted = [(exact(entry.weight), entry.attainment(self.attainment_cap)) for entry in entries]
        weight = sum((share for share, reached in counted if reached is not None), ZERO)
        if weight == 0:
            return None
        return sum((share * reached for share, reached in counted if reached is not None), ZERO) / weight

    def percent(self, score: Number) -> Fraction:
        """What the score brings, in percent of the fees."""
        reached = exact(score)
        inside = (band for band in self.bands[:-1] if band.floor is not None and reached >= exact(band.floor))
        return exact(next(inside, self.bands[-1]).percent)

    def credit(self, entries: Sequence[Entry], fees: Number, *, places: int = 2) -> Credit:
        """The discount as a credit, the premium as a negative one; nothing measured brings nothing."""
        account, score = Account(places), self.score(entries)
        if score is not None:
            percent, amount = self.percent(score), not_negative(fees, "fees")
            kind = LineKind.PREMIUM if percent > 0 else LineKind.CREDIT
            working = f"score {plain(score)} %: {plain(percent)} % × {amount_text(amount, places)}"
            account.add(kind, "", -share_of(percent) * amount, working)
        return account.close()
