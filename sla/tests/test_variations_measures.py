"""Cases of measures and verdicts with other numbers: the engine against sums written down a second time."""

from datetime import date, timedelta
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import strategies as st

from sla.tests.variations import counts, numbers, percents, q, share, varied

fixed = st.fixed_dictionaries


def ratio(num, den, scale=100):
    return {"value": share(q(num), q(den), q(scale))}


def mean(values):
    return {"value": sum(map(q, values)) / len(values) if values else None}


def variants(answered, abandoned, answered_within, abandoned_within, abandoned_short):
    offered = answered + abandoned
    return {
        "f1_aband_within_count_as_met": share(answered_within + abandoned_within, offered),
        "f2_answered_only": share(answered_within, answered),
        "f3_all_abandons_against": share(answered_within, offered),
        "f4_abandons_after_threshold_against": share(answered_within, offered - abandoned_within),
        "f5_short_abandons_count_as_met": share(answered_within + abandoned_short, offered),
        "f6_short_abandons_excluded": share(answered_within, offered - abandoned_short),
    }


def switches(answered, answered_late, abandoned, short, flowouts, include_flowouts, include_short, include_abandons):
    offered = answered
    if include_abandons:
        offered += abandoned if include_short else abandoned - short
    if include_flowouts:
        offered += flowouts
    return {"service_level": share(answered - answered_late, offered)}


def roll_up(rows):
    parts = [share(good, total) for good, total in rows if total]
    return {
        "weighted": share(sum(good for good, _ in rows), sum(total for _, total in rows)),
        "mean_of_percentages": sum(parts) / len(parts),
    }


def abandonment(offered, abandoned, short):
    return {
        "gross": share(abandoned, offered),
        "net_both": share(abandoned - short, offered - short),
        "net_numerator_only": share(abandoned - short, offered),
    }


def occupancy(talk, hold, acw, available, paid):
    busy = q(talk) + q(hold) + q(acw)
    return {"occupancy": share(busy, busy + q(available)), "utilization_paid": share(busy + q(available), q(paid))}


def satisfaction(counts):
    answers = sum(counts.values())
    top = sum(counts[score] for score in sorted(counts, key=int)[-2:])
    total = sum(int(score) * count for score, count in counts.items())
    return {"top2box": share(top, answers), "mean": share(total, answers, 1), "n": answers}


def promoters(promoters, passives, detractors):
    return {"nps": share(promoters - detractors, promoters + passives + detractors)}


def survey(I, P, R, NC, O, U):  # noqa: E741
    whole = I + P + R + NC + O + U
    return {
        "RR1": share(I, whole),
        "COOP3": share(I, I + P + R),
        "REF1": share(R, whole),
        "CON1": share(I + P + R + O, whole),
    }


def keyed(records, fields_per_record, chars_per_field, bad_records, bad_fields, bad_chars):
    fields = records * fields_per_record
    return {
        "record_accuracy": share(records - bad_records, records),
        "field_accuracy": share(fields - bad_fields, fields),
        "keystroke_accuracy": share(fields * chars_per_field - bad_chars, fields * chars_per_field),
    }


def availability(minutes, maintenance, downtime, downtime_inside_maintenance=0):
    whole, down = minutes - maintenance, downtime - downtime_inside_maintenance
    return {"mp": whole, "sd": down, "availability": share(whole - down, whole)}


def percentile(values, p, within):
    ordered, part = sorted(map(q, values)), q(p) / 100
    rank = part * (len(ordered) - 1)
    low, high = ordered[int(rank)], ordered[ceil(rank)]
    return {
        "nearest_rank": ordered[max(ceil(part * len(ordered)), 1) - 1],
        "linear_type7": low + (high - low) * (rank - int(rank)),
        "share_within": share(len([one for one in ordered if one <= q(within)]), len(ordered)),
    }


def forecast(pairs):
    errors = [abs(one - other) for one, other in pairs]
    actual = sum(other for _, other in pairs)
    return {
        "mape": sum(Fraction(100 * error, pair[1]) for error, pair in zip(errors, pairs, strict=True)) / len(pairs),
        "wape": share(sum(errors), actual),
        "total_error": share(sum(one for one, _ in pairs) - actual, actual),
    }


def few(n, failures, target):
    met = (n - failures) * 100 >= q(target) * n
    least = ceil(100 / (100 - q(target)))
    return {
        "actual": share(n - failures, n),
        "n_min": least,
        "met_without_rule": met,
        "met_with_one_failure_rule": met or (n < least and failures <= 1),
    }


def excused(n, in_time, excused_misses, target):
    values = share(in_time, n), share(in_time, n - excused_misses), share(in_time + excused_misses, n)
    return dict(zip(("raw", "remove_from_both", "count_as_met"), values, strict=True)) | {
        "met": [value is not None and value >= q(target) for value in values]
    }


def edges(ranges, values):
    return {"matches": [[credit for low, high, credit in ranges if low <= value <= high] for value in values]}


def restated(period_end, window_days, restated_on, reported, restated, target, direction="higher"):
    last = date.fromisoformat(period_end) + timedelta(days=window_days)
    value = q(restated if date.fromisoformat(restated_on) <= last else reported)
    met = value >= q(target) if direction == "higher" else value <= q(target)
    return {"deadline": str(last), "effective": value, "met": met}


def outcomes(expected, minimum, periods, direction="higher", missing="fail_minimum"):
    words = []
    for period in periods:
        if period.get("den") is None:
            words.append("default_minimum" if missing == "fail_minimum" else "not_reported")
        elif period["den"] == 0:
            words.append("no_volume")
        else:
            sign = 1 if direction == "higher" else -1
            value = Fraction(100 * period["num"], period["den"]) * sign
            short = minimum is not None and value >= q(minimum) * sign
            words.append("met" if value >= q(expected) * sign else "missed_expected" if short else "missed_minimum")
    return {"status": words}


def rounding(value, target, decimals):
    unit = 10**decimals
    half_up, cut = Fraction((q(value) * unit * 2 + 1) // 2, unit), Fraction(q(value) * unit // 1, unit)
    return {
        "unrounded_met": q(value) >= q(target),
        "half_up": half_up,
        "half_up_met": half_up >= q(target),
        "truncated": cut,
        "truncated_met": cut >= q(target),
    }


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
