"""Cases about fees, invoices, certificates and notice, translated into calls of the engine and back.

Amounts are given with two decimals, percentages, rates and indices with four unless a file shows more.
"""

from datetime import date
from typing import Any

from sla.cases.printing import AnyOf, printed
from sla.cases.registry import Inputs, adapter
from sla.certificates import AuditCover, Certificate, CertificateState, latest_notice_date
from sla.fees.adjustments import CurrencyBand, GainShare, Indexation, minimum_commitment
from sla.fees.flat import delivered_fee, people_fee
from sla.fees.invoices import InvoiceLine, Tolerance, check_invoice, undisputed
from sla.fees.resources import ArcBand, BandedArc, CountedFrom, Deadband
from sla.fees.usage import FULL_MINUTES, CallRounding, VolumeTiers, minutes_fee

Outputs = dict[str, Any]


@adapter("arc_rrc")
def arc_rrc(inputs: Inputs) -> Outputs:
    deadband = Deadband(
        baseline=inputs["baseline"],
        percent=inputs["deadband_pct"],
        base_fee=inputs["base_fee"],
        arc_rate=inputs["arc_rate"],
        rrc_rate=inputs["rrc_rate"],
        counted_from=CountedFrom(inputs["method"]),
    )
    bill = deadband.bill(inputs["actual"])
    return {
        "upper": printed(deadband.upper),
        "lower": printed(deadband.lower),
        "adjustment": bill.adjustment,
        "fee": bill.fee,
    }


@adapter("arc_banded")
def arc_banded(inputs: Inputs) -> Outputs:
    bands = tuple(ArcBand(*band) for band in inputs["bands"])
    arc = BandedArc(inputs["baseline"], inputs["base_fee"], bands, inputs.get("renegotiate_above_pct"))
    bill = arc.bill(inputs["actual"])
    return {"adjustment": bill.adjustment, "fee": bill.fee, "renegotiate": arc.renegotiates(inputs["actual"])}


@adapter("tiered")
def tiered(inputs: Inputs) -> Outputs:
    prices = VolumeTiers(tuple((limit, price) for limit, price in inputs["tiers"]))
    return {"graduated": prices.graduated(inputs["volume"]), "all_units": prices.all_units(inputs["volume"])}


@adapter("minutes_billing")
def minutes_billing(inputs: Inputs) -> Outputs:
    calls, price = inputs["seconds"], inputs["rate_per_min"]
    stepped = CallRounding(inputs["increment"], inputs["min_seconds"])
    return {
        "aggregate_seconds": minutes_fee(calls, price),
        "increment_with_minimum": minutes_fee(calls, price, stepped),
        "full_minute_per_call": minutes_fee(calls, price, FULL_MINUTES),
    }


@adapter("cola")
def cola(inputs: Inputs) -> Outputs:
    rule = Indexation(inputs["sensitivity_pct"], inputs.get("cap_pct"), inputs.get("floor_pct"))
    years = rule.years(inputs["rate"], inputs["index"])
    return {"years": [[printed(year.percent), printed(year.rate)] for year in years]}


@adapter("fx")
def fx(inputs: Inputs) -> Outputs:
    band = CurrencyBand(inputs["base"], inputs["band_pct"], inputs["share_pct"], inputs["exposed_pct"])
    move = band.move(inputs["actual"], inputs["fees"])
    return {
        "move_pct": printed(move.percent),
        "excess_pct": printed(move.excess),
        "adjustment_pct": printed(move.adjustment_percent),
        "adjustment": move.adjustment,
    }


@adapter("min_commit")
def min_commit(inputs: Inputs) -> Outputs:
    short = minimum_commitment(inputs["minimum"], inputs["counted"], inputs.get("pct", 100))
    return {"shortfall": short.shortfall, "payment": short.payment}


@adapter("gainshare")
def gainshare(inputs: Inputs) -> Outputs:
    rule = GainShare(
        baseline_cost=inputs["baseline_cost"],
        baseline_volume=inputs["baseline_volume"],
        vendor_share=inputs["vendor_share_pct"],
        threshold=inputs.get("threshold_pct", 0),
        cap=inputs.get("cap"),
    )
    gain = rule.gain(inputs["actual_cost"], inputs["actual_volume"])
    return {
        "adjusted_baseline": gain.adjusted_baseline,
        "savings": gain.savings,
        "excess": gain.shared,
        "vendor_gain": gain.vendor,
    }


@adapter("fte_fee")
def fte_fee(inputs: Inputs) -> Outputs:
    people, price = inputs["fte"], inputs["rate"]
    delivered, contracted = inputs["delivered_hours"], inputs["contracted_hours"]
    return {
        "by_hours": delivered_fee(people, price, delivered_hours=delivered, contracted_hours=contracted),
        "flat": people_fee(people, price),
    }


@adapter("invoice_check")
def invoice_check(inputs: Inputs) -> Outputs:
    lines = [
        InvoiceLine(line["key"], line.get("contract_rate"), line["accepted_qty"], line["billed"])
        for line in inputs["lines"]
    ]
    checked = check_invoice(
        lines,
        tolerance=Tolerance(inputs["tol_abs"], inputs["tol_pct"]),
        credits_due=inputs["credits_due"],
        credits_billed=inputs["credits_on_invoice"],
    )
    return {
        "lines": [[line.key, line.difference, [flag.value for flag in line.flags]] for line in checked.lines],
        "expected_total": checked.due,
        "billed_total": checked.billed,
        "dispute": checked.dispute,
    }


@adapter("simple_invoice")
def simple_invoice(inputs: Inputs) -> Outputs:
    payment = undisputed(inputs["invoice"], inputs["disputed"])
    return {"pay_now": payment.pay_now, "withhold": payment.withhold}


STATE_WORDS = {
    CertificateState.OK: AnyOf("ok", "valid", "green"),
    CertificateState.WARN: AnyOf("warn", "warning", "amber"),
    CertificateState.CRITICAL: AnyOf("critical", "red"),
    CertificateState.EXPIRED: AnyOf("expired"),
}


@adapter("cert")
def cert(inputs: Inputs) -> Outputs:
    today = date.fromisoformat(inputs["today"])
    certificate = Certificate(
        date.fromisoformat(inputs["valid_to"]),
        warn_days=inputs["warn_days"],
        critical_days=inputs["critical_days"],
    )
    return {"days_left": certificate.days_left(today), "state": STATE_WORDS[certificate.state(today)]}


@adapter("soc_gap")
def soc_gap(inputs: Inputs) -> Outputs:
    cover = AuditCover(date.fromisoformat(inputs["period_end"]), inputs["bridge_months"])
    today = date.fromisoformat(inputs["today"])
    return {"covered_to": cover.covered_to.isoformat(), "gap": cover.has_gap(today)}


@adapter("notice_date")
def notice_date(inputs: Inputs) -> Outputs:
    expiry = date.fromisoformat(inputs["expiry"])
    latest = latest_notice_date(expiry, days=inputs.get("days", 0), months=inputs.get("months", 0))
    return {"latest_notice_date": latest.isoformat()}
