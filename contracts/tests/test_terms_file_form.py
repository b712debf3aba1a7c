"""Faults in the form of a terms file, each named with its line and column."""

import json
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator

from contracts.models.agreements import Contract, Fee, SecurityDuty
from contracts.models.parties import Process
from contracts.models.scope import ScopeItem
from contracts.models.service_levels import Feed, ServiceLevelTerms
from contracts.terms_file import reading
from contracts.terms_file.checking import SCHEMA, check_form
from contracts.terms_file.reading import TermsFileRefused, read_document
from sla.excuses import ExcuseTreatment
from sla.limits import MissingRule, NoVolumeRule
from sla.metrics.feeds import Aggregation
from sla.rounding import RoundingMode
from sla.volume import LowVolumeRule
from vendors.models import Certificate, Vendor

HEAD = """format: 1
client: {name: Acme}
vendor: {name: Brightline}
contract: {reference: A-1}
"""


def problems(text: str) -> list[str]:
    """Every problem of a file, as it is printed."""
    with pytest.raises(TermsFileRefused) as caught:
        check_form(read_document(text))
    return [str(problem) for problem in caught.value.problems]


def test_a_file_with_nothing_wrong_is_taken():
    check_form(read_document(HEAD))


def test_a_name_that_stands_twice_is_refused_where_it_stands_again():
    assert problems(HEAD + "client: {name: Zenith}\n") == ["5:1: “client” stands here twice; the first is on line 2."]


def test_an_unknown_name_is_refused_with_what_was_meant():
    assert problems(HEAD + "fee:\n  - {code: A}\n") == ["5:1: There is no “fee” here. Did you mean “fees”?"]


def test_an_unknown_name_inside_an_item_says_where():
    text = HEAD + "feeds:\n  - code: VOICE\n    name: Calls\n    kind: contacts\n    shedule: daily\n"

    assert problems(text) == ["9:5: There is no “shedule” here in feeds, number 1. Did you mean “schedule”?"]


def test_a_wrong_word_is_refused_with_the_right_ones():
    text = HEAD + "feeds:\n  - {code: VOICE, name: Calls, kind: contact}\n"

    assert problems(text) == [
        "6:38: “contact” is not one of counts, contacts, cases, observations, downtime. Did you mean “contacts”?"
    ]


def test_what_is_missing_is_named():
    assert problems(HEAD + "feeds:\n  - {code: VOICE, kind: contacts}\n") == [
        "6:5: “name” is missing in feeds, number 1."
    ]


def test_all_faults_are_named_at_once():
    assert len(problems("format: 2\nclient: {nam: Acme}\nvendor: Brightline\n")) == 5


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("2025-13-01", "a date is written like 2025-01-31."),
        ("'20250131'", "a date is written like 2025-01-31."),
        ("yesterday", "a date is written like 2025-01-31."),
    ],
)
def test_a_date_is_a_date(value, sentence):
    assert sentence in problems(HEAD + f"effective_on: {value}\n")[0]


@pytest.mark.parametrize("value", ["1e3", "1_000", "0x10", ".5", "'1,5'", "NaN", ".inf", "true", "007"])
def test_a_number_is_written_plainly(value):
    text = HEAD + f"fees:\n  - {{code: A, name: A, kind: flat, amount: {value}}}\n"

    assert "a number is written like 92.5" in problems(text)[0]


@pytest.mark.parametrize("value", ["12:60-13:00", "8:00-12:00", "24:00-12:00", "08:00 - 12:00", "08:00"])
def test_a_window_is_written_plainly(value):
    text = HEAD + f"calendars:\n  - {{name: Office, zone: UTC, week: {{monday: ['{value}']}}}}\n"

    assert "a window is written like 08:30-17:00." in problems(text)[0]


def test_numbers_never_pass_through_a_float():
    data = read_document("value: 0.1000000000000000055511151231257827\n").data

    assert data == {"value": Decimal("0.1000000000000000055511151231257827")}


def test_words_of_yaml_1_1_stay_words():
    data = read_document("country: NO\non: off\nday: 2025-01-31\ntime: 08:30\n").data

    assert data == {"country": "NO", "on": "off", "day": "2025-01-31", "time": "08:30"}


UNREADABLE = pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [1, 2\nb: 3\n", "2:2: This is not YAML"),
        ("a: b: c\n", "1:5: This is not YAML"),
        ("\ta: 1\n", "1:1: This is not YAML"),
        ("a: &x 1\nb: *x\n", "2:4: A terms file has no aliases: write it out."),
        ("a: !!python/object:os.system {}\n", "1:4:"),
        ("a: !secret x\n", "1:4: A terms file has no tags such as “!secret”."),
        ("? [a, b]\n: 1\n", "1:3: A name is plain text."),
        ("a: 1\n---\nb: 2\n", "2:1: This is not YAML"),
        ("a: \x07\n", "1:1: This is not YAML"),
        ("[" * 5_000 + "]" * 5_000, "1:1: The file is nested too deeply."),
        ("# " + "x" * 1_000_000, "1:1: The file has more than a million characters."),
        ("", "1:1: An empty value must be names with values."),
    ],
    ids=[
        "open list", "two colons", "tab", "alias", "object", "tag", "list as name", "two documents", "control sign",
        "deep", "long", "empty",
    ],
)  # fmt: skip


@UNREADABLE
def test_what_cannot_be_read_is_refused_at_its_place(text, problem):
    assert problems(text)[0].startswith(problem)


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("path", "choices"),
    [
        ("properties/vendor/properties/status", Vendor.Status),
        ("properties/vendor/properties/risk_tier", Vendor.RiskTier),
        ("properties/contract/properties/status", Contract.Status),
        ("properties/contract/properties/renewal/properties/kind", Contract.Renewal),
        ("properties/contract/properties/notice/properties/unit", Contract.NoticeUnit),
        ("$defs/certificate/properties/standard", Certificate.Standard),
        ("$defs/process/properties/operation", Process.Operation),
        ("$defs/process/properties/office", Process.Office),
        ("$defs/duty/properties/frequency", SecurityDuty.Frequency),
        ("$defs/scope_item/properties/performed_by", ScopeItem.PerformedBy),
        ("$defs/fee/properties/kind", Fee.Kind),
        ("$defs/fee/properties/unit", Fee.Unit),
        ("$defs/fee/properties/tier_method", Fee.TierMethod),
        ("$defs/feed/properties/kind", Feed.Kind),
        ("$defs/feed/properties/schedule", Feed.Schedule),
        ("$defs/feed/properties/due/properties/unit", Feed.DueUnit),
        ("$defs/terms/properties/period", ServiceLevelTerms.PeriodKind),
        ("$defs/terms/properties/direction", ServiceLevelTerms.Direction),
        ("$defs/terms/properties/type", ServiceLevelTerms.LevelType),
        ("$defs/measure/properties/aggregation", Aggregation),
        ("$defs/rules/properties/missing", MissingRule),
        ("$defs/rules/properties/no_volume", NoVolumeRule),
        ("$defs/rules/properties/excuses", ExcuseTreatment),
        ("$defs/rounding/properties/mode", RoundingMode),
        ("$defs/rules/properties/low_volume/properties/rule", LowVolumeRule),
    ],
)
def test_the_schema_knows_the_same_words_as_the_desk(path, choices):
    found = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for part in path.split("/"):
        found = found[part]

    assert found["enum"] == [choice.value for choice in choices]


def test_a_file_of_too_many_names_and_values_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(reading, "MOST_NODES", 5)

    with pytest.raises(TermsFileRefused) as refused:
        read_document("a: 1\nb: 2\nc: 3\n: this is not YAML any more: [\n")

    assert [str(problem) for problem in refused.value.problems] == [
        "3:1: The file has more than 5 names and values: split the contract."
    ]
