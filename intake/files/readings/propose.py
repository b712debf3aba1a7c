"""How a file is probably read: by the reading of an earlier one that fits, by a shipped one, or by its own data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from intake.files.readings.columns import column_doubts, known_names, made_ids, propose_columns
from intake.files.readings.doubts import Doubt, Option
from intake.files.readings.heads import LOOKED_AT, Heads, find_heads
from intake.files.readings.reading import Reading, fold
from intake.files.readings.survey import Survey, survey_lines
from intake.files.readings.targets import Target
from intake.files.readings.times import has_intervals, has_repeats, propose_times
from intake.files.readings.values import propose_values
from intake.files.sources import Line, Source
from intake.files.texts import ENCODINGS


@dataclass(frozen=True, slots=True)
class Proposal:
    """A reading of one file, what it leaves open, and what was seen of the file."""

    reading: Reading
    doubts: Sequence[Doubt]
    heads: Heads
    survey: Survey
    known_as: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether rows can be read by it."""
        return not self.doubts


def propose(
    source: Source,
    target: Target,
    own: Reading | None,
    earlier: Sequence[tuple[str, Reading]],
    *,
    survey_of: Callable[[Heads, int], Survey] | None = None,
) -> Proposal:
    """Return how a file is read: by its `own` reading, which a person has said, or by the first `earlier` that fits.

    `survey_of` gives what was seen below the heads, and down to a last line, where the file was looked through before.
    """
    top, known = source.peek(lines=LOOKED_AT), known_names(target)
    base, known_as = own or Reading(), ""
    if own is None:
        known_as, base = next(((name, each) for name, each in earlier if fits(each, top)), ("", Reading()))
    heads = find_heads(top, base, known)
    survey = survey_of(heads, base.last_line) if survey_of else survey_lines(source.lines(), heads, base.last_line)
    reading = propose_columns(base, heads, survey, target)
    doubts = encoding_doubt(source, reading)
    if not base.columns and reading.undecided and not reading.id and (made := made_ids(reading, target)):
        # Confirmed together with the columns.
        reading = replace(reading, id=tuple(made[0]))
    doubts += column_doubts(reading, heads, target)
    reading, times = propose_times(reading, survey, target, is_own=own is not None)
    reading, values = propose_values(reading, survey, target, is_own=own is not None)
    doubts += [*times, *values]
    if not times and not reading.add_up and "columns" not in {doubt.key for doubt in doubts}:
        reading, more = add_up_doubt(reading, survey, target)
        doubts += more
    elif not base.columns and has_intervals(reading, survey, target):
        reading = replace(reading, add_up=True)
    return Proposal(reading, doubts, heads, survey, known_as)


def with_fitting_sheet(source: Source, target: Target, earlier: Sequence[tuple[str, Reading]]) -> Source:
    """Return the source with the sheet that an earlier reading fits, or whose heads are most like the feed's."""
    if len(source.sheets) < 2:
        return source
    tops = {sheet: source.peek(sheet, LOOKED_AT) for sheet in source.sheets}
    known = known_names(target)
    for _name, reading in earlier:
        if sheet := next((each for each in tops if fits(reading, tops[each])), ""):
            return replace(source, sheet=sheet)
    scores = {
        sheet: len({fold(name) for name in find_heads(top, Reading(), known).names} & known)
        for sheet, top in tops.items()
    }
    return replace(source, sheet=max(scores, key=lambda sheet: scores[sheet]))


def fits(reading: Reading, lines: Sequence[Line]) -> bool:
    """Whether a file has all columns that a reading uses."""
    heads = find_heads(lines, reading, ())
    names = [*(column.name for column in reading.used), *reading.id]
    return bool(names) and all(heads.place(name) is not None for name in names)


def encoding_doubt(source: Source, reading: Reading) -> list[Doubt]:
    """Ask for the encoding of a text whose letters do not tell it."""
    if not source.odd_line or reading.encoding:
        return []
    options = [Option(code, ENCODINGS[code], f"“{sample}”") for code, sample in source.encodings.items()]
    details = {"line": source.odd_line}
    return [
        Doubt(
            "encoding", _("The file does not say its encoding. Which one reads line %(line)s right?") % details, options
        )
    ]


def add_up_doubt(reading: Reading, survey: Survey, target: Target) -> tuple[Reading, list[Doubt]]:
    """Ask whether lines are added up that name shorter spans than the feed's, or the same day or period again."""
    column = reading.of(target.day_column) if target.day_column else None
    if column is None:
        return reading, []
    found = survey.of(column.name)
    if has_intervals(reading, survey, target):
        text, proposed = next(iter(found.samples), ""), "yes"
        question = _("“%(name)s” has shorter spans than the feed, such as “%(text)s”. Are they added up?")
    elif has_repeats(reading, survey, target):
        text, proposed = next(cell.text for cell, (count, _line) in found.cells.items() if count > 1), ""
        question = _("“%(name)s” has several lines for “%(text)s”, and no column tells them apart. Are they added up?")
    else:
        return reading, []
    options = [
        Option("yes", _("Add them up"), _("numbers of the same day and split become one; rates are never averaged")),
        Option("no", _("Refuse them")),
    ]
    details = {"name": column.name, "text": text}
    return reading, [Doubt("add_up", question % details, options, proposed)]
