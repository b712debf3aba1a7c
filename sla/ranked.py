"""Thousands of single amounts in rising order, kept as integers; fractions are made of those that are looked at."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from typing import overload


class Ranked(Sequence[Fraction]):
    """Amounts in rising order, each so many parts of a whole: 2,500,000 parts of 1,000,000 are 2.5."""

    __slots__ = ("parts", "whole")

    def __init__(self, parts: Iterable[int], whole: int) -> None:
        self.parts = tuple(sorted(parts))
        self.whole = whole

    def __len__(self) -> int:
        return len(self.parts)

    @overload
    def __getitem__(self, place: int) -> Fraction: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Fraction, ...]: ...

    def __getitem__(self, place: int | slice) -> Fraction | tuple[Fraction, ...]:
        if isinstance(place, slice):
            return tuple(Fraction(part, self.whole) for part in self.parts[place])
        return Fraction(self.parts[place], self.whole)

    def __iter__(self) -> Iterator[Fraction]:
        return iter(self[:])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Ranked) and other.whole == self.whole:
            return other.parts == self.parts
        return isinstance(other, Ranked | tuple) and tuple(other) == self[:]

    def __hash__(self) -> int:
        return hash(self[:])

    def __repr__(self) -> str:
        return f"Ranked({self.parts!r}, {self.whole})"

    def texts(self) -> list[str]:
        """Every amount as `str` writes the fraction."""
        known = TEXTS.setdefault(self.whole, Texts(self.whole))
        return list(map(known.__getitem__, self.parts))


class Texts(dict[int, str]):
    """How `str` writes so many parts of a whole; sampled values are few, and each occurs often."""

    def __init__(self, whole: int) -> None:
        super().__init__()
        self.whole = whole

    def __missing__(self, part: int) -> str:
        if len(self) >= MOST_TEXTS:
            self.clear()
        self[part] = text = str(Fraction(part, self.whole))
        return text


MOST_TEXTS = 65_536
TEXTS: dict[int, Texts] = {}


def joined(many: Iterable[Sequence[Fraction]]) -> Sequence[Fraction]:
    """All amounts together: ranked where all of them are parts of the same whole."""
    filled = [values for values in many if values]
    ranked = [values for values in filled if isinstance(values, Ranked)]
    if ranked and len(ranked) == len(filled) and len({values.whole for values in ranked}) == 1:
        return Ranked(chain.from_iterable(values.parts for values in ranked), ranked[0].whole)
    return tuple(chain.from_iterable(filled))
