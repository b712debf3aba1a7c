"""Sums of fees, invoices, certificates and early warning, written down a second time, by other means."""

from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import ceil, sqrt

from tests.cases.variations import paper, q, share


def anchored(baseline, deadband_pct, base_fee, arc_rate, rrc_rate, actual, method):
    upper, lower = (q(baseline) * (100 + sign * q(deadband_pct)) / 100 for sign in (1, -1))
    change = Fraction(0)
    if not lower <= q(actual) <= upper:
        more = q(actual) > upper
        origin = q(baseline) if method == "baseline" else upper if more else lower
        change = (q(actual) - origin) * q(arc_rate if more else rrc_rate)
    change = max(change, -q(base_fee))
    return {"upper": upper, "lower": lower, "adjustment": paper(change), "fee": paper(base_fee) + paper(change)}


def banded(baseline, actual, base_fee, bands, renegotiate_above_pct=None):
    price = Fraction(0)
    for low, high, rate in bands:
        inside = [q(baseline) * edge / 100 for edge in (low, high)]
        price += max(Fraction(0), min(q(actual), inside[1]) - inside[0]) * q(rate)
    again = renegotiate_above_pct is not None and q(actual) > q(baseline) * q(renegotiate_above_pct) / 100
    return {"adjustment": paper(price), "fee": paper(base_fee) + paper(price), "renegotiate": again}


def tiered(volume, tiers):
    whole, unit_by_unit = Fraction(0), Fraction(0)
    limits = [0, *(q(limit) for limit, _ in tiers[:-1])]
    for place, (limit, rate) in enumerate(tiers):
        reach = q(volume) if limit is None else min(q(volume), q(limit))
        unit_by_unit += max(Fraction(0), reach - limits[place]) * q(rate)
        if q(volume) > limits[place] or place == 0:
            whole = q(volume) * q(rate)
    return {"graduated": paper(unit_by_unit), "all_units": paper(whole)}


def calls(seconds, rate_per_min, increment, min_seconds):
    price = q(rate_per_min) / 60
    stepped = [max(min_seconds, -(-one // increment) * increment) for one in seconds]
    return {
        "aggregate_seconds": paper(sum(seconds) * price),
        "increment_with_minimum": paper(sum(stepped) * price),
        "full_minute_per_call": paper(sum(-(-one // 60) for one in seconds) * q(rate_per_min)),
    }


def indexed(rate, index, sensitivity_pct, cap_pct=None, floor_pct=None):
    years, now = [], q(rate)
    for place in range(1, len(index)):
        percent = (q(index[place]) / q(index[place - 1]) - 1) * q(sensitivity_pct)
        percent = percent if cap_pct is None else min(percent, q(cap_pct))
        percent = percent if floor_pct is None else max(percent, q(floor_pct))
        now += now * percent / 100
        years.append([percent, now])
    return {"years": years}


def currency(base, actual, band_pct, share_pct, exposed_pct, fees):
    move = (q(actual) / q(base) - 1) * 100
    beyond = max(Fraction(0), abs(move) - q(band_pct))
    excess = beyond if move > 0 else -beyond
    percent = -excess * q(share_pct) * q(exposed_pct) / 10_000
    return {
        "move_pct": move,
        "excess_pct": excess,
        "adjustment_pct": percent,
        "adjustment": paper(percent * q(fees) / 100),
    }


def gain(baseline_cost, baseline_volume, actual_volume, actual_cost, vendor_share_pct, threshold_pct=0, cap=None):
    adjusted = q(baseline_cost) / q(baseline_volume) * q(actual_volume)
    saved = adjusted - q(actual_cost)
    above = max(Fraction(0), saved - adjusted * q(threshold_pct) / 100)
    vendor = above * q(vendor_share_pct) / 100
    return {
        "adjusted_baseline": paper(adjusted),
        "savings": paper(saved),
        "excess": paper(above),
        "vendor_gain": paper(vendor if cap is None else min(vendor, q(cap))),
    }


def invoice(tol_abs, tol_pct, credits_due, credits_on_invoice, lines):
    due, billed, found, seen = -paper(credits_due), -paper(credits_on_invoice), [], []
    for line in lines:
        right = paper(q(line["contract_rate"]) * q(line["accepted_qty"])) if line["key"] not in seen else Fraction(0)
        over = paper(line["billed"]) - right
        near = abs(over) <= max(q(tol_abs), right * q(tol_pct) / 100)
        flags = ["duplicate"] if line["key"] in seen else [] if near else ["variance"]
        seen.append(line["key"])
        found.append([line["key"], over, flags])
        due, billed = due + right, billed + paper(line["billed"])
    return {"lines": found, "expected_total": due, "billed_total": billed, "dispute": billed - due}


def certificate(valid_to, today, warn_days, critical_days):
    left = (date.fromisoformat(valid_to) - date.fromisoformat(today)).days
    if left < 0:
        return {"days_left": left, "state": "expired"}
    return {"days_left": left, "state": "critical" if left <= critical_days else "warn" if left <= warn_days else "ok"}


def pace(forecast_total, mtd_n, mtd_good, target):
    need = ceil(q(target) * forecast_total / 100) - mtd_good
    rest = forecast_total - mtd_n
    state = "secured" if need <= 0 else "lost" if need > rest else "open"
    return {"need_good": need, "remaining": rest, "required_rate": share(need, rest), "state": state}


def budget(target, period_volume, mtd_volume, misses, days_elapsed):
    allowed = (100 - q(target)) * period_volume / 100
    left = max(Fraction(0), allowed - misses)
    return {
        "budget": allowed,
        "consumed_pct": share(misses, allowed),
        "burn_rate": share(Fraction(misses, mtd_volume), (100 - q(target)) / 100, 1),
        "days_to_exhaustion": left * days_elapsed / misses if misses else None,
    }


def fast(budget_pct, window_hours, period_hours):
    rate = q(budget_pct) * q(period_hours) / q(window_hours) / 100
    return {"threshold": rate, "exhaust_days": q(period_hours) / rate / 24}


def chart(values, new=()):
    series = [q(value) for value in values]
    moved = [abs(one - other) for one, other in pairwise(series)]
    centre, width = sum(series) / len(series), sum(moved) / len(moved)
    high, low, top = centre + width * 266 / 100, centre - width * 266 / 100, width * 3268 / 1000
    return {
        "mean": centre,
        "mr_bar": width,
        "unpl": high,
        "lnpl": low,
        "url": top,
        "signals_x": [place for place, value in enumerate(series) if value > high or value < low],
        "signals_mr": [place for place, value in enumerate(moved) if value > top],
        "new_is_signal": [q(value) > high or q(value) < low for value in new],
    }


def interval(n, good, z):
    p, z = good / n, float(z)
    middle, reach = p + z * z / 2 / n, z * sqrt(p * (1 - p) / n + (z / 2 / n) ** 2)
    whole = 1 + z * z / n
    return {
        "p": 100 * p,
        "low": round(100 * (middle - reach) / whole, 4),
        "high": round(100 * (middle + reach) / whole, 4),
    }
