"""What the variations of cases share: numbers to draw from, rounding as on paper, and how a case is put."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases.replay import replay

# As many as the profile draws, and no more than keep these tests quick.
EXAMPLES = min(50, settings.default.max_examples)
MARKS = st.lists(st.sampled_from([0, 1]), max_size=24)


def numbers(least=0, most=1000, places=2):
    """Decimals as case files hold them, in any of their notations: with a point, whole, or as text."""
    drawn = st.decimals(least, most, places=places, allow_nan=False, allow_infinity=False)
    return drawn | st.integers(least, most)


def percents(places=2):
    return numbers(0, 100, places)


def amounts():
    return numbers(0, 5_000_000)


def counts(least=0, most=5000):
    return st.integers(least, most)


def q(number):
    """The exact number."""
    return Fraction(number)


def paper(number, places=2):
    """Rounded half away from zero, as on paper, written with the decimals of money."""
    unit = 10**places
    size = (abs(Fraction(number)) * unit * 2 + 1) // 2
    return Fraction(size if number >= 0 else -size, unit)


def share(part, whole, scale=100):
    return None if whole == 0 else Fraction(part) / Fraction(whole) * scale


def as_texts(value):
    """The same inputs with every decimal written as text."""
    if isinstance(value, dict):
        return {name: as_texts(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_texts(part) for part in value]
    return str(value) if isinstance(value, Decimal) else value


def varied(kind, strategy, reference):
    """Check that the answer is the reference's, with numbers as text, too, and that one input more is refused."""

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(strategy)
    def check(inputs):
        expected = reference(**inputs)
        assert replay({"kind": kind, "inputs": inputs, "expected": expected}) == []
        assert replay({"kind": kind, "inputs": as_texts(inputs), "expected": expected}) == []
        (refusal,) = replay({"kind": kind, "inputs": {**inputs, "remark": 1}, "expected": expected})
        assert refusal.endswith(f"but the kind '{kind}' does not use the input 'remark'")

    check()
