"""Cases of measures and verdicts with other numbers: the engine against sums written down a second time."""

from datetime import date

import pytest
from hypothesis import strategies as st

from tests.cases.sums_measures import (
    abandonment,
    availability,
    edges,
    excused,
    few,
    forecast,
    keyed,
    mean,
    occupancy,
    outcomes,
    percentile,
    promoters,
    ratio,
    restated,
    roll_up,
    rounding,
    satisfaction,
    shifts,
    survey,
    switches,
    variants,
)
from tests.cases.variations import counts, numbers, percents, q, share, varied

fixed = st.fixed_dictionaries


def parts(**names):
    """Counts of which each named part lies inside its whole."""
    return (
        st.tuples(*(counts() for _ in names))
        .map(lambda drawn: dict(zip(names, drawn, strict=True)))
        .map(
            lambda drawn: {
                name: min(drawn[name], drawn[whole]) if whole else drawn[name] for name, whole in names.items()
            }
        )
    )


SOME = st.booleans()
CLOCK = st.times().map(lambda time: f"{time:%H:%M}")
PERIODS = st.lists(
    st.just({"den": None})
    | st.just({"num": 0, "den": 0})
    | counts(1, 400).flatmap(lambda den: fixed({"num": counts(0, den), "den": st.just(den)})),
    max_size=8,
)
LEVELS = st.tuples(counts(50, 100), counts(0, 100)).map(lambda pair: {"expected": max(pair), "minimum": min(pair)})
CASES = {
    "ratio": (fixed({"num": numbers(), "den": numbers()}, optional={"scale": st.sampled_from([1, 100, 1000])}), ratio),
    "mean_k": (fixed({"values": st.lists(numbers())}), mean),
    "sl_variants": (
        parts(
            answered=None,
            abandoned=None,
            answered_within="answered",
            abandoned_within="abandoned",
            abandoned_short="abandoned",
        ),
        variants,
    ),
    "sl_genesys": (
        st.tuples(
            parts(answered=None, answered_late="answered", abandoned=None, short="abandoned", flowouts=None),
            fixed({"include_flowouts": SOME, "include_short": SOME, "include_abandons": SOME}),
        ).map(lambda pair: pair[0] | pair[1]),
        switches,
    ),
    "adherence": (
        fixed(dict.fromkeys(("sched_start", "sched_end", "work_start", "work_end"), CLOCK)),
        shifts,
    ),
    "agg_trap": (
        fixed(
            {"rows": st.lists(counts(1).flatmap(lambda n: st.tuples(counts(0, n), st.just(n)).map(list)), min_size=1)}
        ),
        roll_up,
    ),
    "abandonment": (
        parts(offered=None, abandoned="offered", short="offered").map(
            lambda d: d | {"short": min(d["short"], d["abandoned"])}
        ),
        abandonment,
    ),
    "occupancy": (fixed({name: numbers() for name in ("talk", "hold", "acw", "available", "paid")}), occupancy),
    "fcr": (
        fixed({"contacts": counts(2000, 5000), "resolved": counts(0, 1000), "not_l1_resolvable": counts(0, 900)}),
        lambda contacts, resolved, not_l1_resolvable: {
            "gross": share(resolved, contacts),
            "net": share(resolved, contacts - not_l1_resolvable),
        },
    ),
    "nps": (fixed({name: counts() for name in ("promoters", "passives", "detractors")}), promoters),
    "csat": (
        fixed(
            {"counts": fixed({score: counts() for score in "54321"}) | fixed({str(n): counts() for n in range(1, 11)})}
        ),
        satisfaction,
    ),
    "aapor": (fixed({name: counts() for name in ("I", "P", "R", "NC", "O", "U")}), survey),
    "dpmo": (
        fixed({"defects": counts(), "units": counts(), "opportunities": counts(0, 40)}),
        lambda defects, units, opportunities: {"dpmo": share(defects, units * opportunities, 1_000_000)},
    ),
    "data_entry": (
        fixed(
            {
                "records": counts(100),
                "fields_per_record": counts(1, 30),
                "chars_per_field": counts(1, 20),
                "bad_records": counts(0, 100),
                "bad_fields": counts(0, 100),
                "bad_chars": counts(0, 100),
            }
        ),
        keyed,
    ),
    "availability": (
        fixed(
            {"minutes": counts(10_000, 45_000), "maintenance": counts(0, 500), "downtime": counts(60, 4000)},
            optional={"downtime_inside_maintenance": counts(0, 60)},
        ).filter(lambda drawn: drawn.get("downtime_inside_maintenance", 0) <= drawn["maintenance"]),
        availability,
    ),
    "percentile": (
        fixed({"values": st.lists(numbers(), min_size=1), "p": percents(), "within": numbers()}),
        percentile,
    ),
    "attrition": (
        fixed({"leavers": counts(), "avg_headcount": numbers(1)}),
        lambda leavers, avg_headcount: {
            "monthly": share(leavers, q(avg_headcount)),
            "annualised": share(leavers * 12, q(avg_headcount)),
        },
    ),
    "allowance": (
        fixed({"n": counts(), "target": percents()}),
        lambda n, target: {"max_misses": n * (100 - q(target)) // 100},
    ),
    "low_volume": (
        parts(n=None, failures="n")
        .flatmap(lambda drawn: fixed({"target": percents()}).map(lambda more: drawn | more))
        .filter(lambda drawn: drawn["n"] > 0 and q(drawn["target"]) < 100),
        few,
    ),
    "exclusions": (
        st.tuples(counts(0, 900), counts(0, 90), counts(1, 90), percents()).map(
            lambda d: {"n": d[0] + d[1] + d[2], "in_time": d[0], "excused_misses": d[1], "target": d[3]}
        ),
        excused,
    ),
    "tier_edges": (
        fixed(
            {
                "ranges": st.lists(st.tuples(counts(0, 50), counts(40, 90), counts(1, 9)).map(list)),
                "values": st.lists(counts(0, 90)),
            }
        ),
        edges,
    ),
    "restatement": (
        fixed(
            {
                "period_end": st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(str),
                "window_days": counts(0, 90),
                "restated_on": st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(str),
                "reported": percents(),
                "restated": percents(),
                "target": percents(),
            },
            optional={"direction": st.sampled_from(["higher", "lower"])},
        ),
        restated,
    ),
    "rounding": (fixed({"value": percents(4), "target": percents(), "decimals": counts(0, 3)}), rounding),
}


@pytest.mark.parametrize("kind", CASES)
def test_measures_with_other_numbers(kind):
    varied(kind, *CASES[kind])


@pytest.mark.parametrize("missing", ["fail_minimum", "neutral"])
@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_outcomes_with_other_numbers(direction, missing):
    one, other = ("expected", "minimum") if direction == "higher" else ("minimum", "expected")
    drawn = st.tuples(LEVELS, PERIODS, SOME).map(
        lambda found: {
            "expected": found[0][one],
            "minimum": found[0][other] if found[2] else None,
            "periods": found[1],
            "direction": direction,
            "missing": missing,
        }
    )
    varied("outcome", drawn, outcomes)


def test_forecasts_with_other_numbers():
    pairs = st.lists(st.tuples(counts(), counts(1)), min_size=1)
    drawn = pairs.map(lambda found: {"forecast": [one for one, _ in found], "actual": [other for _, other in found]})
    varied("forecast_acc", drawn, lambda forecast, actual: forecast_of(forecast, actual))


def forecast_of(predicted, actual):
    return forecast([*zip(predicted, actual, strict=True)])
