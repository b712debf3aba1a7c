"""Cases about metrics, translated into calls of the engine and back."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from sla.cases.printing import Printed, printed
from sla.cases.registry import Inputs, adapter
from sla.metrics.downtime import availability_of_totals
from sla.metrics.feeds import Aggregation, FeedKind
from sla.metrics.fieldwork import Dispositions
from sla.metrics.measure import Measure
from sla.metrics.params import Value
from sla.metrics.percentiles import PercentileMethod, percentile
from sla.metrics.quality import KeyedBatch, defects_per_million
from sla.metrics.registry import measure
from sla.metrics.workforce import (
    adherence,
    attrition,
    conformance,
    mean_percentage_error,
    occupancy,
    total_error,
    utilisation,
    weighted_percentage_error,
)
from sla.tallies import Tally, exact
from sla.volume import misses_allowed

Outputs = dict[str, Any]
PERCENT = measure(FeedKind.COUNTS, Aggregation.RATIO)
ANY_SECONDS = {"threshold_seconds": 20}
SHORT_SECONDS = {"short_seconds": 5}
VARIANTS = {
    "f1_aband_within_count_as_met": "credit",
    "f2_answered_only": "answered",
    "f3_all_abandons_against": "strict",
    "f4_abandons_after_threshold_against": "after",
    "f5_short_abandons_count_as_met": "credit_short",
    "f6_short_abandons_excluded": "no_short",
}


def percent_of(tally: Tally) -> Printed | None:
    """A tally in percent, as the cases print it."""
    return printed(PERCENT.value(tally))


def in_time(variant: str, **more: bool) -> Measure:
    """The service level of a call centre in one of its variants; the seconds are already counted in the cases."""
    short = SHORT_SECONDS if "short" in variant else {}
    params: dict[str, Value] = {"variant": variant, **ANY_SECONDS, **short, **more}
    return measure(FeedKind.CONTACTS, Aggregation.SHARE_WITHIN, params)


@adapter("sl_variants")
def sl_variants(inputs: Inputs) -> Outputs:
    counted = {
        "answered": inputs["answered"],
        "answered_in": inputs["answered_within"],
        "abandoned": inputs["abandoned"],
        "abandoned_in": inputs["abandoned_within"],
        "abandoned_short": inputs["abandoned_short"],
    }
    measures = {name: in_time(variant) for name, variant in VARIANTS.items()}
    return {name: printed(level.value(level.tally(counted))) for name, level in measures.items()}


@adapter("sl_genesys")
def sl_genesys(inputs: Inputs) -> Outputs:
    answers_only = not inputs["include_abandons"]
    variant = "answered" if answers_only else "strict" if inputs["include_short"] else "no_short"
    level = in_time(variant, count_flowed_out=inputs["include_flowouts"])
    counted = {
        "answered": inputs["answered"],
        "answered_in": inputs["answered"] - inputs["answered_late"],
        "abandoned": inputs["abandoned"],
        "abandoned_short": inputs["short"],
        "flowed_out": inputs["flowouts"],
    }
    return {"service_level": printed(level.value(level.tally(counted)))}


@adapter("ratio")
def ratio(inputs: Inputs) -> Outputs:
    level = measure(FeedKind.COUNTS, Aggregation.RATIO, {"scale": inputs.get("scale", 100)})
    return {"value": printed(level.value(Tally.of(inputs["num"], inputs["den"])))}


@adapter("mean_k")
def mean_k(inputs: Inputs) -> Outputs:
    values = [exact(value) for value in inputs["values"]]
    level = measure(FeedKind.OBSERVATIONS, Aggregation.MEAN)
    return {"value": printed(level.value(level.tally({"sum": sum(values, Fraction(0)), "count": len(values)})))}


@adapter("agg_trap")
def agg_trap(inputs: Inputs) -> Outputs:
    tallies = [Tally.of(good, total) for good, total in inputs["rows"]]
    parts = [value for tally in tallies if (value := PERCENT.value(tally)) is not None]
    return {
        "weighted": percent_of(Tally.total(tallies)),
        "mean_of_percentages": printed(sum(parts, Fraction(0)) / len(parts)),
    }


@adapter("abandonment")
def abandonment(inputs: Inputs) -> Outputs:
    counted = {
        "answered": inputs["offered"] - inputs["abandoned"],
        "abandoned": inputs["abandoned"],
        "abandoned_short": inputs["short"],
    }
    gross = measure(FeedKind.CONTACTS, Aggregation.RATIO, {"of": "abandoned"})
    both = measure(FeedKind.CONTACTS, Aggregation.RATIO, {"of": "abandoned", **SHORT_SECONDS})
    one_side: dict[str, Value] = {"of": "abandoned", "short_out_of": "numerator", **SHORT_SECONDS}
    numerator = measure(FeedKind.CONTACTS, Aggregation.RATIO, one_side)
    return {
        "gross": printed(gross.value(gross.tally({**counted, "abandoned_short": 0}))),
        "net_both": printed(both.value(both.tally(counted))),
        "net_numerator_only": printed(numerator.value(numerator.tally(counted))),
    }


@adapter("occupancy")
def occupancy_case(inputs: Inputs) -> Outputs:
    times = inputs["talk"], inputs["hold"], inputs["acw"], inputs["available"]
    return {
        "occupancy": percent_of(occupancy(*times)),
        "utilization_paid": percent_of(utilisation(*times, inputs["paid"])),
    }


@adapter("adherence")
def adherence_case(inputs: Inputs) -> Outputs:
    """Times of day say no date: work lies on the day on which most of it was scheduled."""
    scheduled = shift(inputs["sched_start"], inputs["sched_end"])
    start, end = shift(inputs["work_start"], inputs["work_end"])
    placed = [(start + timedelta(days=later), end + timedelta(days=later)) for later in (0, -1, 1)]
    worked = max(placed, key=lambda one: adherence([scheduled], [one]).numerator)
    return {
        "adherence": percent_of(adherence([scheduled], [worked])),
        "conformance": percent_of(conformance([scheduled], [worked])),
    }


def shift(start: str, end: str) -> tuple[datetime, datetime]:
    """A shift between two times of day; one that ends before it starts ends on the next."""
    begin, finish = (datetime.fromisoformat(f"2025-01-01T{clock}").replace(tzinfo=UTC) for clock in (start, end))
    return begin, finish if finish > begin else finish + timedelta(days=1)


@adapter("fcr")
def fcr(inputs: Inputs) -> Outputs:
    contacts, resolved = inputs["contacts"], inputs["resolved"]
    return {
        "gross": percent_of(Tally.of(resolved, contacts)),
        "net": percent_of(Tally.of(resolved, contacts - inputs["not_l1_resolvable"])),
    }


@adapter("nps")
def nps(inputs: Inputs) -> Outputs:
    level = measure(FeedKind.OBSERVATIONS, Aggregation.INDEX)
    counted = {name: inputs[name] for name in ("promoters", "detractors")}
    answers = sum(inputs[name] for name in ("promoters", "passives", "detractors"))
    return {"nps": printed(level.value(level.tally({**counted, "scores": answers})))}


@adapter("csat")
def csat(inputs: Inputs) -> Outputs:
    counts: Mapping[int, int] = {int(score): count for score, count in inputs["counts"].items()}
    answers = sum(counts.values())
    top = sorted(counts, reverse=True)[:2]
    mean = measure(FeedKind.OBSERVATIONS, Aggregation.MEAN)
    total = sum(score * count for score, count in counts.items())
    return {
        "top2box": percent_of(Tally.of(sum(counts[score] for score in top), answers)),
        "mean": printed(mean.value(mean.tally({"sum": total, "count": answers}))),
        "n": answers,
    }


@adapter("aapor")
def aapor(inputs: Inputs) -> Outputs:
    dialled = Dispositions(
        interviews=inputs["I"],
        partial=inputs["P"],
        refusals=inputs["R"],
        non_contacts=inputs["NC"],
        other=inputs["O"],
        unknown=inputs["U"],
    )
    return {
        "RR1": printed(dialled.response_rate()),
        "COOP3": printed(dialled.cooperation_rate()),
        "REF1": printed(dialled.refusal_rate()),
        "CON1": printed(dialled.contact_rate()),
    }


@adapter("dpmo")
def dpmo(inputs: Inputs) -> Outputs:
    value = defects_per_million(inputs["defects"], inputs["units"], inputs["opportunities"])
    return {"dpmo": printed(value, decimals=2)}


@adapter("data_entry")
def data_entry(inputs: Inputs) -> Outputs:
    batch = KeyedBatch(**{field.name: inputs[field.name] for field in fields(KeyedBatch)})
    return {
        "record_accuracy": percent_of(batch.record_tally()),
        "field_accuracy": percent_of(batch.field_tally()),
        "keystroke_accuracy": percent_of(batch.keystroke_tally()),
    }


@adapter("availability")
def availability(inputs: Inputs) -> Outputs:
    inside = inputs.get("downtime_inside_maintenance", 0)
    tally = availability_of_totals(inputs["minutes"], inputs["maintenance"], inputs["downtime"], inside)
    return {
        "mp": printed(tally.denominator),
        "sd": printed(tally.denominator - tally.numerator),
        "availability": percent_of(tally),
    }


@adapter("percentile")
def percentile_case(inputs: Inputs) -> Outputs:
    values = sorted(exact(value) for value in inputs["values"])
    percent = exact(inputs["p"])
    share = measure(FeedKind.OBSERVATIONS, Aggregation.SHARE_WITHIN, {"bound": inputs["within"]})
    counted = {"in": sum(value <= exact(inputs["within"]) for value in values), "all": len(values)}
    return {
        "nearest_rank": printed(percentile(values, percent, PercentileMethod.NEAREST_RANK)),
        "linear_type7": printed(percentile(values, percent, PercentileMethod.LINEAR)),
        "share_within": printed(share.value(share.tally(counted))),
    }


@adapter("attrition")
def attrition_case(inputs: Inputs) -> Outputs:
    leavers, headcount = inputs["leavers"], inputs["avg_headcount"]
    return {
        "monthly": percent_of(Tally.of(leavers, headcount)),
        "annualised": printed(attrition(leavers, headcount)),
    }


@adapter("forecast_acc")
def forecast_acc(inputs: Inputs) -> Outputs:
    forecast, actual = inputs["forecast"], inputs["actual"]
    return {
        "mape": printed(mean_percentage_error(forecast, actual)),
        "wape": percent_of(weighted_percentage_error(forecast, actual)),
        "total_error": percent_of(total_error(forecast, actual)),
    }


@adapter("allowance")
def allowance(inputs: Inputs) -> Outputs:
    return {"max_misses": misses_allowed(inputs["n"], inputs["target"])}
