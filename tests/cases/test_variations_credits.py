"""Credit cases with other numbers: the engine against sums written down a second time, by other means."""

from fractions import Fraction
from math import prod

import pytest
from hypothesis import strategies as st

from tests.cases.sums_credits import (
    BANDS,
    averages,
    baseline,
    capped,
    clean_run,
    failures_in_window,
    free,
    full_steps,
    halfway,
    ladder,
    late,
    linear,
    many_tiers,
    persistent,
    points,
    points_in_window,
    points_money,
    pool,
    scorecard,
    standing,
    steps_of_points,
    tiers,
    two_levels,
    vita,
    weights,
    year,
)
from tests.cases.variations import MARKS, amounts, counts, numbers, paper, percents, q, varied

fixed = st.fixed_dictionaries


VALUES = numbers(90, 100)
TIERS = st.sampled_from([[[99.9, 2]], [[99.99, 10], [99, 25], [95, 100]], [[99, 2], [97, 5], [95, 10]]]).map(
    lambda found: [[Fraction(str(edge)), percent] for edge, percent in found]
)
STEPS = st.lists(st.tuples(counts(0, 40), counts(0, 12)), max_size=6).map(
    lambda found: [
        list(step)
        for step in zip(sorted({one for one, _ in found}), sorted(percent for _, percent in found), strict=False)
    ]
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
    "points_table": (fixed({"points": st.lists(counts(0, 50)), "table": STEPS}), steps_of_points),
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
                "whole_pp": st.booleans(),
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
