"""Dates on which vendors' papers run out: certificates, the cover of audit reports, and notice to end a contract."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class CertificateState(StrEnum):
    """How much life a certificate has left."""

    NOT_YET = "not_yet"
    OK = "ok"
    WARN = "warn"
    CRITICAL = "critical"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The days on which a certificate is valid, first and last included; no first day means that it never mattered.

    `warn_days` and `critical_days` before its last day it changes state, the boundary day included; critical is not
    earlier than warning (ValueError). ISO 27001 runs three years, a PCI DSS attestation one.
    """

    valid_to: date
    valid_from: date | None = None
    warn_days: int = 90
    critical_days: int = 30

    def __post_init__(self) -> None:
        if self.valid_from is not None and self.valid_from > self.valid_to:
            raise ValueError("a certificate must not end before it begins")
        if not 0 <= self.critical_days <= self.warn_days:
            raise ValueError("a certificate becomes critical no earlier than it warns, and both before it ends")

    def days_left(self, today: date) -> int:
        """Days until its last valid day: 0 on that day, below zero after it."""
        return (self.valid_to - today).days

    def state(self, today: date) -> CertificateState:
        """Its state on a day."""
        left = self.days_left(today)
        if self.valid_from is not None and today < self.valid_from:
            return CertificateState.NOT_YET
        if left < 0:
            return CertificateState.EXPIRED
        if left <= self.critical_days:
            return CertificateState.CRITICAL
        return CertificateState.WARN if left <= self.warn_days else CertificateState.OK


@dataclass(frozen=True, slots=True)
class AuditCover:
    """Until when an audit report over a period (SOC 2 Type II) can be relied on, with the vendor's bridge letter.

    The report covers until `period_end`; a letter carries that some calendar months further, to the same day of the
    month or its last. About three months is the most that is accepted, so `bridge_too_long` warns of more.
    """

    period_end: date
    bridge_months: int = 0
    longest_bridge: int = 3

    def __post_init__(self) -> None:
        if self.bridge_months < 0:
            raise ValueError("a bridge letter does not reach backwards")

    @property
    def covered_to(self) -> date:
        """The last day covered."""
        return add_months(self.period_end, self.bridge_months)

    @property
    def bridge_too_long(self) -> bool:
        """Whether the letter bridges more months than are usually accepted."""
        return self.bridge_months > self.longest_bridge

    def has_gap(self, on: date) -> bool:
        """Whether a day lies after the cover."""
        return on > self.covered_to


def first_gap(covers: list[tuple[date, date]], start: date, end: date) -> date | None:
    """The first day of [start, end) that none of the covers reaches; each is a first and a last day, both included."""
    day = start
    for first, last in sorted(covers):
        if first > day:
            break
        day = max(day, last + timedelta(days=1))
    return day if day < end else None


def add_months(day: date, months: int) -> date:
    """The same day so many calendar months on (negative: back), or the month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def latest_notice_date(expiry: date, *, days: int = 0, months: int = 0) -> date:
    """The last day on which notice may be given to end at the expiry: months counted back first, then days.

    Days and months are different units: 60 days before 31 December is 1 November, two months before it 31 October.
    A month too short for the day gives its last day. Both must be zero or more (ValueError).
    """
    if days < 0 or months < 0:
        raise ValueError("notice is given before the expiry, not after it")
    return add_months(expiry, -months) - timedelta(days=days)


def notice_alerts(last_day: date, lead_days: tuple[int, ...] = (180, 120, 90, 60, 30)) -> tuple[date, ...]:
    """The days on which the owner of a contract is reminded of its latest notice date, earliest first."""
    return tuple(last_day - timedelta(days=lead) for lead in sorted(lead_days, reverse=True))
