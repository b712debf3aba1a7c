"""What is unlikely in rows that break no rule: names that no level reads, values of another scale, totals beside parts.

The rules are the project's own: what is certainly lost is refused, what is unlikely is asked.
Values are whole numbers of any one unit, such as millionths; None and what is not above 0 has no scale.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from sla.metrics.target_params import NOT_COUNTED

# Seconds in a minute, an hour and a day; percent in one, thousandths in one.
FACTORS = (60, 100, 1_000, 3_600, 86_400)
# So many times off is no longer usual, and so many earlier values show what is.
LEAST_FACTOR = 30
LEAST_HISTORY = 3
# Of so many earlier values the lowest twentieth is left out: some calls wait for next to nothing.
LONG_HISTORY = 20
# A spreadsheet keeps so many digits of a number.
KEPT_DIGITS = 15
NAMES_COMPARED = 500
TOTAL_NAMES = frozenset(
    {"total", "totals", "grand total", "overall", "sum", "all", "gesamt", "summe", "insgesamt", "alle"}
    | {"celkem", "razem", "totale", "totaal", "suma", "somme"}
)
Name = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnreadName:
    """Values of the narrowing columns that a level does not read, and the values that may be meant; empty if none."""

    name: Name
    near: Name
    is_read: bool


def values_read(narrowing: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return by column the values that terms read: as they narrow it, and those with targets or minutes of theirs."""
    read = {column: frozenset([only] if isinstance(only, str) else only) for column, only in narrowing.items()}
    tables = params.get("targets", {}) if params.get("without_target", NOT_COUNTED) == NOT_COUNTED else {}
    if services := params.get("services"):
        tables = {"service": [service.strip() for service in services.split(",")]}
    for column, table in tables.items():
        read[column] = read.get(column, frozenset(table)) & frozenset(table)
    return read


def plain_name(name: str) -> str:
    """Return a name without the differences that people do not see: case, and blanks around and between words."""
    return " ".join(name.split()).casefold()


def unread_names(
    names: Iterable[Name], columns: Sequence[str], narrowings: Sequence[Mapping[str, Collection[str]]]
) -> list[UnreadName]:
    """Return the names that no level reads, and those that differ from what one reads in case or blanks alone.

    `names` are the distinct values of `columns`; a narrowing has the values that one level reads, by column, and one
    without columns reads all rows. Without levels nothing is unread.
    """
    known = [{value for each in narrowings for value in each.get(column, ())} for column in columns]
    plain = [{plain_name(value): value for value in sorted(values, reverse=True)} for values in known]
    found = []
    for name in sorted(names) if narrowings else ():
        values = dict(zip(columns, name, strict=True))
        is_read = any(all(values[column] in each[column] for column in each) for each in narrowings)
        near = tuple(
            "" if value in of_column else by_plain.get(plain_name(value), "")
            for value, of_column, by_plain in zip(name, known, plain, strict=True)
        )
        if not is_read and not any(near):
            near = tuple(map(close_name, name, plain))
        if not is_read or any(near):
            found.append(UnreadName(name, near, is_read))
    return found


def close_name(name: str, by_plain: Mapping[str, str]) -> str:
    """Return the name that one resembles though letters differ; empty if there is none, or it is that name itself."""
    plain = plain_name(name)
    near = get_close_matches(plain, by_plain, 1) if plain and len(by_plain) <= NAMES_COMPARED else []
    return by_plain[near[0]] if near and by_plain[near[0]] != name else ""


def off_scale(value: int, low: int, middle: int, high: int) -> Fraction | None:
    """Return how many times too high a value is, as one of FACTORS or a part of one; None where it may be right.

    It is off where it lies well outside `low` to `high`, at least LEAST_FACTOR times from the `middle`, and the factor
    would bring it back.
    """
    if value <= 0 or low <= 2 * value <= 4 * high:
        return None
    ratio = Fraction(value, middle)
    times = ratio if ratio > 1 else 1 / ratio
    if times < LEAST_FACTOR:
        return None
    nearest = min(FACTORS, key=lambda factor: max(times / factor, factor / times))
    factor = Fraction(nearest) if ratio > 1 else Fraction(1, nearest)
    return factor if low <= 2 * value / factor <= 4 * high else None


def unusual_scale(
    values: Sequence[int | None], history: Sequence[int | None], *, least_share: Fraction = Fraction(0)
) -> tuple[Fraction, list[int]] | None:
    """Return the factor by which values are off an earlier history, and the positions of those; None if none are.

    They are more than `least_share` of the values above 0. A factor of 100 means 100 times too high.
    """
    earlier = sorted(value for value in history if value is not None and value > 0)
    if len(earlier) < LEAST_HISTORY:
        return None
    low = earlier[len(earlier) // 20 if len(earlier) >= LONG_HISTORY else 0]
    middle, high = earlier[len(earlier) // 2], earlier[-1]
    factors = {value: off_scale(value, low, middle, high) for value in set(values) if value is not None}
    off = [at for at, value in enumerate(values) if value is not None and factors[value] is not None]
    filled = sum(value is not None and value > 0 for value in values)
    if not off or Fraction(len(off), filled) <= least_share:
        return None
    by_factor = [factors[value] for at in off if (value := values[at]) is not None]
    return max(filter(None, by_factor), key=by_factor.count), off


def all_below(values: Sequence[int | None], history: Sequence[int | None], limit: int) -> list[int]:
    """Return the positions of the values above 0 where all of them lie below a limit, and no history says why."""
    if sum(value is not None and value > 0 for value in history) >= LEAST_HISTORY:
        return []
    filled = [at for at, value in enumerate(values) if value is not None and value > 0]
    return filled if all((values[at] or 0) < limit for at in filled) else []


def total_beside_parts(parts: Mapping[str, tuple[int, int | None]]) -> str | None:
    """Return the part that is the sum of at least two others, or is named as one; None if there is none.

    `parts` are the numerators and denominators of one day by name.
    """
    filled = {name: numbers for name, numbers in parts.items() if any(numbers)}
    total, of_total = (sum(numbers[place] or 0 for numbers in filled.values()) for place in (0, 1))
    for name, (numerator, denominator) in filled.items() if len(filled) > 1 else ():
        is_sum = 2 * numerator == total and 2 * (denominator or 0) == of_total
        if plain_name(name) in TOTAL_NAMES or (is_sum and len(filled) > 2):
            return name
    return None


def rounded_ids(ids: Sequence[str]) -> list[int]:
    """Return the positions of ids that a spreadsheet may have rounded: after the fifteenth digit all have only zeros.

    Below three such zeros in all it may be chance.
    """
    if not ids or max(map(len, ids)) <= KEPT_DIGITS:
        return []
    long = [at for at, each in enumerate(ids) if len(each) > KEPT_DIGITS and each.isascii() and each.isdigit()]
    rests = "".join(ids[at][KEPT_DIGITS:] for at in long)
    return long if len(rests) > 2 and not rests.strip("0") else []


def is_garbled(text: str) -> bool:
    """Whether a text was read in a wrong encoding: letters are lost, or two stand where one was (`Ã¼` for `ü`)."""
    if text.isascii():
        return False
    for encoding in ("cp1252", "cp1250"):
        with suppress(UnicodeError):
            text.encode(encoding).decode("utf-8")
            return True
    return "\N{REPLACEMENT CHARACTER}" in text


def lean(refused: Fraction | None, accepted: Fraction | None, *, higher_is_better: bool | None) -> str:
    """Return how refused rows would have moved a value: `worse`, `better`, `higher`, `lower`, `same` or `unknown`."""
    if refused is None or accepted is None:
        return "unknown"
    if refused == accepted:
        return "same"
    if higher_is_better is None:
        return "higher" if refused > accepted else "lower"
    return "better" if (refused > accepted) == higher_is_better else "worse"
