"""What an open period can still bear: misses left and the rate that the rest needs, from the verdict's own counts."""

from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bpo.formatting import show_count, show_value
from contracts.models.service_levels import ServiceLevelTerms
from contracts.terms import limits_of, measure_of
from metrics.models.verdicts import Verdict
from sla.metrics.feeds import Aggregation
from sla.metrics.measure import SHARES
from sla.outlook import Forecast, Prospect, Room, misses, room_left
from sla.periods import local_day
from sla.tallies import Tally
from sla.verdicts import OPEN


@dataclass(frozen=True)
class RoomLeft:
    """Misses that an open period can still bear, at the volume that its pace leads to."""

    room: Room
    so_far: int
    volume: Fraction
    unit: str
    decimals: int

    @property
    def allowed(self) -> int:
        return self.room.misses_left + self.so_far

    @property
    def text(self) -> str:
        """ "55 of 150", or by how much it is over."""
        if self.room.misses_left < 0:
            return _("over by %(n)s") % {"n": self._counted(-self.room.misses_left)}
        said = {"left": show_count(self.room.misses_left), "allowed": self._counted(self.allowed)}
        return _("%(left)s of %(allowed)s") % said

    @property
    def pace(self) -> str:
        """The volume that is reckoned with; a forecast, and said to be one."""
        return _("if the period ends with %(volume)s, at the current rate") % {
            "volume": self._counted(self.volume.__round__())
        }

    @property
    def needed(self) -> str:
        """The share of good cases that the rest must have; nothing where that is certain either way."""
        rate = self.room.run_rate
        if rate.required_rate is None or rate.prospect is not Prospect.OPEN:
            return ""
        return show_value(rate.required_rate, unit="%", decimals=self.decimals)

    def _counted(self, number: int) -> str:
        return f"{show_count(number)} {self.unit}".strip()


def room_of(verdict: Verdict | None, terms: ServiceLevelTerms | None, zone: str) -> RoomLeft | None:
    """The room that an open share of cases has until its least level; None where no misses can be counted."""
    if verdict is None or terms is None or verdict.status not in OPEN or not verdict.denominator:
        return None
    try:
        measure, limits = measure_of(terms), limits_of(terms)
    except ValueError:
        return None
    if measure.aggregation not in SHARES or verdict.numerator is None or limits.low_volume.looks_back():
        return None
    tally = Tally.of(verdict.numerator, verdict.denominator, verdict.cases)
    volume = tally.denominator / share_over(verdict, ZoneInfo(zone))
    room = room_left(limits, tally, measure.scale, Forecast(volume))
    if room is None:
        return None
    unit = _("min") if measure.aggregation is Aggregation.AVAILABILITY else ""
    return RoomLeft(room, misses(limits.direction, tally).__floor__(), volume, unit, terms.decimals)


def share_over(verdict: Verdict, zone: ZoneInfo) -> Fraction:
    """The share of the period's days that were over when it was judged; on its first day, that day."""
    length = (verdict.ends_on - verdict.starts_on).days
    over = (local_day(verdict.judged_at, zone) - verdict.starts_on).days
    return Fraction(min(max(over, 1), length), length)
