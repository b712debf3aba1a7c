"""Measures of defects: per million opportunities, and the three accuracies of data entry."""

from dataclasses import dataclass
from fractions import Fraction

from sla.tallies import Exact, Tally, exact

MILLION = 1_000_000


def defects_per_million(defects: Exact, units: Exact, opportunities: Exact) -> Fraction | None:
    """Defects out of all opportunities, per million; None without opportunities."""
    chances = exact(units) * exact(opportunities)
    return exact(defects) * MILLION / chances if chances else None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedBatch:
    """A batch of records that were keyed, and how many records, fields and characters of it are wrong."""

    records: int
    fields_per_record: int
    chars_per_field: int
    bad_records: int
    bad_fields: int
    bad_chars: int

    def record_tally(self) -> Tally:
        """Records without an error, of all records."""
        return Tally.of(self.records - self.bad_records, self.records)

    def field_tally(self) -> Tally:
        """Fields without an error, of all fields."""
        fields = self.records * self.fields_per_record
        return Tally.of(fields - self.bad_fields, fields)

    def keystroke_tally(self) -> Tally:
        """Characters without an error, of all characters."""
        chars = self.records * self.fields_per_record * self.chars_per_field
        return Tally.of(chars - self.bad_chars, chars)
