"""Numbers as case files print them."""

from fractions import Fraction

DECIMALS = 4


def printed(value: Fraction | float | None, decimals: int = DECIMALS) -> float | None:
    """The number rounded as the files are, to four decimals unless told otherwise; None stays None."""
    return None if value is None else round(float(value), decimals)
