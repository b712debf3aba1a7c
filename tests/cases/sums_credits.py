"""Sums of credits, written down a second time, by other means than the engine's."""

from fractions import Fraction

from tests.cases.variations import paper, q, share

BANDS = [[99, 0, "target"], [98, 1, "minor"], [97, 2, "serious"], [96, 3, "severe"], [None, 4, "threshold"]]


def pool(invoice, at_risk_pct, failures):
    risk = q(invoice) * q(at_risk_pct) / 100
    lines = [risk * q(one["pool_pct"]) * q(one["alloc_pct"]) / 10_000 for one in failures]
    whole = sum(lines, Fraction(0))
    return {"at_risk_amount": risk, "credits_uncapped": paper(whole), "credits_payable": paper(min(whole, risk))}


def weights(invoice, at_risk_pct, failed_weights):
    risk = q(invoice) * q(at_risk_pct) / 100
    whole = risk * sum(map(q, failed_weights)) / 100
    return {"at_risk": risk, "uncapped": paper(whole), "payable": paper(min(whole, risk))}


def vita(fees, excluded, at_risk_pct, max_alloc_pct, allocs):
    base = q(fees) - sum(map(q, excluded))
    risk = base * q(at_risk_pct) / 100
    valid = all(q(one) <= q(max_alloc_pct) for one in allocs)
    credit = min(risk, risk * sum(map(q, allocs)) / 100)
    return {"base": base, "at_risk": risk, "alloc_valid": valid, "credits": paper(credit) if valid else None}


def points(series, bands):
    found, before = [], False
    for value in series:
        floor = next(band for band in bands if band[0] is None or value >= band[0])
        found.append((floor[1] * 2 if before else floor[1], floor[2]))
        before = floor[1] > 0
    return {"points": [one for one, _ in found], "bands": [name for _, name in found]}


def points_money(tsp, x_pct, ac, cap_pct, charges_trailing_12m, credits_prior_in_window):
    whole = q(tsp) * q(x_pct) * q(ac) / 100
    cap = q(cap_pct) * q(charges_trailing_12m) / 100
    left = max(Fraction(0), cap - q(credits_prior_in_window))
    return {
        "credit_uncapped": paper(whole),
        "cap": cap,
        "credit_payable": paper(min(whole, left)),
        "cap_met_or_exceeded": whole >= left,
    }


def linear(target, actual, pct_per_pp, charges, cap_pct=100, whole_pp=False, direction="higher"):
    short = q(target) - q(actual) if direction == "higher" else q(actual) - q(target)
    short = max(Fraction(0), Fraction(short // 1) if whole_pp else short)
    percent = min(short * q(pct_per_pp), q(cap_pct))
    return {"credit_pct": percent, "credit": paper(percent * q(charges) / 100)}


def full_steps(actual, threshold, above, pct_per_step, fees):
    steps = int(q(threshold + above) - q(actual)) if actual < threshold else 0
    percent = min(q(pct_per_step) * steps, 100)
    return {"steps": steps, "credit_pct": percent, "credit": paper(percent * q(fees) / 100)}


def tiers(tiers, bill, minutes, downtime, min_credit_exclusive=0):
    value = 100 - q(downtime) * 100 / q(minutes)
    percent = Fraction(0)
    for edge, credit in tiers:
        percent = q(credit) if value < q(edge) else percent
    credit = percent * q(bill) / 100
    issued = credit > q(min_credit_exclusive)
    return {"uptime": value, "credit_pct": percent, "credit": paper(credit) if issued else 0}


def steps_of_points(points, table):
    ordered = sorted(table, reverse=True)
    return {"credit_pct": [next((credit for floor, credit in ordered if one >= floor), 0) for one in points]}


def many_tiers(uptimes, tiers):
    return {"credit_pct": [max([p for edge, p in tiers if value < edge], default=0) for value in uptimes]}


def ladder(base, fail, multipliers):
    credits, run = [], 0
    for mark in fail:
        run = (run + 1) * mark
        credits.append(paper(q(base) * q(multipliers[min(run, len(multipliers)) - 1])) if run else 0)
    return {"credits": credits}


def standing(fail, after, discount_pct):
    return {
        "discount_pct": [
            discount_pct if n + 1 >= after and all(fail[n + 1 - after : n + 1]) else 0 for n in range(len(fail))
        ]
    }


def late(days_late, per_day, cap=None):
    credit = max(0, days_late) * q(per_day)
    return {"credit": paper(credit if cap is None else min(credit, q(cap)))}


def persistent(failures, per, pct, annual_fees):
    blocks = failures // per
    return {"blocks": blocks, "credit": paper(q(annual_fees) * q(pct) * blocks / 100)}


def free(credits, free):
    ordered = sorted(map(q, credits))
    return {
        "payable_if_lowest_excused": paper(sum(ordered[free:])),
        "payable_if_highest_excused": paper(sum(ordered[: max(0, len(ordered) - free)])),
    }


def two_levels(series, window, n):
    marks = [mark == "E" for mark in series]
    full = [sum(marks[max(0, place - window + 1) : place + 1]) >= n for place in range(len(series))]
    words = {"M": lambda _: "", "X": lambda _: "minimum", "E": lambda place: "expected" if full[place] else ""}
    return {"defaults": [words[mark](place) for place, mark in enumerate(series)]}


def failures_in_window(fail, window, n):
    ends = range(1, len(fail) + 1)
    return {"trigger_months": [e for e in ends if fail[e - 1] and sum(fail[max(0, e - window) : e]) >= n]}


def points_in_window(series, window, threshold):
    ends = range(1, len(series) + 1)
    return {"trigger_months": [e for e in ends if sum(map(q, series[max(0, e - window) : e])) >= q(threshold)]}


def averages(values, window, below):
    means = [sum(map(q, values[e - window : e])) / window for e in range(window, len(values) + 1)]
    return {"averages": means, "event": [mean < q(below) for mean in means]}


def clean_run(credit, share_pct, months, met_after_failure):
    text = "".join(map(str, met_after_failure))
    found = text.find("1" * months)
    won = found >= 0
    amount = paper(q(credit) * q(share_pct) / 100) if won else 0
    return {"earned": won, "month": found + months if won else None, "amount": amount}


def year(rows, expected):
    values = [q(good) * 100 / volume for good, volume in rows]
    simple = sum(values) / len(values)
    weighted = share(sum(good for good, _ in rows), sum(volume for _, volume in rows))
    return {
        "simple_mean": simple,
        "earned_simple": simple >= q(expected),
        "weighted": weighted,
        "earned_weighted": weighted >= q(expected),
    }


def halfway(current, values):
    applies = len(values) >= 12 and min(map(q, values[-12:])) > q(current)
    mean = sum(map(q, values[-12:])) / 12
    return {"applies": applies, "new": (q(current) + mean) / 2 if applies else q(current)}


def capped(current, candidate, cap_pct_of_gap):
    top = q(current) + (100 - q(current)) * q(cap_pct_of_gap) / 100
    return {"max": top, "new": max(q(current), min(q(candidate), top))}


def baseline(values, direction):
    worst = min if direction == "higher" else max
    return {"expected": sum(map(q, values)) / len(values), "minimum": worst(map(q, values))}


def scorecard(metrics, bands, fees, attainment_cap):
    total, weight = Fraction(0), Fraction(0)
    for one in metrics:
        actual, target = q(one["actual"]), q(one["target"])
        ratio = 100 * actual / target if one["direction"] == "higher" else 100 * target / actual
        total += q(one["weight"]) * min(ratio, q(attainment_cap))
        weight += q(one["weight"])
    score = total / weight
    percent = next(q(credit) for floor, credit in bands if floor is None or score >= floor)
    return {"score": score, "adjust_pct": percent, "adjustment": paper(percent * q(fees) / 100)}
