"""The rules of terms by which they cut periods and share reports."""

from dataclasses import dataclass

import pytest

from sla.part_periods import ReadRules


@dataclass
class Row:
    rules: dict[str, object]


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (
            {"part_periods": "joined", "changes": "split", "straddling": "by_day", "history": "counts"},
            ("by_day", "joined", "split", True),
        ),
        ({"part_periods": "none", "changes": 7, "history": []}, ("by_start", "last_judged", "at_start", False)),
    ],
)
def test_rules_that_make_no_sense_are_read_as_the_default(rules, found):
    terms = ReadRules()
    terms.terms = Row(rules)

    assert (terms.straddling, terms.part_periods, terms.changes, terms.counts_history) == found
