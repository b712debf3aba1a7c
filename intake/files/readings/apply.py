"""Lines of a file become rows of results by a reading: chunk by chunk, with what is refused and what is left out."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bpo.row_errors import RowError
from bpo.strict_values import CellError
from contracts.models.service_levels import Feed
from intake.files.readings.cells import LeaveOutRow, cell_reader, error_of
from intake.files.readings.checks import checked_shares
from intake.files.readings.day_hours import DayHours, Step, with_clock
from intake.files.readings.heads import filled, is_total, says_total
from intake.files.readings.numbers import plain_text
from intake.files.readings.plain_chunks import columns_of, take_plainly
from intake.files.readings.reading import ColumnReading, Reading, fold_word
from intake.files.readings.rows import Cells, LeftOut, Rows, Total
from intake.files.readings.survey import Survey
from intake.files.readings.targets import NUMBER, Target, form_of
from intake.files.sources import Line

MOST_REMEMBERED = 10_000
NOT_ADDED = frozenset({"note", "reason", "external_id"})
ID_JOINED_BY = "_"


class Application:
    """Applies a reading to the lines of one file, in any number of chunks. Raises nothing: errors are listed."""

    def __init__(self, reading: Reading, survey: Survey, target: Target) -> None:
        heads = survey.heads
        self.reading, self.heads, self.target, self.survey = reading, heads, target, survey
        self.width = len(heads.names)
        self.steps = [step for column in reading.used if (step := self._step(column))]
        present = {step.name for step in self.steps}
        self.numbers = [step.name for step in self.steps if form_of(step.name) == NUMBER]
        self.weights = {
            column.column: place
            for column in reading.used
            if column.times and (place := heads.place(column.times)) is not None
        }
        self.read_weight = cell_reader(ColumnReading("", "weight"), reading, target)
        self.keys = sorted(present.difference(self.numbers, NOT_ADDED))
        self.key_places = [step.place for step in self.steps if step.name in self.keys]
        self.id_steps = [step for name in reading.id if (step := self._id_step(name))]
        self.conditions = [
            (place, frozenset(map(fold_word, each.values)))
            for each in reading.leave_out
            if (place := heads.place(each.name)) is not None
        ]
        self.needed = self.target.required & present
        self.is_added_up = reading.add_up and target.kind in ("", Feed.Kind.COUNTS) and bool(target.day_column)
        self.total = Total()
        self.groups: dict[tuple[str | None, ...], tuple[int, dict[str, Decimal]]] = {}
        self.hours = DayHours(self.steps, reading, target)
        self.shares = checked_shares(reading, heads)
        self.seen: set[int] = set()
        self.counts_totals = target.kind == Feed.Kind.COUNTS
        # Each cell says all that there is to say of it.
        looks_further = self.weights or self.id_steps or self.conditions or self.shares or reading.last_line
        is_added = self.is_added_up or self.counts_totals
        self.is_plain = not (looks_further or is_added or any(step.clock is not None for step in self.steps))

    def _step(self, column: ColumnReading) -> Step | None:
        place = self.heads.place(column.name)
        if place is None:
            return None
        clock = self.heads.place(column.clock) if column.clock else None
        has_times = self.survey.of(column.name).has_times
        return Step(column.column, place, cell_reader(column, self.reading, self.target, has_times), clock, {})

    def _id_step(self, name: str) -> Step | None:
        """A column that is part of the id, as it is read where it is a column of results too."""
        place = self.heads.place(name)
        if place is None:
            return None
        column = self.reading.by_name.get(name.casefold())
        column = next((each for each in self.reading.columns if self.heads.place(each.name) == place), column)
        own = column and next((step for step in self.steps if step.name == column.column), None)
        return own or Step("", place, lambda cell, _kind: cell, None, {})

    def take(self, lines: Iterable[Line]) -> Rows:
        """Return the rows of a chunk; of rows that are added up only those that are refused."""
        chunk = list(lines)
        columns = columns_of(chunk, self.width, self.heads.last) if self.is_plain else None
        if columns and (plain := take_plainly(chunk, columns, self.steps, self.needed)):
            return plain
        rows = Rows()
        for line in chunk:
            if line.number <= self.heads.last:
                if filled(line) and line.number < self.heads.first:
                    rows.left_out.append(LeftOut(line.number, "title", " · ".join(filled(line))))
                continue
            self._take_line(line, rows)
        return rows

    def _take_line(self, line: Line, rows: Rows) -> None:
        cells = line.cells
        if not any(cells) or not any(map(str.strip, cells)):
            return
        if reason := self._why_left_out(line):
            rows.left_out.append(LeftOut(line.number, reason, " · ".join(filled(line))))
            return
        try:
            values, errors = self._read(line)
        except LeaveOutRow:
            rows.left_out.append(LeftOut(line.number, "word", " · ".join(filled(line))))
            return
        if errors or any(values.get(name) is None for name in self.needed) or says_total(values.get("period") or ""):
            if is_total(line, self.key_places):
                rows.left_out.append(LeftOut(line.number, "total", " · ".join(filled(line))))
                self._compare_total(line)
                return
            if self._is_note(line, values):
                detail = _("The line has %(cells)s of %(columns)s cells: it is no row.")
                details = {"cells": len(filled(line)), "columns": self.width}
                errors = [_error(line, "", "wrong_width", detail % details, " ".join(filled(line)))]
        if not errors:
            for share in self.shares:
                share.add(line, values, self.reading.decimal)
            errors = self._work_out(line, values)
        if self.is_added_up and not errors and not (errors := self._duplicate(line)):
            errors = self._add_up(line, values)
            if not errors:
                return
        rows.add(line.number, values, errors)

    def _is_note(self, line: Line, values: Cells) -> bool:
        has_needed = any(values.get(name) is not None for name in self.needed)
        return not has_needed and len(filled(line)) <= max(1, self.width // 4)

    def _why_left_out(self, line: Line) -> str:
        if self.reading.last_line and line.number > self.reading.last_line:
            return "after"
        for place, values in self.conditions:
            if place < len(line.cells) and fold_word(line.cells[place]) in values:
                return "condition"
        return ""

    def _read(self, line: Line) -> tuple[Cells, list[RowError]]:
        cells, kinds = line.cells, line.kinds
        width = len(cells)
        if line.error:
            return {}, [_error(line, "", "malformed_csv", line.error, " ".join(filled(line)))]
        if width > self.width and any(map(str.strip, cells[self.width :])):
            detail = _("The line has %(cells)s of %(columns)s cells.") % {"cells": width, "columns": self.width}
            return {}, [_error(line, "", "wrong_width", detail, " · ".join(filled(line)), _("A cell that holds the "
                        "delimiter has to stand in quotes."))]  # fmt: skip
        values: Cells = {}
        errors: list[RowError] = []
        for step in self.steps:
            name, place, _read, clock, memory = step
            if place >= width:
                continue
            cell = cells[place]
            if clock is not None:
                cell = with_clock(cell, cells, clock)
            key = (cell, kinds[place] if kinds else "")
            try:
                value = memory[key]
            except KeyError:
                value = _read_once(step, key)
            if isinstance(value, CellError):
                values[name] = cell
                errors.append(_error(line, name, value.code, value.detail, cell, value.hint))
            elif value is not None:
                values[name] = value
        return values, errors

    def _work_out(self, line: Line, values: Cells) -> list[RowError]:
        """Multiply by weights, add to the totals, make the id."""
        for name, place in self.weights.items():
            mean = values.get(name)
            if mean is None:
                continue
            weight = line.cells[place] if place < len(line.cells) else ""
            try:
                factor = Decimal(self.read_weight(weight, line.kinds[place : place + 1]) or 0)
                values[name] = plain_text(Decimal(mean) * factor)
            except CellError as error:
                return [_error(line, name, error.code, error.detail, weight, error.hint)]
        if self.counts_totals:
            for name in self.numbers:
                if number := values.get(name):
                    self.total.add(name, Decimal(number))
        if self.id_steps:
            parts = [str(_cell_of(step, line) or "") for step in self.id_steps]
            values["external_id"] = id_text(parts)
        return []

    def _compare_total(self, line: Line) -> None:
        numbers = {}
        for step in (step for step in self.steps if step.name in self.numbers and step.name not in self.weights):
            value = _cell_of(step, line)
            if isinstance(value, str):
                numbers[step.name] = Decimal(value)
        if self.counts_totals:
            self.total.compare(line.number, numbers)

    def _duplicate(self, line: Line) -> list[RowError]:
        """A line that stands in the file twice is not added twice."""
        mark = hash(tuple(line.cells))
        if mark in self.seen:
            return [_error(line, "", "duplicate_in_batch", _("The same line stands in the file twice."), None)]
        self.seen.add(mark)
        return []

    def _add_up(self, line: Line, values: Cells) -> list[RowError]:
        if any(values.get(name) is None for name in self.needed):
            missing = next(name for name in sorted(self.needed) if values.get(name) is None)
            return [_error(line, missing, "missing_field", _("%(name)s is needed.") % {"name": missing}, None)]
        key = tuple(values.get(name) for name in self.keys)
        _first, sums = self.groups.setdefault(key, (line.number, {}))
        for name in self.numbers:
            if number := values.get(name):
                sums[name] = sums.get(name, Decimal(0)) + Decimal(number)
        self.hours.add(line, values)
        return []

    def finish(self) -> Rows:
        """Return the rows that were added up, in the order of their first lines."""
        rows = Rows()
        self.total.finish()
        for key, (line, sums) in self.groups.items():
            cells: Cells = {name: value for name, value in zip(self.keys, key, strict=True) if value is not None}
            rows.add(line, cells | {name: plain_text(number) for name, number in sums.items()})
        return rows


def _read_once(step: Step, key: tuple[str, str]) -> str | CellError | None:
    if len(step.memory) >= MOST_REMEMBERED:
        step.memory.clear()
    value: str | CellError | None = None
    cell = key[0].strip()
    if cell:
        try:
            value = step.read(cell, key[1])
        except CellError as error:
            value = error_of(step.name, cell, error)
    step.memory[key] = value
    return value


def _cell_of(step: Step, line: Line) -> str | CellError | None:
    if step.place >= len(line.cells):
        return None
    cell = line.cells[step.place]
    if step.clock is not None:
        cell = with_clock(cell, line.cells, step.clock)
    key = (cell, line.kinds[step.place] if line.kinds else "")
    return step.memory[key] if key in step.memory else _read_once(step, key)


def id_text(parts: Sequence[str]) -> str:
    """Return an id of visible ASCII: other characters, and blanks, as URLs write them."""
    return ID_JOINED_BY.join(
        "".join(
            letter_ if "!" <= letter_ <= "~" else "".join(f"%{byte:02X}" for byte in letter_.encode())
            for letter_ in part.strip()
        )
        for part in parts
    )


def _error(line: Line, name: str, code: str, detail: Any, value: object, hint: Any = "") -> RowError:
    return RowError(0, line.number, name, code, detail, hint, value)
