"""Coordinates of charts, computed exactly; templates draw them as SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from bpo.formatting import Number, rounded


def place(value: Fraction) -> str:
    """A coordinate with one decimal."""
    return str(rounded(value, 1))


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values from low..high to pixels from start..stop."""

    low: Fraction
    high: Fraction
    start: Fraction
    stop: Fraction

    def at(self, value: Number) -> Fraction:
        """The pixel of a value; values beyond the range are drawn at its edge."""
        span = self.high - self.low
        if not span:
            return (self.start + self.stop) / 2
        share = (min(max(Fraction(value), self.low), self.high) - self.low) / span
        return self.start + share * (self.stop - self.start)


@dataclass(frozen=True, slots=True)
class Bullet:
    """A dot on three bands; right is always better."""

    width: int
    minimum_x: str
    expected_x: str
    middle_width: str
    high_width: str
    dot_x: str


def bullet(*, value: Number | None, expected: Number | None, minimum: Number | None, direction: str) -> Bullet | None:
    """A value against its limits; None without a value or limits, or with two-sided limits."""
    if value is None or expected is None or direction == "range":
        return None
    width = 150
    least = Fraction(expected if minimum is None else minimum)
    marks = [Fraction(expected), least, Fraction(value)]
    margin = max(abs(Fraction(expected) - least) * Fraction(3, 5), (max(marks) - min(marks)) / 10, Fraction(1, 1000))
    low, high = min(marks) - margin, max(marks) + margin
    start, stop = (width - 5, 5) if direction == "lower" else (5, width - 5)
    scale = Scale(low, high, Fraction(start), Fraction(stop))
    minimum_x, expected_x = scale.at(least), scale.at(expected)
    return Bullet(
        width=width,
        minimum_x=place(minimum_x),
        expected_x=place(expected_x),
        middle_width=place(expected_x - minimum_x),
        high_width=place(width - expected_x),
        dot_x=place(scale.at(value)),
    )


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line of the last periods and of the expected level, on its own scale."""

    width: int
    height: int
    points: str
    expected_y: str
    last_x: str
    last_y: str


def spark(values: Sequence[Number | None], expected: Number | None) -> Spark | None:
    """The line of these values, with the expected level where there is one; None where fewer than two are known."""
    known = [(place_, Fraction(value)) for place_, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return None
    width, height = 84, 22
    all_values = [value for _, value in known] + ([] if expected is None else [Fraction(expected)])
    across = Scale(Fraction(0), Fraction(len(values) - 1), Fraction(2), Fraction(width - 4))
    down = Scale(min(all_values), max(all_values), Fraction(height - 2), Fraction(2))
    points = [(place(across.at(at)), place(down.at(value))) for at, value in known]
    return Spark(
        width=width,
        height=height,
        points=" ".join(f"{x},{y}" for x, y in points),
        expected_y="" if expected is None else place(down.at(Fraction(expected))),
        last_x=points[-1][0],
        last_y=points[-1][1],
    )


@dataclass(frozen=True, slots=True)
class Spot:
    """One period on the chart: its position and its look."""

    x: str
    y: str
    glyph: str
    classes: str
    title: str


@dataclass(frozen=True, slots=True)
class Step:
    """A limit for as long as it was in force: a flat line."""

    x1: str
    x2: str
    y: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at the edge of a chart."""

    x: str
    y: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Periods as a line, with the limits in force in each."""

    width: int
    height: int
    lines: list[str] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    expected: list[Step] = field(default_factory=list)
    minimum: list[Step] = field(default_factory=list)
    bottom: list[Tick] = field(default_factory=list)
    side: list[Tick] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Point:
    """One period to be drawn; its numbers are unrounded."""

    label: str
    value: Decimal | None
    expected: Decimal | None
    minimum: Decimal | None
    glyph: str
    classes: str
    title: str


def chart(points: Sequence[Point], *, show: Callable[[Fraction], str]) -> Chart | None:
    """The chart of these periods; None where no value is known."""
    values = [Fraction(n) for p in points for n in (p.value, p.expected, p.minimum) if n is not None]
    if not any(point.value is not None for point in points):
        return None
    width, height, left, right, top, bottom = 900, 220, 70, 14, 12, 26
    pad = (max(values) - min(values)) / 12 or Fraction(1)
    down = Scale(min(values) - pad, max(values) + pad, Fraction(height - bottom), Fraction(top))
    slot = Fraction(width - left - right, len(points))
    drawn = Chart(width, height)
    # A period without a value is a gap in the line.
    lines: list[list[str]] = [[]]
    for number, point in enumerate(points):
        middle = left + slot * number + slot / 2
        start, stop = place(left + slot * number), place(left + slot * (number + 1))
        if point.expected is not None:
            drawn.expected.append(Step(start, stop, place(down.at(point.expected))))
        if point.minimum is not None:
            drawn.minimum.append(Step(start, stop, place(down.at(point.minimum))))
        if number % -(-len(points) // 12) == 0:
            drawn.bottom.append(Tick(place(middle), str(height - 8), point.label))
        if point.value is None:
            lines.append([])
            y = Fraction(height - bottom - 8)
        else:
            y = down.at(point.value)
            lines[-1].append(f"{place(middle)},{place(y)}")
        drawn.spots.append(Spot(place(middle - 7), place(y - 7), point.glyph, point.classes, point.title))
    drawn.lines.extend(" ".join(line) for line in lines if len(line) > 1)
    for value in (max(values), min(values)):
        drawn.side.append(Tick(str(left - 8), place(down.at(value) + 4), show(value)))
    return drawn


@dataclass(frozen=True, slots=True)
class Bar:
    """One day's bar."""

    x: str
    y: str
    width: str
    height: str
    is_worst: bool
    title: str


def bars(values: Sequence[tuple[str, Fraction | None]], *, worst: set[int]) -> list[Bar]:
    """Upright bars from zero, one a day, up to 120 high and 64 wide; days without a value and single days have none."""
    known = [value for _, value in values if value is not None]
    if len(known) < 2 or max(known) <= 0:
        return []
    slot = min(Fraction(880, len(values)), Fraction(80))
    drawn = []
    for number, (title, value) in enumerate(values):
        if value is None:
            continue
        tall = max(value, Fraction(0)) / max(known) * 120
        drawn.append(
            Bar(
                x=place(10 + slot * number + slot / 10),
                y=place(130 - tall),
                width=place(slot * 4 / 5),
                height=place(tall),
                is_worst=number in worst,
                title=title,
            )
        )
    return drawn
