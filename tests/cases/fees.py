"""Cases about fees, invoices, certificates and notice.

Amounts are given with two decimals, percentages, rates and indices with four unless a file shows more.
"""

from dataclasses import dataclass
from datetime import date

from sla.certificates import Certificate, CertificateState, audit_cover, latest_notice_date
from sla.fees.adjustments import CurrencyBand, GainShare, Indexation, minimum_commitment
from sla.fees.flat import delivered_fee
from sla.fees.invoices import InvoiceLine, Tolerance, check_invoice, undisputed
from sla.fees.resources import ArcBand, BandedArc, CountedFrom, Deadband
from sla.fees.usage import FULL_MINUTES, CallRounding, VolumeTiers, minutes_fee, unit_fee
from sla.money import Number
from tests.cases.comparison import AnyOf, printed
from tests.cases.kinds import Outputs, kind

STATE_WORDS = {
    CertificateState.OK: AnyOf("ok", "valid", "green"),
    CertificateState.WARN: AnyOf("warn", "warning", "amber"),
    CertificateState.CRITICAL: AnyOf("critical", "red"),
    CertificateState.EXPIRED: AnyOf("expired"),
}


@kind
def arc_rrc(
    baseline: Number,
    deadband_pct: Number,
    base_fee: Number,
    arc_rate: Number,
    rrc_rate: Number,
    actual: Number,
    method: CountedFrom,
) -> Outputs:
    deadband = Deadband(
        baseline=baseline,
        percent=deadband_pct,
        base_fee=base_fee,
        arc_rate=arc_rate,
        rrc_rate=rrc_rate,
        counted_from=method,
    )
    bill = deadband.bill(actual)
    return {
        "upper": printed(deadband.upper),
        "lower": printed(deadband.lower),
        "adjustment": bill.adjustment,
        "fee": bill.fee,
    }


@kind
def arc_banded(
    baseline: Number,
    actual: Number,
    base_fee: Number,
    bands: list[tuple[Number, Number, Number]],
    renegotiate_above_pct: Number | None = None,
) -> Outputs:
    arc = BandedArc(baseline, base_fee, tuple(ArcBand(*band) for band in bands), renegotiate_above_pct)
    bill = arc.bill(actual)
    return {"adjustment": bill.adjustment, "fee": bill.fee, "renegotiate": arc.renegotiates(actual)}


@kind
def tiered(volume: Number, tiers: list[tuple[Number | None, Number]]) -> Outputs:
    prices = VolumeTiers(tuple(tiers))
    return {"graduated": prices.graduated(volume), "all_units": prices.all_units(volume)}


@kind
def minutes_billing(seconds: list[int], rate_per_min: Number, increment: int, min_seconds: int) -> Outputs:
    return {
        "aggregate_seconds": minutes_fee(seconds, rate_per_min),
        "increment_with_minimum": minutes_fee(seconds, rate_per_min, CallRounding(increment, min_seconds)),
        "full_minute_per_call": minutes_fee(seconds, rate_per_min, FULL_MINUTES),
    }


@kind
def cola(
    rate: Number,
    index: list[Number],
    sensitivity_pct: Number,
    cap_pct: Number | None = None,
    floor_pct: Number | None = None,
) -> Outputs:
    years = Indexation(sensitivity_pct, cap_pct, floor_pct).years(rate, index)
    return {"years": [[printed(year.percent), printed(year.rate)] for year in years]}


@kind
def fx(base: Number, actual: Number, band_pct: Number, share_pct: Number, exposed_pct: Number, fees: Number) -> Outputs:
    move = CurrencyBand(base, band_pct, share_pct, exposed_pct).move(actual, fees)
    return {
        "move_pct": printed(move.percent),
        "excess_pct": printed(move.excess),
        "adjustment_pct": printed(move.adjustment_percent),
        "adjustment": move.adjustment,
    }


@kind
def min_commit(minimum: Number, counted: Number, pct: Number = 100) -> Outputs:
    short = minimum_commitment(minimum, counted, pct)
    return {"shortfall": short.shortfall, "payment": short.payment}


@kind
def gainshare(
    baseline_cost: Number,
    baseline_volume: Number,
    actual_volume: Number,
    actual_cost: Number,
    vendor_share_pct: Number,
    threshold_pct: Number = 0,
    cap: Number | None = None,
) -> Outputs:
    rule = GainShare(
        baseline_cost=baseline_cost,
        baseline_volume=baseline_volume,
        vendor_share=vendor_share_pct,
        threshold=threshold_pct,
        cap=cap,
    )
    gain = rule.gain(actual_cost, actual_volume)
    return {
        "adjusted_baseline": gain.adjusted_baseline,
        "savings": gain.savings,
        "excess": gain.shared,
        "vendor_gain": gain.vendor,
    }


@kind
def fte_fee(fte: Number, rate: Number, delivered_hours: Number, contracted_hours: Number) -> Outputs:
    by_hours = delivered_fee(fte, rate, delivered_hours=delivered_hours, contracted_hours=contracted_hours)
    return {"by_hours": by_hours, "flat": unit_fee(fte, rate)}


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of an invoice; one without a rate is not in the contract."""

    key: str
    accepted_qty: Number
    billed: Number
    contract_rate: Number | None = None


@kind
def invoice_check(
    tol_abs: Number, tol_pct: Number, credits_due: Number, credits_on_invoice: Number, lines: list[BilledLine]
) -> Outputs:
    checked = check_invoice(
        [InvoiceLine(line.key, line.contract_rate, line.accepted_qty, line.billed) for line in lines],
        tolerance=Tolerance(tol_abs, tol_pct),
        credits_due=credits_due,
        credits_billed=credits_on_invoice,
    )
    return {
        "lines": [[line.key, line.difference, [flag.value for flag in line.flags]] for line in checked.lines],
        "expected_total": checked.due,
        "billed_total": checked.billed,
        "dispute": checked.dispute,
    }


@kind
def simple_invoice(invoice: Number, disputed: Number) -> Outputs:
    payment = undisputed(invoice, disputed)
    return {"pay_now": payment.pay_now, "withhold": payment.withhold}


@kind
def cert(valid_to: date, today: date, warn_days: int, critical_days: int) -> Outputs:
    certificate = Certificate(valid_to, warn_days=warn_days, critical_days=critical_days)
    return {"days_left": certificate.days_left(today), "state": STATE_WORDS[certificate.state(today)]}


@kind
def soc_gap(period_end: date, bridge_months: int, today: date) -> Outputs:
    covered_to = audit_cover(period_end, bridge_months).covered_to
    return {"covered_to": covered_to.isoformat(), "gap": today > covered_to}


@kind
def notice_date(expiry: date, days: int = 0, months: int = 0) -> Outputs:
    return {"latest_notice_date": latest_notice_date(expiry, days=days, months=months).isoformat()}
