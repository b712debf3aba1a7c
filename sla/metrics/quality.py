"""Measures of defects: per million opportunities, and the three accuracies of data entry."""

from dataclasses import dataclass
from fractions import Fraction

from sla.tallies import Exact, Tally, exact

MILLION = 1_000_000


def defects_per_million(defects: Exact, units: Exact, opportunities: Exact) -> Fraction | None:
    """Defects out of all opportunities, per million; None without opportunities."""
    chances = exact(units) * exact(opportunities)
    return exact(defects) * MILLION / chances if chances else None


@dataclass(frozen=True, slots=True)
class KeyingTallies:
    """Records, fields and characters without an error, each out of all of them."""

    records: Tally
    fields: Tally
    keystrokes: Tally


def keying_tallies(
    *,
    records: int,
    fields_per_record: int,
    chars_per_field: int,
    bad_records: int,
    bad_fields: int,
    bad_chars: int,
) -> KeyingTallies:
    """The accuracies of a batch of records that were keyed, of which so many records, fields and characters are bad."""
    fields = records * fields_per_record
    chars = fields * chars_per_field
    return KeyingTallies(
        Tally.of(records - bad_records, records),
        Tally.of(fields - bad_fields, fields),
        Tally.of(chars - bad_chars, chars),
    )
