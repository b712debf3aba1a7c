"""A contract's lines with their limits and prices in print."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from bpo.formatting import show_count, show_money, show_value, with_unit
from contracts.limits import expected_text, minimum_text
from contracts.models.agreements import Fee
from contracts.models.service_levels import ServiceLevel, ServiceLevelTerms
from contracts.selectors import ContractPicture


@dataclass(frozen=True)
class ContractLevelRow:
    """A service level with the terms in force on the day; none where it is not promised then."""

    level: ServiceLevel
    terms: ServiceLevelTerms | None

    @property
    def expected(self) -> str:
        return expected_text(self.terms)

    @property
    def minimum(self) -> str:
        return minimum_text(self.terms)

    @property
    def weight(self) -> str:
        if self.terms is None or self.terms.weight is None:
            return ""
        return show_value(self.terms.weight, unit="%", decimals=0)


@dataclass(frozen=True)
class FeeRow:
    """A price with every tier on a line of its own."""

    fee: Fee
    currency: str

    @property
    def last_day(self) -> date | None:
        return self.fee.ends_on - timedelta(days=1) if self.fee.ends_on else None

    @property
    def prices(self) -> list[str]:
        per = _("per %(unit)s") % {"unit": self.fee.get_unit_display()}
        if self.fee.kind != Fee.Kind.TIERED:
            return [f"{self.rate(self.fee.amount or Decimal(0))} {per}"]
        lines = []
        for up_to, rate in self.fee.tiers:
            reach = _("beyond") if up_to is None else _("up to %(count)s") % {"count": show_count(Decimal(up_to))}
            lines.append(f"{reach}: {self.rate(Decimal(rate))} {per}")
        return lines

    def rate(self, amount: Decimal) -> str:
        """A rate in full: a price of a tenth of a cent is not rounded away."""
        if amount * 100 == (amount * 100).to_integral_value():
            return show_money(amount, self.currency)
        return with_unit(self.currency, show_count(amount))


def level_lines(picture: ContractPicture) -> list[ContractLevelRow]:
    return [ContractLevelRow(line.service_level, line.terms) for line in picture.levels]


def fee_lines(picture: ContractPicture) -> list[FeeRow]:
    return [FeeRow(fee, picture.contract.currency) for fee in picture.fees]
