"""Sums of measures and verdicts, written down a second time, by other means than the engine's."""

from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from tests.cases.variations import q, share


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


def shifts(sched_start, sched_end, work_start, work_end):
    planned, worked = minutes_of(sched_start, sched_end), minutes_of(work_start, work_end)
    shared = max(len(planned & {minute + days * 1440 for minute in worked}) for days in (-1, 0, 1))
    return {"adherence": share(shared, len(planned)), "conformance": share(len(worked), len(planned))}


def minutes_of(start, end):
    """Every minute from one time of day to another, which lies on the next day where it is not later."""
    begin, finish = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (start, end))
    return set(range(begin, finish if finish > begin else finish + 1440))


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
