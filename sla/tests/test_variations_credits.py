"""Credit cases with other numbers: the engine against sums written down a second time, by other means."""

from fractions import Fraction
from math import prod

import pytest
from hypothesis import strategies as st

from sla.tests.variations import MARKS, amounts, counts, numbers, paper, percents, q, share, varied

fixed = st.fixed_dictionaries
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
    return {"base": base, "at_risk": risk, "alloc_valid": valid, "credits": paper(credit)}


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


def linear(target, actual, pct_per_pp, charges, cap_pct=100, whole_points=False, direction="higher"):
    short = q(target) - q(actual) if direction == "higher" else q(actual) - q(target)
    short = max(Fraction(0), Fraction(short // 1) if whole_points else short)
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
    credit = paper(percent * q(bill) / 100)
    return {"uptime": value, "credit_pct": percent, "credit": credit if credit > q(min_credit_exclusive) else 0}


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


VALUES = numbers(90, 100)
TIERS = st.sampled_from([[[99.9, 2]], [[99.99, 10], [99, 25], [95, 100]], [[99, 2], [97, 5], [95, 10]]]).map(
    lambda found: [[Fraction(str(edge)), percent] for edge, percent in found]
)
METRIC = fixed(
    {
        "weight": counts(1, 60),
        "actual": numbers(1, 500),
        "target": numbers(1, 500),
        "direction": st.sampled_from(["higher", "lower"]),
    }
)
CASES = {
    "dir_credit": (
        fixed(
            {
                "invoice": amounts(),
                "at_risk_pct": percents(),
                "failures": st.lists(fixed({"pool_pct": percents(), "alloc_pct": percents()}), max_size=6),
            }
        ),
        pool,
    ),
    "pool_credit": (
        fixed({"invoice": amounts(), "at_risk_pct": percents(), "failed_weights": st.lists(percents(), max_size=6)}),
        weights,
    ),
    "vita_at_risk": (
        fixed(
            {
                "fees": numbers(3_000_000, 9_000_000),
                "excluded": st.lists(numbers(0, 900_000), max_size=3),
                "at_risk_pct": percents(),
                "max_alloc_pct": st.just(25),
                "allocs": st.lists(numbers(0, 30), max_size=4),
            }
        ),
        vita,
    ),
    "msc_points": (fixed({"series": st.lists(VALUES | counts(94, 100)), "bands": st.just(BANDS)}), points),
    "msc_credit": (
        fixed(
            {
                "tsp": counts(0, 40),
                "x_pct": numbers(0, 5),
                "ac": amounts(),
                "cap_pct": percents(),
                "charges_trailing_12m": amounts(),
                "credits_prior_in_window": numbers(0, 200_000),
            }
        ),
        points_money,
    ),
    "pp_credit": (
        fixed(
            {"target": VALUES, "actual": percents(), "pct_per_pp": numbers(0, 5), "charges": amounts()},
            optional={
                "cap_pct": percents(),
                "whole_points": st.booleans(),
                "direction": st.sampled_from(["higher", "lower"]),
            },
        ),
        linear,
    ),
    "tier_credit": (
        fixed(
            {"tiers": TIERS, "bill": amounts(), "minutes": counts(10_000, 45_000), "downtime": counts(0, 4000)},
            optional={"min_credit_exclusive": numbers(0, 5)},
        ),
        tiers,
    ),
    "tier_credit_many": (
        fixed({"uptimes": st.lists(VALUES | st.sampled_from([99, 97, 95])), "tiers": TIERS}),
        many_tiers,
    ),
    "product": (
        fixed({"factors": st.lists(numbers(0, 500), min_size=1, max_size=4)}),
        lambda factors: {"value": prod(map(q, factors), start=Fraction(1))},
    ),
    "late_deliverable": (
        fixed({"days_late": st.integers(-3, 60), "per_day": amounts()}, optional={"cap": amounts()}),
        late,
    ),
    "persistent": (
        fixed({"failures": counts(0, 60), "per": counts(1, 12), "pct": numbers(0, 8), "annual_fees": amounts()}),
        persistent,
    ),
    "discount_until_met": (fixed({"fail": MARKS, "after": counts(1, 4), "discount_pct": percents()}), standing),
    "multiplier": (
        fixed({"base": amounts(), "fail": MARKS, "multipliers": st.sampled_from([[1], [1, 2], [1, 2, 3]])}),
        ladder,
    ),
    "pick_one": (
        fixed({"credits": st.lists(amounts(), min_size=1, max_size=5)}),
        lambda credits: {"highest": paper(max(map(q, credits))), "sum": paper(sum(map(q, credits)))},
    ),
    "free_misses": (fixed({"credits": st.lists(amounts(), max_size=6), "free": counts(0, 4)}), free),
    "esl_default": (
        fixed({"series": st.lists(st.sampled_from("MEX"), max_size=30), "window": counts(1, 12), "n": counts(1, 4)}),
        two_levels,
    ),
    "window_trigger": (fixed({"fail": MARKS, "window": counts(1, 12), "n": counts(1, 5)}), failures_in_window),
    "rolling_sum_trigger": (
        fixed({"series": st.lists(counts(0, 30)), "window": counts(1, 6), "threshold": counts(1, 60)}),
        points_in_window,
    ),
    "rolling_avg_trigger": (
        fixed({"values": st.lists(VALUES, max_size=9), "window": counts(1, 4), "below": VALUES}),
        averages,
    ),
    "earnback_consecutive": (
        fixed({"credit": amounts(), "share_pct": percents(), "months": counts(1, 6), "met_after_failure": MARKS}),
        clean_run,
    ),
    "ci_halfway": (fixed({"current": VALUES, "values": st.lists(numbers(94, 100), min_size=11, max_size=14)}), halfway),
    "ci_capped": (fixed({"current": VALUES, "candidate": VALUES, "cap_pct_of_gap": percents()}), capped),
    "baseline": (
        fixed({"values": st.lists(amounts(), min_size=1), "direction": st.sampled_from(["higher", "lower"])}),
        baseline,
    ),
    "scorecard": (
        fixed(
            {
                "metrics": st.lists(METRIC, min_size=1, max_size=5),
                "bands": st.just([[102, 2], [98, 0], [95, -2], [None, -5]]),
                "fees": amounts(),
                "attainment_cap": counts(100, 130),
            }
        ),
        scorecard,
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_credits_with_other_numbers(kind):
    varied(kind, *CASES[kind])


def test_full_steps_with_other_numbers():
    drawn = fixed(
        {
            "actual": percents(),
            "threshold": counts(80, 99),
            "above": st.sampled_from([0, 1]),
            "pct_per_step": numbers(0, 5),
            "fees": amounts(),
        }
    )
    varied(
        "citizens",
        drawn.map(with_reference),
        lambda reference, **more: full_steps(**more, above=reference - more["threshold"]),
    )


def with_reference(drawn):
    """The case's form of where steps are counted from."""
    return {
        **{name: part for name, part in drawn.items() if name != "above"},
        "reference": drawn["threshold"] + drawn["above"],
    }


def test_a_year_s_averages_with_other_numbers():
    rows = st.lists(counts(1, 3000).flatmap(lambda volume: st.tuples(counts(0, volume), st.just(volume))), min_size=1)
    drawn = fixed({"rows": rows, "expected": percents()})
    varied(
        "earnback_annual",
        drawn.map(with_columns),
        lambda num, den, expected, **_: year([*zip(num, den, strict=True)], expected),
    )


def with_columns(drawn):
    """The case's form of a year: columns, beside the value of each period."""
    good, volume = zip(*drawn["rows"], strict=True)
    values = [Fraction(100 * one, of) for one, of in drawn["rows"]]
    return {"values": values, "num": list(good), "den": list(volume), "expected": drawn["expected"]}
