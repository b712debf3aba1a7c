"""Cases of fees, invoices, certificates and early warning with other numbers, against sums written a second time."""

from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import ceil, comb, erf, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases.replay import replay
from tests.cases.sums_fees import (
    anchored,
    banded,
    budget,
    calls,
    certificate,
    chart,
    currency,
    fast,
    gain,
    indexed,
    interval,
    invoice,
    pace,
    tiered,
)
from tests.cases.variations import EXAMPLES, amounts, counts, numbers, paper, percents, q, varied

fixed = st.fixed_dictionaries


TIERS = st.lists(counts(1, 900), min_size=0, max_size=4, unique=True).flatmap(
    lambda limits: st.tuples(
        *(st.tuples(st.just(one), numbers(0, 9)).map(list) for one in [*sorted(limits), None])
    ).map(list)
)
LINE = fixed(
    {
        "key": st.sampled_from(["calls", "chat", "mail", "7"]),
        "contract_rate": numbers(0, 5),
        "accepted_qty": counts(0, 4000),
        "billed": numbers(0, 9000),
    }
)
SO_FAR = st.tuples(counts(0, 900), counts(0, 900), counts(0, 900), percents()).map(
    lambda d: {"forecast_total": d[0] + d[1] + d[2], "mtd_n": d[0] + d[1], "mtd_good": d[0], "target": d[3]}
)
CASES = {
    "arc_rrc": (
        fixed(
            {
                "baseline": numbers(1, 3000),
                "deadband_pct": percents(),
                "base_fee": numbers(0, 90_000),
                "arc_rate": numbers(0, 60),
                "rrc_rate": numbers(0, 60),
                "actual": numbers(0, 6000),
                "method": st.sampled_from(["edge", "baseline"]),
            }
        ),
        anchored,
    ),
    "arc_banded": (
        fixed(
            {
                "baseline": numbers(1, 3000),
                "actual": numbers(0, 6000),
                "base_fee": amounts(),
                "bands": st.sampled_from([[], [[110, 125, 40], [125, 150, 36]], [[100, 120, 7]]]),
            },
            optional={"renegotiate_above_pct": counts(100, 200)},
        ),
        banded,
    ),
    "tiered": (fixed({"volume": counts(0, 1000) | numbers(), "tiers": TIERS}), tiered),
    "minutes_billing": (
        fixed(
            {
                "seconds": st.lists(counts(0, 900)),
                "rate_per_min": numbers(0, 3),
                "increment": counts(1, 60),
                "min_seconds": counts(0, 60),
            }
        ),
        calls,
    ),
    "cola": (
        fixed(
            {"rate": numbers(0, 900), "index": st.lists(numbers(200, 300), max_size=5), "sensitivity_pct": percents()},
            optional={"cap_pct": numbers(2, 6), "floor_pct": numbers(-1, 2)},
        ),
        indexed,
    ),
    "fx": (
        fixed(
            {
                "base": numbers(50, 100),
                "actual": numbers(50, 100),
                "band_pct": numbers(0, 20),
                "share_pct": percents(),
                "exposed_pct": percents(),
                "fees": amounts(),
            }
        ),
        currency,
    ),
    "min_commit": (
        fixed({"minimum": amounts(), "counted": amounts()}, optional={"pct": percents()}),
        lambda minimum, counted, pct=100: {
            "shortfall": paper(max(0, q(minimum) - q(counted))),
            "payment": paper(max(0, q(minimum) - q(counted)) * q(pct) / 100),
        },
    ),
    "gainshare": (
        fixed(
            {
                "baseline_cost": amounts(),
                "baseline_volume": counts(1),
                "actual_volume": counts(0),
                "actual_cost": amounts(),
                "vendor_share_pct": percents(),
            },
            optional={"threshold_pct": percents(), "cap": amounts()},
        ),
        gain,
    ),
    "fte_fee": (
        fixed({"fte": numbers(0, 90), "rate": numbers(), "delivered_hours": counts(), "contracted_hours": counts(1)}),
        lambda fte, rate, delivered_hours, contracted_hours: {
            "by_hours": paper(q(fte) * q(rate) * delivered_hours / contracted_hours),
            "flat": paper(q(fte) * q(rate)),
        },
    ),
    "invoice_check": (
        fixed(
            {
                "tol_abs": numbers(0, 90),
                "tol_pct": numbers(0, 3),
                "credits_due": numbers(),
                "credits_on_invoice": numbers(),
                "lines": st.lists(LINE, max_size=5),
            }
        ),
        invoice,
    ),
    "simple_invoice": (
        fixed({"invoice": numbers(1000, 9000), "disputed": numbers()}),
        lambda invoice, disputed: {"pay_now": paper(invoice) - paper(disputed), "withhold": paper(disputed)},
    ),
    "cert": (
        fixed(
            {
                "valid_to": st.dates(date(2026, 1, 1), date(2026, 6, 1)).map(str),
                "today": st.dates(date(2026, 1, 1), date(2026, 6, 1)).map(str),
                "warn_days": counts(30, 90),
                "critical_days": counts(0, 30),
            }
        ),
        certificate,
    ),
    "run_rate": (SO_FAR, pace),
    "burn": (
        fixed(
            {
                "target": percents(),
                "period_volume": counts(),
                "mtd_volume": counts(1),
                "misses": counts(0, 900),
                "days_elapsed": counts(1, 31),
            }
        ),
        budget,
    ),
    "burn_threshold": (
        fixed({"budget_pct": counts(1, 100), "window_hours": counts(1, 72), "period_hours": counts(24, 744)}),
        fast,
    ),
    "xmr": (
        fixed({"values": st.lists(percents(1), min_size=2)}, optional={"new": st.lists(percents())}),
        chart,
    ),
    "wilson": (
        fixed({"n": counts(1), "good": counts(1), "z": st.sampled_from([1, numbers(1, 3)])}).map(
            lambda d: {"n": max(d["n"], d["good"]), "good": min(d["n"], d["good"]), "z": "1.96"}
        ),
        interval,
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_fees_and_warnings_with_other_numbers(kind):
    varied(kind, *CASES[kind])


@settings(max_examples=EXAMPLES, deadline=None)
@given(counts(0, 60), counts(0, 40), counts(1, 40), counts(1, 99), counts(1, 9), counts(1, 9))
def test_the_chance_of_meeting_is_that_of_drawing_from_an_urn_that_learns(good, bad, rest, target, a, b):
    """With whole prior weights the urn's chances are ratios of whole numbers."""
    total = good + bad + rest
    need = ceil(Fraction(target, 100) * total) - good
    one, other = a + good, b + bad
    ways = [comb(one + hits - 1, hits) * comb(other + rest - hits - 1, rest - hits) for hits in range(rest + 1)]
    meet = Fraction(sum(ways[max(0, need) :]), sum(ways))
    inputs = {
        "forecast_total": total,
        "mtd_n": good + bad,
        "mtd_good": good,
        "target": target,
        "prior_a": a,
        "prior_b": b,
    }
    expected = {"need_good": need, "p_meet": meet, "p_miss": 1 - meet}
    assert replay({"kind": "betabin", "inputs": inputs, "expected": expected}) == []


@settings(max_examples=EXAMPLES, deadline=None)
@given(counts(1, 900), counts(1, 900), numbers(100, 500), numbers(1, 300), numbers(100, 500), st.booleans())
def test_the_chance_of_a_mean_is_the_normal_one(counted, rest, mean, spread, target, lower):
    required = (q(target) * (counted + rest) - q(mean) * counted) / rest
    z = float(required - q(mean)) / float(spread) / sqrt(1 / counted + 1 / rest)
    below = (1 + erf(z / sqrt(2))) / 2
    inputs = {"mtd_n": counted, "remaining_n": rest, "mtd_mean": mean, "sd": spread, "target": target}
    expected = {"required_mean": required, "z": round(z, 4), "p_meet": round(below if lower else 1 - below, 6)}
    case = {"kind": "normal_mean", "inputs": inputs | {"direction": "lower" if lower else "higher"}}
    assert replay(case | {"expected": expected}) == []


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.tuples(counts(1, 400), counts(1000, 9000)), min_size=2, max_size=12))
def test_laney_s_limits_are_those_of_the_formula(rows):
    defects, volumes = [one for one, _ in rows], [other for _, other in rows]
    mean = sum(defects) / sum(volumes)
    scores = [(one / of - mean) / sqrt(mean * (1 - mean) / of) for one, of in rows]
    sigma = sum(abs(after - before) for before, after in pairwise(scores)) / (len(rows) - 1) / 1.128
    reach = 300 * sqrt(mean * (1 - mean) / volumes[0])
    expected = {
        "p_bar": round(100 * mean, 4),
        "sigma_z": round(sigma, 4),
        "p_limits_first": [round(100 * mean - reach, 4), round(100 * mean + reach, 4)],
        "laney_limits_first": [round(100 * mean - reach * sigma, 4), round(100 * mean + reach * sigma, 4)],
    }
    assert replay({"kind": "laney", "inputs": {"defects": defects, "n": volumes}, "expected": expected}) == []
