"""What feeds, service levels and terms may not be, and the sentences that say so."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from bpo.changes import change_recorded
from contracts.models.service_levels import Feed, ServiceLevel
from contracts.services.agreements import activate_contract, add_amendment, create_contract
from contracts.services.service_levels import add_feed, add_service_level, set_terms
from contracts.services.successions import end_row
from contracts.tests.conftest import IN_TIME, JUNE, START
from contracts.tests.test_contract_rules import refusal


def test_the_known_terms_are_taken(agreement):
    agreement.new_terms().full_clean()


@pytest.mark.parametrize(
    ("direction", "expected", "minimum", "sentence"),
    [
        ("higher", 80, 81, "The minimum 81 is better than the expected 80."),
        ("lower", 30, 29, "The minimum 29 is better than the expected 30."),
    ],
)
def test_a_minimum_is_never_better_than_what_is_expected(agreement, direction, expected, minimum, sentence):
    levels = {"direction": direction, "expected": Decimal(expected), "minimum": Decimal(minimum)}

    assert sentence in refusal(agreement.new_terms(**levels))


def test_a_minimum_may_equal_what_is_expected(agreement):
    agreement.new_terms(expected=Decimal(80), minimum=Decimal(80)).full_clean()


def test_terms_do_not_overlap(agreement):
    terms = agreement.new_terms(effective_on=date(2025, 5, 31))

    assert "it already is from 2025-01-01 until before 2025-06-01" in refusal(terms)


def test_terms_come_no_earlier_than_their_amendment(agreement):
    amendment = add_amendment(actor=None, contract=agreement.contract, title="One", effective_on=date(2025, 7, 1))

    assert "Amendment 1 takes effect on 2025-07-01" in refusal(agreement.new_terms(amendment=amendment))


def test_terms_come_by_an_amendment_of_their_own_contract(agreement):
    other = create_contract(
        actor=None, client=agreement.client, vendor=agreement.vendor, reference="A-2", title="More", starts_on=START
    )

    assert "The amendment belongs to another contract." in refusal(
        agreement.new_terms(amendment=other.amendments.get())
    )


@pytest.mark.parametrize(
    ("bands", "sentence"),
    [
        (
            [{"name": "a", "lower": "98", "upper": "98.9"}, {"name": "b", "lower": "99", "upper": None}],
            "There is a gap",
        ),
        ([{"name": "a", "lower": "98", "upper": "99.2"}, {"name": "b", "lower": "99", "upper": None}], "overlap from"),
        ([{"name": "a", "lower": "99", "upper": "98"}], "must end above"),
        ([{"name": "a", "lower": None, "upper": "98"}, {"name": "a", "lower": "98", "upper": None}], "the same name"),
    ],
)
def test_bands_leave_no_gap_and_no_overlap(agreement, bands, sentence):
    assert sentence in refusal(agreement.new_terms(bands=bands))


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"params": {"of": "answered_in_time", "threshold": 20}}, "no parameter 'threshold'"),
        ({"params": {"of": "answered_in_time", "variant": "no_short", "threshold_seconds": 20}}, "needs parameter"),
        ({"params": {"of": "answered_in_time", "threshold_seconds": "soon", "short_seconds": 5}}, "must be a number"),
        ({"aggregation": "average"}, "There is no aggregation 'average'"),
        ({"aggregation": "availability", "params": {}}, "A feed of kind 'contacts' has no measure of kind"),
        ({"rules": {"roundings": 1}}, "There is no rule named 'roundings'"),
        ({"rules": {"low_volume": {"rule": "none", "min_cases": 0}}}, "must be at least 1"),
        ({"rules": {"ramp_up_until": "soon"}}, "must be a date"),
        ({"rules": {"repeats": {"rule": "running"}}}, "is a list of rules"),
        ({"rules": {"repeats": [{"rule": "sometimes"}]}}, "must be one of running, in_window, points, average"),
        ({"rules": {"repeats": [{"rule": "points", "threshold": 50}]}}, "need 'points'"),
        ({"rules": {"repeats": [{"rule": "average", "limit": 97.5}]}}, "decimal as text"),
        ({"rules": {"repeats": [{"rule": "average", "limit": "high"}]}}, "decimal as text"),
        ({"rules": {"repeats": [{"rule": "average", "limit": "NaN"}]}}, "decimal as text, got 'NaN'"),
        ({"rules": {"repeats": [{"rule": "running", "counts": "all"}]}}, "'breach' or 'below_expected'"),
        ({"rules": {"repeats": [{"rule": "in_window", "windows": 3}]}}, "no setting of repeats named 'windows'"),
        ({"rules": {"repeats": [{"rule": "running", "count": 0}]}}, "must be"),
        ({"period": "contract_year"}, "need the date from which they are counted"),
        ({"period": "p454", "period_anchor": date(2018, 2, 5)}, "2018-01-29 or 2018-02-26 would be right."),
        ({"period": "p454", "period_anchor": date(1, 1, 2), "rules": {"year_end": "last"}}, "out of range"),
        ({"period": "p454", "period_anchor": START, "rules": {"year_end": "first"}}, "must be one of nearest, last"),
        ({"rules": {"year_end": "last"}}, "“year_end” is only for periods of kind p445, p454, p544."),
        ({"narrowing": {"priority": ["P1"]}}, "cannot be narrowed by “priority”; only by queue."),
        ({"narrowing": {"queue": []}}, "needs a list of texts"),
        ({"weight": Decimal(101)}, "100 percent at most"),
        ({"weight": Decimal(10), "level_type": "reported_only"}, "carries no weight"),
        ({"direction": "range"}, "needs both ends"),
        ({"expected_high": Decimal(90)}, "Only a level of direction 'range' has upper ends."),
    ],
)
def test_what_the_engine_cannot_judge_by_is_refused_in_its_words(agreement, changes, sentence):
    assert sentence in refusal(agreement.new_terms(**changes))


def test_terms_agreed_under_an_earlier_rule_can_be_ended(agreement):
    activate_contract(actor=None, contract=agreement.contract)
    level = agreement.level
    level.terms.update(period="p454", period_anchor=date(2018, 2, 7))

    end_row(level.terms.first(), actor=None, ends_on=JUNE)

    assert level.terms.first().ends_on == JUNE


def test_a_metric_of_the_catalogue_is_measured_as_the_catalogue_says(agreement):
    said = refusal(agreement.new_terms(metric="CC-ASA"))

    assert said == (
        "CC-ASA (Average speed of answer) is computed by contacts mean wait or counts mean numerator, "
        "not by contacts share_within answered_in_time (no_short)."
    )


def test_a_variant_is_part_of_what_a_metric_is(agreement):
    assert "(strict)" in refusal(agreement.new_terms(metric="CC-SL-OFF"))


def test_the_contracts_own_metric_may_be_measured_in_any_way(agreement):
    agreement.new_terms(metric="X-OURS").full_clean()


@pytest.mark.parametrize("period", ["day", "week", "week_sunday", "p445"])
def test_monthly_counts_cannot_be_judged_by_shorter_periods(agreement, period):
    level = add_service_level(
        actor=None, contract=agreement.contract, feed=agreement.totals, code="QUALITY", name="Quality"
    )
    terms = agreement.new_terms(
        service_level=level, metric="CC-QA-N", aggregation="ratio", params={}, period=period, period_anchor=START
    )

    assert "The feed TOTALS reports monthly" in refusal(terms)


def test_a_feed_does_not_become_coarser_than_the_periods_it_is_judged_by(agreement):
    feed = add_feed(
        actor=None, contract=agreement.contract, code="DAILY", name="Daily", kind="counts", schedule="daily"
    )
    level = add_service_level(actor=None, contract=agreement.contract, feed=feed, code="QUALITY", name="Quality")
    quality = {"metric": "CC-QA-N", "aggregation": "ratio", "direction": "higher", "expected": Decimal(95)}
    set_terms(actor=None, service_level=level, amendment=agreement.contract.amendments.get(), period="week", **quality)

    with pytest.raises(ValidationError, match="cannot be judged by periods of kind “week”"):
        change_recorded(feed, actor=None, schedule="monthly")


@pytest.mark.parametrize(
    ("kind", "more", "sentence"),
    [
        ("contacts", {"lowest": Decimal(0)}, "Only observations have bounds."),
        ("cases", {"allows_excess": True}, "Only counts have a numerator"),
        (
            "observations",
            {"lowest": Decimal(5), "highest": Decimal(4)},
            "The highest value cannot lie below the lowest.",
        ),
        ("counts", {"starts_on": date(2024, 12, 31)}, "is before the contract's start"),
        ("counts", {"code": "lower case"}, "A code has capital letters"),
    ],
)
def test_settings_of_a_feed_fit_its_kind(agreement, kind, more, sentence):
    values = {"contract": agreement.contract, "code": "NEW", "name": "New", "kind": kind, "starts_on": START}

    assert sentence in refusal(Feed(**(values | more)))


def test_a_feed_keeps_its_kind(agreement):
    agreement.voice.kind = "cases"

    assert "A feed keeps its contract and its kind" in refusal(agreement.voice)


@pytest.mark.parametrize(("name", "value"), [("schedule", "daily"), ("code", "SUMS")])
def test_a_feed_of_a_running_contract_keeps_what_its_results_are_known_by(agreement, name, value):
    """A month that was sent as one total would count again, day by day."""
    activate_contract(actor=None, contract=agreement.contract)
    feed = Feed.objects.get(pk=agreement.totals.pk)
    setattr(feed, name, value)

    assert "keeps its code and its schedule" in refusal(feed)


def test_a_feed_of_a_draft_may_still_be_given_another_schedule(agreement):
    change_recorded(agreement.totals, actor=None, schedule="weekly")

    assert Feed.objects.get(pk=agreement.totals.pk).schedule == "weekly"


def test_a_service_level_reads_a_feed_of_its_own_contract(agreement):
    other = create_contract(
        actor=None, client=agreement.client, vendor=agreement.vendor, reference="A-2", title="More", starts_on=START
    )

    assert "The feed VOICE belongs to another contract." in refusal(
        ServiceLevel(contract=other, feed=agreement.voice, code="X", name="X")
    )


def test_a_service_level_with_terms_keeps_its_feed(agreement):
    agreement.level.feed = agreement.totals

    assert "keeps its contract and its feed" in refusal(agreement.level)


def test_new_terms_end_those_before_them(agreement):
    amendment = add_amendment(actor=None, contract=agreement.contract, title="One", effective_on=JUNE)

    set_terms(actor=None, service_level=agreement.level, amendment=amendment, **(IN_TIME | {"expected": Decimal(85)}))

    spans = agreement.level.terms.order_by("effective_on").values_list("effective_on", "ends_on", "expected")
    assert list(spans) == [(START, JUNE, Decimal(80)), (JUNE, None, Decimal(85))]


def test_terms_are_not_slipped_in_before_later_ones(agreement):
    one = add_amendment(actor=None, contract=agreement.contract, title="One", effective_on=JUNE)
    set_terms(actor=None, service_level=agreement.level, amendment=one, effective_on=date(2025, 9, 1), **IN_TIME)

    with pytest.raises(ValidationError, match="it already is from 2025-09-01 on"):
        set_terms(actor=None, service_level=agreement.level, amendment=one, **IN_TIME)
