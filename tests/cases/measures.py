"""Cases about measures."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from sla.metrics import percentiles, workforce
from sla.metrics.downtime import availability_of_totals
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.fieldwork import outcome_rates
from sla.metrics.measure import Measure
from sla.metrics.params import Value
from sla.metrics.quality import defects_per_million, keying_tallies
from sla.metrics.registry import measure
from sla.money import Number
from sla.outlook import misses_left
from sla.tallies import Exact, Tally, exact
from tests.cases.comparison import Printed, printed
from tests.cases.kinds import Outputs, kind

PERCENT = measure(FeedKind.COUNTS, Aggregation.RATIO)
MEAN = measure(FeedKind.OBSERVATIONS, Aggregation.MEAN)
SHORT_SECONDS: dict[str, Value] = {"short_seconds": 5}
VARIANTS = {
    "f1_aband_within_count_as_met": "credit",
    "f2_answered_only": "answered",
    "f3_all_abandons_against": "strict",
    "f4_abandons_after_threshold_against": "after",
    "f5_short_abandons_count_as_met": "credit_short",
    "f6_short_abandons_excluded": "no_short",
}


def percent_of(tally: Tally) -> Printed | None:
    """Return a tally in percent."""
    return printed(PERCENT.value(tally))


def measured(level: Measure, **counted: Exact) -> Printed | None:
    """Return a measure's value from what was counted for it."""
    return printed(level.value(level.tally(counted)))


def answered_in_time(variant: str, **more: bool) -> Measure:
    """Return the service level of a call centre in one of its variants; the cases have counted the seconds already."""
    short = SHORT_SECONDS if "short" in variant else {}
    params: dict[str, Value] = {"variant": variant, "threshold_seconds": 20, **short, **more}
    return measure(FeedKind.CONTACTS, Aggregation.SHARE_WITHIN, params)


@kind
def sl_variants(
    answered: int, abandoned: int, answered_within: int, abandoned_within: int, abandoned_short: int
) -> Outputs:
    counted = {
        "answered": answered,
        "answered_in": answered_within,
        "abandoned": abandoned,
        "abandoned_in": abandoned_within,
        "abandoned_short": abandoned_short,
    }
    return {name: measured(answered_in_time(variant), **counted) for name, variant in VARIANTS.items()}


@kind
def sl_genesys(
    answered: int,
    answered_late: int,
    abandoned: int,
    short: int,
    flowouts: int,
    include_flowouts: bool,
    include_short: bool,
    include_abandons: bool,
) -> Outputs:
    variant = "answered" if not include_abandons else "strict" if include_short else "no_short"
    level = answered_in_time(variant, count_flowed_out=include_flowouts)
    counted = {"abandoned": abandoned, "abandoned_short": short, "flowed_out": flowouts}
    return {"service_level": measured(level, answered=answered, answered_in=answered - answered_late, **counted)}


@kind
def ratio(num: Number, den: Number, scale: Number = 100) -> Outputs:
    params: dict[str, Any] = {"scale": scale}
    level = measure(FeedKind.COUNTS, Aggregation.RATIO, params)
    return {"value": printed(level.value(Tally.of(num, den)))}


@kind
def mean_k(values: list[Number]) -> Outputs:
    return {"value": measured(MEAN, sum=sum(map(exact, values)), count=len(values))}


@kind
def agg_trap(rows: list[tuple[Number, Number]]) -> Outputs:
    tallies = [Tally.of(good, total) for good, total in rows]
    values = [value for tally in tallies if (value := PERCENT.value(tally)) is not None]
    return {
        "weighted": percent_of(Tally.total(tallies)),
        "mean_of_percentages": printed(sum(values, Fraction(0)) / len(values)),
    }


@kind
def abandonment(offered: int, abandoned: int, short: int) -> Outputs:
    def rate(abandoned_short: int, **params: Value) -> Printed | None:
        level = measure(FeedKind.CONTACTS, Aggregation.RATIO, {"of": "abandoned", **params})
        counted = {"answered": offered - abandoned, "abandoned": abandoned, "abandoned_short": abandoned_short}
        return measured(level, **counted)

    return {
        "gross": rate(0),
        "net_both": rate(short, **SHORT_SECONDS),
        "net_numerator_only": rate(short, short_out_of="numerator", **SHORT_SECONDS),
    }


@kind
def occupancy(talk: Number, hold: Number, acw: Number, available: Number, paid: Number) -> Outputs:
    times = talk, hold, acw, available
    return {
        "occupancy": percent_of(workforce.occupancy(*times)),
        "utilization_paid": percent_of(workforce.utilisation(*times, paid)),
    }


@kind
def adherence(sched_start: time, sched_end: time, work_start: time, work_end: time) -> Outputs:
    """Times of day have no date: work is placed on the day on which most of it was scheduled."""
    scheduled = shift(sched_start, sched_end)
    start, end = shift(work_start, work_end)
    placed = [(start + timedelta(days=days), end + timedelta(days=days)) for days in (0, -1, 1)]
    worked = max(placed, key=lambda span: workforce.adherence([scheduled], [span]).numerator)
    return {
        "adherence": percent_of(workforce.adherence([scheduled], [worked])),
        "conformance": percent_of(workforce.conformance([scheduled], [worked])),
    }


def shift(start: time, end: time) -> tuple[datetime, datetime]:
    """Return the span between two times of day; one that ends before it starts ends on the next day."""
    begin, finish = (datetime.combine(date(2025, 1, 1), clock, UTC) for clock in (start, end))
    return begin, finish if finish > begin else finish + timedelta(days=1)


@kind
def fcr(contacts: int, resolved: int, not_l1_resolvable: int) -> Outputs:
    return {
        "gross": percent_of(Tally.of(resolved, contacts)),
        "net": percent_of(Tally.of(resolved, contacts - not_l1_resolvable)),
    }


@kind
def nps(promoters: int, passives: int, detractors: int) -> Outputs:
    level = measure(FeedKind.OBSERVATIONS, Aggregation.INDEX)
    scores = promoters + passives + detractors
    return {"nps": measured(level, promoters=promoters, detractors=detractors, scores=scores)}


@kind
def csat(counts: dict[int, int]) -> Outputs:
    answers = sum(counts.values())
    top = sum(counts[score] for score in sorted(counts)[-2:])
    total = sum(score * count for score, count in counts.items())
    return {
        "top2box": percent_of(Tally.of(top, answers)),
        "mean": measured(MEAN, sum=total, count=answers),
        "n": answers,
    }


@kind
def aapor(I: int, P: int, R: int, NC: int, O: int, U: int) -> Outputs:  # noqa: E741
    rates = outcome_rates(interviews=I, partial=P, refusals=R, non_contacts=NC, other=O, unknown=U)
    return {
        "RR1": printed(rates.response),
        "COOP3": printed(rates.cooperation),
        "REF1": printed(rates.refusal),
        "CON1": printed(rates.contact),
    }


@kind
def dpmo(defects: int, units: int, opportunities: int) -> Outputs:
    return {"dpmo": printed(defects_per_million(defects, units, opportunities), decimals=2)}


@kind
def data_entry(
    records: int, fields_per_record: int, chars_per_field: int, bad_records: int, bad_fields: int, bad_chars: int
) -> Outputs:
    accuracies = keying_tallies(
        records=records,
        fields_per_record=fields_per_record,
        chars_per_field=chars_per_field,
        bad_records=bad_records,
        bad_fields=bad_fields,
        bad_chars=bad_chars,
    )
    return {
        "record_accuracy": percent_of(accuracies.records),
        "field_accuracy": percent_of(accuracies.fields),
        "keystroke_accuracy": percent_of(accuracies.keystrokes),
    }


@kind
def availability(
    minutes: Number, maintenance: Number, downtime: Number, downtime_inside_maintenance: Number = 0
) -> Outputs:
    tally = availability_of_totals(minutes, maintenance, downtime, downtime_inside_maintenance)
    return {
        "mp": printed(tally.denominator),
        "sd": printed(tally.denominator - tally.numerator),
        "availability": percent_of(tally),
    }


@kind
def percentile(values: list[Number], p: Number, within: Number) -> Outputs:
    ordered = sorted(map(exact, values))
    params: dict[str, Any] = {"bound": within}
    share = measure(FeedKind.OBSERVATIONS, Aggregation.SHARE_WITHIN, params)
    counted = {"in": sum(value <= within for value in ordered), "all": len(ordered)}
    return {
        "nearest_rank": printed(percentiles.percentile(ordered, exact(p), percentiles.PercentileMethod.NEAREST_RANK)),
        "linear_type7": printed(percentiles.percentile(ordered, exact(p), percentiles.PercentileMethod.LINEAR)),
        "share_within": measured(share, **counted),
    }


@kind
def attrition(leavers: int, avg_headcount: Number) -> Outputs:
    return {
        "monthly": percent_of(Tally.of(leavers, avg_headcount)),
        "annualised": printed(workforce.attrition(leavers, avg_headcount)),
    }


@kind
def forecast_acc(forecast: list[Number], actual: list[Number]) -> Outputs:
    return {
        "mape": printed(workforce.mean_percentage_error(forecast, actual)),
        "wape": percent_of(workforce.weighted_percentage_error(forecast, actual)),
        "total_error": percent_of(workforce.total_error(forecast, actual)),
    }


@kind
def allowance(n: int, target: Number) -> Outputs:
    return {"max_misses": misses_left(n, 0, target)}
