"""What is exported loads to the same meaning: for every contract that can be written down."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.db import transaction
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bpo.changes import column_values
from contracts.models.agreements import Contract
from contracts.terms_file.exporting import TermsDumper, export_terms
from contracts.terms_file.loading import load_terms

START = date(2025, 1, 1)
TABLES = [model for app in ("vendors", "contracts") for model in apps.get_app_config(app).get_models()]
FULL = (Path(__file__).parent / "full_terms.yaml").read_text(encoding="utf-8")
# Where a row came from, and what the desk named it, is not what it means.
NOT_MEANING = {"public_id", "terms_file", "terms_sha256", "terms_loaded_at", "terms_taken_in"}

words = st.text(
    st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters="\x85\u2028\u2029"),
    min_size=1,
    max_size=30,
).filter(lambda text: text.strip() == text)
names = st.one_of(words, st.sampled_from(["NO", "on", "2025-01-01", "12.50", "~", "null", "a: b", "- x", "#1", "é’"]))
codes = st.from_regex(r"[A-Z][A-Z0-9_.-]{0,9}", fullmatch=True)
days = st.dates(START, date(2027, 12, 31))
amounts = st.decimals(0, 10**9, places=6, allow_nan=False).map(Decimal.normalize)


@st.composite
def tiers(draw: Any) -> list[dict[str, Any]]:
    edges = sorted(draw(st.sets(st.decimals(1, 10**6, places=2), max_size=3)))
    return [{"up_to": edge, "rate": draw(amounts)} for edge in edges] + [{"rate": draw(amounts)}]


@st.composite
def fees(draw: Any, processes: list[str]) -> list[dict[str, Any]]:
    """Prices, some of which follow each other."""
    items = []
    for code in draw(st.sets(codes, max_size=3)):
        starts = sorted(draw(st.sets(days, min_size=1, max_size=3)))
        for place, start in enumerate(starts):
            kind = draw(st.sampled_from(["flat", "unit", "tiered"]))
            item = {"code": code, "name": draw(names), "kind": kind, "starts_on": start.isoformat()}
            item |= {} if kind == "flat" else {"unit": draw(st.sampled_from(["transaction", "minute", "hour", "fte"]))}
            item |= {"tiers": draw(tiers())} if kind == "tiered" else {"amount": draw(amounts)}
            item |= {"process": draw(st.sampled_from(processes))} if processes and draw(st.booleans()) else {}
            if draw(st.booleans()) and place == len(starts) - 1:
                item["ends_on"] = (start + timedelta(days=draw(st.integers(1, 900)))).isoformat()
            items.append(item)
    return items


@st.composite
def levels(draw: Any) -> dict[str, Any]:
    """Expected and minimum in one of the three directions."""
    low, high = sorted(draw(st.tuples(amounts, amounts)))
    inner, outer = sorted(draw(st.tuples(amounts, amounts)))
    direction = draw(st.sampled_from(["higher", "lower", "range"]))
    if direction == "range":
        return {"direction": direction, "expected": [low, high], "minimum": [low - inner, high + outer]}
    expected, minimum = (high, low) if direction == "higher" else (low, high)
    return {"direction": direction, "expected": expected} | ({"minimum": minimum} if draw(st.booleans()) else {})


@st.composite
def rules(draw: Any) -> dict[str, Any]:
    every = {
        "equality_meets": st.booleans(),
        "rounding": st.fixed_dictionaries(
            {"decimals": st.integers(0, 9)}, optional={"mode": st.sampled_from(["half_up", "half_even", "down"])}
        ),
        "low_volume": st.fixed_dictionaries(
            {"rule": st.sampled_from(["none", "too_few", "rolling"])}, optional={"min_cases": st.integers(1, 999)}
        ),
        "missing": st.sampled_from(["neutral", "warn", "deemed"]),
        "deemed_after_days": st.integers(0, 60),
        "ramp_up_until": days.map(date.isoformat),
    }
    return draw(st.fixed_dictionaries({}, optional=every))


MEASURES = {
    "contacts": [
        {"aggregation": "mean", "of": "wait"},
        {"aggregation": "percentile", "of": "handle", "percentile": Decimal("99.5")},
        {"aggregation": "share_within", "of": "handled_in_time", "threshold_seconds": Decimal("20.25")},
    ],
    "counts": [{"aggregation": "ratio", "scale": 1000}, {"aggregation": "sum", "unit": "NO"}],
    "cases": [{"aggregation": "mean", "of": "time_to_resolve", "unit": "hours", "pause_reasons": "a,b"}],
    "observations": [{"aggregation": "mean", "weighted": True}],
    "downtime": [{"aggregation": "availability", "planned": "counted"}],
}
NARROWING = {"contacts": "queue", "counts": "split", "cases": "priority", "downtime": "service"}


@st.composite
def terms(draw: Any, kind: str) -> dict[str, Any]:
    item = {"metric": "X-OWN", "measure": draw(st.sampled_from(MEASURES[kind])), **draw(levels())}
    optional = {
        "period": st.sampled_from(["day", "week", "month", "quarter"]),
        "unit": names.map(lambda text: text[:20]),
        "decimals": st.integers(0, 6),
        "type": st.just("credit_bearing"),
        "weight": st.decimals(0, 100, places=2),
        "rules": rules(),
    }
    item |= draw(st.fixed_dictionaries({}, optional=optional))
    if kind in NARROWING and draw(st.booleans()):
        item["only"] = {NARROWING[kind]: sorted(draw(st.sets(names, min_size=1, max_size=3)))}
    return item


@st.composite
def contracts(draw: Any) -> dict[str, Any]:
    """A terms file as plain values."""
    processes = sorted(draw(st.sets(names, min_size=1, max_size=2)))
    sites = sorted(draw(st.sets(names, max_size=2)))
    kinds = draw(st.dictionaries(codes, st.sampled_from(sorted(MEASURES)), min_size=1, max_size=3))
    promises = []
    for place, (code, kind) in enumerate(sorted(kinds.items())):
        said: Any = draw(terms(kind))
        if draw(st.booleans()):
            said = [said, draw(terms(kind)) | {"effective_on": "2026-01-01", "metric": "X-NEXT"}]
        promises.append({"code": f"SL{place}", "name": draw(names), "feed": code, "terms": said})
    scope = [
        {
            "process": process,
            "function": draw(names),
            "performed_by": "vendor",
            "oversight": 2,
            "oversight_reason": draw(names),
            "sites": [{"delivery_centre": name} for name in sites],
        }
        for process in processes
    ]
    return {
        "format": 1,
        "effective_on": START.isoformat(),
        "client": {"name": "Acme", "country": "NO", "zone": "Europe/Oslo", "currency": "NOK"},
        "vendor": {
            "name": "Brightline",
            "country": "PH",
            "delivery_centres": [
                {"name": name, "city": draw(names), "country": "PH", "zone": "Asia/Manila"} for name in sites
            ],
        },
        "processes": [{"name": name, "operation": "hr", "office": "kpo"} for name in processes],
        "contract": {"reference": draw(names), "title": draw(names), "starts_on": START.isoformat()},
        "scope": scope,
        "fees": draw(fees(processes)),
        "feeds": [{"code": code, "name": draw(names), "kind": kind} for code, kind in kinds.items()],
        "service_levels": promises,
    }


def meaning() -> list[str]:
    """Everything in the tables, without ids."""
    rows = []
    for model in TABLES:
        for row in model.objects.all():
            columns = {name: str(value).split(" ", 1)[-1] if hasattr(row, f"{name}_id") else value
                       for name, value in column_values(row).items() if name not in NOT_MEANING}  # fmt: skip
            rows.append(f"{model.__name__} {json.dumps(columns, sort_keys=True, default=str)}")
    return sorted(rows)


def loaded_and_exported(text: str, on: date) -> tuple[list[str], str]:
    """What a file means to an empty desk, and what it says of it; the desk is empty again afterwards."""
    with transaction.atomic():
        contract = load_terms(text=text, actor=None).contract
        assert not load_terms(text=text, actor=None).lines
        found = meaning(), export_terms(contract, on=on)
        assert not load_terms(text=found[1], actor=None).lines
        transaction.set_rollback(True)
    return found


def written(data: dict[str, Any]) -> str:
    return yaml.dump(data, Dumper=TermsDumper)


def without_head(text: str) -> str:
    """The comment on top names the contract's id, which is another one each time."""
    return text.split("\n", 1)[1]


@pytest.mark.any_database
@pytest.mark.django_db
@settings(max_examples=settings.default.max_examples // 4, phases=[Phase.explicit, Phase.generate])
@given(contracts())
def test_what_is_exported_loads_to_the_same_rows(data):
    rows, exported = loaded_and_exported(written(data), START)

    again, exported_again = loaded_and_exported(exported, START)

    assert again == rows
    assert without_head(exported_again) == without_head(exported)


@pytest.mark.django_db
def test_the_fullest_contract_makes_the_round_trip():
    rows, exported = loaded_and_exported(FULL, START)

    assert loaded_and_exported(exported, START)[0] == rows


@pytest.mark.django_db
def test_an_amended_contract_makes_the_round_trip():
    july = date(2025, 7, 1)
    amended = FULL.replace("effective_on: 2025-01-01", "effective_on: 2025-07-01").replace("number: 0", "number: 3")
    with transaction.atomic():
        load_terms(text=FULL, actor=None)
        load_terms(text=amended.replace("expected: 80\n", "expected: 81\n"), actor=None)
        exported = export_terms(Contract.objects.get(), on=july)
        transaction.set_rollback(True)

    assert without_head(loaded_and_exported(exported, july)[1]) == without_head(exported)
