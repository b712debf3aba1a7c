"""What the days and times of a file leave open: the order of day and month, the zone, where a day begins."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bpo.formatting import show_day
from bpo.strict_values import CellError
from intake.files.readings.cells import any_time, read_cell_moment
from intake.files.readings.doubts import Doubt, Option
from intake.files.readings.moments import ORDERS, PERIODS, Moment, read_moment, style_of, utc_of
from intake.files.readings.odd_dates import typed_doubts, weeks_doubt, weeks_of_one_day
from intake.files.readings.reading import ColumnReading, Reading
from intake.files.readings.survey import Survey
from intake.files.readings.targets import DAY, INSTANT, NUMBER, PERIOD, TEXT, Target, form_of

DATED = (DAY, INSTANT, PERIOD)
RECENT = timedelta(days=45)
ORDER_LABELS = {"d/m/y": "day, month, year", "m/d/y": "month, day, year", "y/m/d": "year, month, day"}
# A day by which something is due may lie ahead.
AHEAD = frozenset({"due_at"})


def propose_times(reading: Reading, survey: Survey, target: Target, *, is_own: bool) -> tuple[Reading, list[Doubt]]:
    """Return the reading with what the data decide, and the doubts. Of its own file's reading nothing is doubted."""
    doubts: list[Doubt] = []
    for styles, columns in _columns_by_styles(reading, survey, target):
        reading, doubt = _order_of(reading, styles, columns, survey, target, is_own=is_own)
        doubts += [doubt] if doubt else []
    reading, typed = typed_doubts(reading, dated(reading), survey, target)
    doubts += typed
    moments = {column.name: moments_of(column, survey, target) for column in dated(reading)}
    if not doubts:
        if column := reading.of("period"):
            reading, weeks = weeks_doubt(reading, moments[column.name], target)
            doubts += weeks
        doubts += zone_doubt(reading, moments, survey, target)
        doubts += bounds_doubt(reading, moments, target)
    return reading, doubts


def _columns_by_styles(
    reading: Reading, survey: Survey, target: Target
) -> list[tuple[frozenset[str], list[ColumnReading]]]:
    """Return the columns whose dates look alike; styles of one column belong together, as it has one order."""
    groups: list[tuple[frozenset[str], list[ColumnReading]]] = []
    for column in dated(reading):
        cells = [text for text in survey.of(column.name).texts if needs_order(text, column, target)]
        styles = frozenset(style.name for text in cells if (style := style_of(text)))
        if styles:
            alike = [group for group in groups if group[0] & styles]
            columns = [each for group in alike for each in group[1]]
            groups = [group for group in groups if group not in alike]
            groups.append((styles.union(*(group[0] for group in alike)), [*columns, column]))
    return groups


def dated(reading: Reading) -> list[ColumnReading]:
    """Return the columns that hold days, times or periods."""
    return [column for column in reading.used if form_of(column.column) in DATED]


def needs_order(text: str, column: ColumnReading, target: Target) -> bool:
    """Whether a text is a date in figures, as opposed to the name of a period."""
    if form_of(column.column) == PERIOD and (form := PERIODS.get(target.schedule)) and form.read(text):
        return False
    return style_of(text) is not None


def _order_of(
    reading: Reading,
    styles: frozenset[str],
    columns: Sequence[ColumnReading],
    survey: Survey,
    target: Target,
    *,
    is_own: bool,
) -> tuple[Reading, Doubt | None]:
    """Decide the order of day and month of all columns in one style, by the data or by what was said before."""
    style = min(styles)
    names = {column.name for column in columns}
    texts = {
        column.name: [
            text for text in survey.of(column.name).texts if (found := style_of(text)) and found.name in styles
        ]
        for column in columns
    }
    each = [set(found.orders) for name in names for text in texts[name] if (found := style_of(text)) and found.orders]
    common = [order for order in ORDERS if each and all(order in orders for orders in each)]
    possible = common or list(ORDERS)
    said = {column.form for column in columns if column.style == style and column.form}
    dates = [text for column in columns if column.column not in AHEAD for text in texts[column.name]]
    likely = [order for order in possible if _in_time(dates, order, target)]
    chosen = ""
    if len(said) == 1:
        (order,) = said
        is_likely = order in possible and (order in likely or not likely)
        if is_own or (is_likely and not _is_stale(dates, order, likely, target)):
            chosen = order
    elif len(common) == 1:
        chosen = common[0]
    elif len(likely) == 1 and dates and (common or not each):
        chosen = likely[0]
    for name in sorted(names):
        reading = reading.with_column(name, style=style, form=chosen)
    return reading, None if chosen else _order_doubt(style, possible, texts, survey)


def _days(texts: Iterable[str], order: str) -> list[date]:
    days = []
    for text in texts:
        try:
            days.append(read_moment(text, order).day)
        except CellError:
            continue
    return days


def _in_time(texts: Sequence[str], order: str, target: Target) -> bool:
    """Whether all days lie in the time of the feed."""
    days = _days(texts, order)
    return bool(days) and target.first_day <= min(days) and max(days) <= target.today + timedelta(days=1)


def _is_stale(texts: Sequence[str], order: str, likely: Sequence[str], target: Target) -> bool:
    """Whether the order that was said gives old days alone where another one gives recent ones."""
    newest = {each: max(_days(texts, each), default=target.first_day) for each in {order, *likely}}
    recent = target.today - RECENT
    return newest[order] < recent and any(newest[each] >= recent for each in likely if each != order)


def _order_doubt(style: str, orders: Sequence[str], texts: dict[str, list[str]], survey: Survey) -> Doubt:
    name = next(name for name in texts if texts[name])
    text = next((each for each in texts[name] if len({*_days_by(each, orders)}) > 1), texts[name][0])
    options = []
    for order in orders:
        days = _days([text], order)
        options.append(
            Option(
                order,
                _(ORDER_LABELS[order]),
                _("“%(text)s” is %(day)s") % {"text": text, "day": show_day(days[0])} if days else "",
            )
        )
    details = {"text": text, "name": name, "line": survey.of(name).line_of(text)}
    return Doubt(f"form:{style}", _("Which day is “%(text)s” in “%(name)s”, line %(line)s?") % details, options)


def _days_by(text: str, orders: Iterable[str]) -> list[date]:
    return [day for order in orders for day in _days([text], order)]


def moments_of(column: ColumnReading, survey: Survey, target: Target) -> list[tuple[str, Moment]]:
    """Return the cells of a column that say a day or a moment, each with what it says."""
    found = []
    for cell in survey.of(column.name).cells:
        if form_of(column.column) == PERIOD and (form := PERIODS.get(target.schedule)) and form.read(cell.text):
            continue
        text = cell.text
        if column.clock:
            text = f"{text} {next(iter(survey.of(column.clock).samples), '')}"
        try:
            found.append((text, read_cell_moment(text, cell.kind, column)))
        except CellError:
            continue
    return found


def zone_doubt(
    reading: Reading, moments: dict[str, list[tuple[str, Moment]]], survey: Survey, target: Target
) -> list[Doubt]:
    """Ask for the zone of moments that do not say their offset from UTC."""
    if reading.zone:
        return []
    for column in dated(reading):
        is_instant = form_of(column.column) == INSTANT
        for text, moment in moments[column.name]:
            if moment.clock is not None and moment.offset is None and (is_instant or any_time(moment)):
                options = [Option(zone, zone, _effect(text, moment, zone, target)) for zone in target.zones]
                details = {"name": column.name, "text": text, "line": survey.of(column.name).line_of(text)}
                question = _("In which time zone is “%(name)s”? The file does not say; line %(line)s has “%(text)s”.")
                return [Doubt("zone", question % details, options)]
    return []


def _effect(text: str, moment: Moment, zone: str, target: Target) -> str:
    try:
        at = utc_of(moment, ZoneInfo(zone)).astimezone(target.zone)
    except CellError:
        return ""
    details = {"text": text, "day": show_day(at.date()), "clock": f"{at:%H:%M}", "zone": target.zone.key}
    return _("“%(text)s” is %(day)s, %(clock)s in %(zone)s") % details


def bounds_doubt(reading: Reading, moments: dict[str, list[tuple[str, Moment]]], target: Target) -> list[Doubt]:
    """Ask which day is meant where days begin at the midnight of another zone than the contract's."""
    column = reading.of("date")
    if column is None or reading.day_bounds:
        return []
    stated = [(text, moment) for text, moment in moments[column.name] if moment.offset is not None]
    if not stated or any(any_time(moment) for _text, moment in stated):
        return []
    text, moment = stated[0]
    at = utc_of(moment, None).astimezone(target.zone)
    if not at.hour and not at.minute:
        return []
    options = [
        Option("written", show_day(moment.day), _("as it is written")),
        Option("begins", show_day(at.date()), _("the day in %(zone)s on which it begins") % {"zone": target.zone.key}),
    ]
    details = {"text": text, "clock": f"{at:%H:%M}", "zone": target.zone.key}
    question = _("The days begin at %(clock)s in %(zone)s, as “%(text)s” does. Which day do they count for?")
    return [Doubt("day_bounds", question % details, options)]


def has_repeats(reading: Reading, survey: Survey, target: Target) -> bool:
    """Whether days or periods of totals stand in several lines that no other column tells apart."""
    column = reading.of(target.day_column) if target.day_column else None
    others = [each for each in reading.used if each != column and form_of(each.column) not in (NUMBER, TEXT)]
    return (
        column is not None and not others and any(count > 1 for count, _line in survey.of(column.name).cells.values())
    )


def has_intervals(reading: Reading, survey: Survey, target: Target) -> bool:
    """Whether the days or periods of totals are given as shorter spans, which have to be added up."""
    column = reading.of(target.day_column) if target.day_column else None
    if column is None:
        return False
    moments = [moment for _text, moment in moments_of(column, survey, target)]
    if target.day_column == "date":
        return any(any_time(moment) and not _is_local_midnight(moment, target) for moment in moments)
    form = PERIODS.get(target.schedule)
    if form is None or weeks_of_one_day(moments, target):
        return False
    return any(any_time(moment) or not form.begins(moment.day) for moment in moments)


def _is_local_midnight(moment: Moment, target: Target) -> bool:
    if moment.offset is None:
        return False
    at = utc_of(moment, None).astimezone(target.zone)
    return (at.hour, at.minute, at.second) == (0, 0, 0)
