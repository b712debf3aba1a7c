"""The ready-made service schedules, and the catalogue that they are built on."""

from pathlib import Path

import pytest

from contracts import catalogue
from contracts.models.service_levels import ServiceLevelTerms
from contracts.terms import limits_of, measure_of
from contracts.terms_file.loading import load_terms
from sla.metrics.feeds import FeedKind
from sla.metrics.registry import measure

LIBRARY = Path(catalogue.__file__).parent / "library"
SCHEDULES = sorted(path for path in LIBRARY.glob("*.yaml") if path.name != "sample_head.yaml")
HEAD = (LIBRARY / "sample_head.yaml").read_text(encoding="utf-8")


def test_the_library_covers_the_common_families():
    assert {path.stem for path in SCHEDULES} >= {
        "contact_centre_voice",
        "contact_centre_chat",
        "outbound_sales",
        "accounts_payable",
        "payroll",
        "recruitment",
        "data_entry",
        "it_service_desk",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda path: path.stem)
def test_every_schedule_loads_behind_a_contract_head(schedule):
    report = load_terms(text=HEAD + schedule.read_text(encoding="utf-8"), actor=None)

    terms = ServiceLevelTerms.objects.filter(service_level__contract=report.contract)
    assert terms.count() >= 4
    assert all(limits_of(row) and measure_of(row) for row in terms)


@pytest.mark.any_database
@pytest.mark.django_db
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda path: path.stem)
def test_weights_of_a_schedule_make_a_whole(schedule):
    report = load_terms(text=HEAD + schedule.read_text(encoding="utf-8"), actor=None)

    terms = ServiceLevelTerms.objects.filter(service_level__contract=report.contract)
    assert sum(row.weight or 0 for row in terms) == 100


@pytest.mark.django_db
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda path: path.stem)
def test_schedules_use_the_catalogues_codes(schedule):
    report = load_terms(text=HEAD + schedule.read_text(encoding="utf-8"), actor=None)

    codes = ServiceLevelTerms.objects.filter(service_level__contract=report.contract).values_list("metric", flat=True)
    assert set(codes) <= set(catalogue.metrics())


def test_the_catalogue_holds_every_metric():
    assert len(catalogue.metrics()) == 209


@pytest.mark.parametrize("metric", catalogue.metrics().values(), ids=lambda metric: metric.code)
def test_every_metric_of_the_catalogue_is_computed_or_arrives_as_counts(metric):
    measures = [measure(way.kind, way.aggregation, {"of": way.of, **way.params}) for way in metric.ways]

    assert measures
    assert all(catalogue.contradiction(metric.code, measure) == "" for measure in measures)


@pytest.mark.parametrize("metric", catalogue.metrics().values(), ids=lambda metric: metric.code)
def test_only_percentiles_cannot_arrive_as_counts(metric):
    as_counts = any(way.kind is FeedKind.COUNTS for way in metric.ways)

    assert as_counts or all(way.aggregation == "percentile" for way in metric.ways)
