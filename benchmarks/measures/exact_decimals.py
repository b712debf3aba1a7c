"""What exact decimals cost on their way into the database and back."""

from decimal import Decimal

from benchmarks.registry import Benchmark
from bpo.fields import ExactDecimalField

VALUES = [Decimal(number).scaleb(-4) for number in range(1, 20_001)]
FIELD = ExactDecimalField()


def through_the_field() -> list[Decimal]:
    return [FIELD.from_db_value(FIELD.get_prep_value(value), None, None) for value in VALUES]


def as_text() -> list[Decimal]:
    return [Decimal(str(value)) for value in VALUES]


BENCHMARK = Benchmark(
    name="exact_decimals",
    question="How much longer do 20,000 exact decimals take than the same decimals kept as text?",
    subject="ExactDecimalField there and back, checks included",
    run_subject=through_the_field,
    reference="str() and Decimal(), no checks",
    run_reference=as_text,
)
