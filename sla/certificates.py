"""Dates on which vendors' papers run out: certificates, the cover of audit reports, and notice to end a contract."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sla.periods import add_months


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
    """The last day on which an audit report can be relied on, and whether its bridge letter is longer than usual."""

    covered_to: date
    bridge_too_long: bool


def audit_cover(period_end: date, bridge_months: int = 0, longest_bridge: int = 3) -> AuditCover:
    """Until when an audit report over a period (SOC 2 Type II) can be relied on, with the vendor's bridge letter.

    The report covers until `period_end`; a letter carries that some calendar months further, to the same day of the
    month or its last; negative months are a ValueError. About three months is the most that is accepted.
    """
    if bridge_months < 0:
        raise ValueError("a bridge letter does not reach backwards")
    return AuditCover(add_months(period_end, bridge_months), bridge_months > longest_bridge)


def first_gap(covers: list[tuple[date, date]], start: date, end: date) -> date | None:
    """The first day of [start, end) that none of the covers reaches; each is a first and a last day, both included."""
    day = start
    for first, last in sorted(covers):
        if first > day:
            break
        day = max(day, last + timedelta(days=1))
    return day if day < end else None


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
