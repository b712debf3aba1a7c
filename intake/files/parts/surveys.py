"""What was seen of a large file when a worker looked through it, kept so that its page need not read it."""

import json
import zlib
from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import datetime
from typing import cast

from bpo.size_limits import LARGE_FILE_LINES
from intake.files.containers import open_container
from intake.files.feed_targets import target_of
from intake.files.file_readings import FileRead, read_import, wish_of
from intake.files.keeping import earlier_readings
from intake.files.readings.heads import LOOKED_AT, Heads
from intake.files.readings.propose import propose
from intake.files.readings.reading import reading_from
from intake.files.readings.shipped_readings import shipped_for
from intake.files.readings.survey import Cell, Found, Survey
from intake.files.sources import Source
from intake.files.texts import OpenFile
from intake.models.large_imports import Json, LargeImport

# What of a source is found by reading, and not given by the file itself.
FOUND = ("media_type", "encoding", "delimiter", "quote", "says_delimiter", "encodings", "odd_line", "sheets", "sheet")


class SurveyNeeded(Exception):
    """The file is to be opened in another way than it was looked through."""


def look_through(large: LargeImport, *, watch: Callable[[int], object], now: datetime) -> FileRead:
    """Read a large file once, and set what was seen; the row is not saved. Raises UnreadableError."""
    read = read_import(large.imported, now=now, is_applied=False, how={"most_lines": LARGE_FILE_LINES, "watch": watch})
    large.opened = {name: getattr(read.source, name) for name in FOUND}
    large.opened |= {"wish": asdict(wish_of(read.reading)), "encodings": dict(read.source.encodings)}
    large.survey = _pack(read.proposal.survey)
    large.lines = read.proposal.survey.rows
    return read


def read_large(large: LargeImport, *, now: datetime) -> FileRead:
    """Read a large file as far as it was looked through, without its rows. Raises SurveyNeeded."""
    imported = large.imported
    own = reading_from(imported.reading) if imported.reading else None
    target = target_of(imported.feed, imported.vendor, now=now)
    earlier = [] if own else earlier_readings(imported.vendor, imported.feed)
    source = _source(large)
    proposal = propose(source, target, own, earlier, survey_of=lambda heads, upto: _survey(large, heads, upto))
    if asdict(wish_of(proposal.reading)) != large.opened["wish"]:
        raise SurveyNeeded
    read = FileRead(source, target, proposal, proposal.known_as or imported.reading_name)
    if own is None and not proposal.is_ready and not proposal.known_as:
        read.shipped = shipped_for(target, source.peek(lines=LOOKED_AT))
    return read


def _source(large: LargeImport) -> Source:
    imported = large.imported
    opened: Json = {name: large.opened[name] for name in FOUND if name in large.opened}
    if not opened:
        raise SurveyNeeded
    open_file = cast(OpenFile, imported.open_file)
    if opened["encoding"]:
        open_file = open_container(open_file).open_file
    return Source(open_file=open_file, kept=imported.sheet or b"", most_lines=LARGE_FILE_LINES, **opened)


def _survey(large: LargeImport, heads: Heads, upto: int) -> Survey:
    survey = _unpack(bytes(large.survey)) if large.survey else None
    if survey is None or (survey.heads, survey.upto) != (heads, upto):
        raise SurveyNeeded
    return survey


def _pack(survey: Survey) -> bytes:
    members = {
        each.name: getattr(survey, each.name) for each in fields(Survey) if each.name not in ("heads", "columns")
    }
    columns = [[[*cell, *seen] for cell, seen in found.cells.items()] for found in survey.columns]
    return zlib.compress(json.dumps([members, asdict(survey.heads), columns]).encode(), 1)


def _unpack(packed: bytes) -> Survey:
    members, heads, columns = json.loads(zlib.decompress(packed))
    found = [Found({Cell(text, kind): [count, line] for text, kind, count, line in cells}) for cells in columns]
    return Survey(Heads(heads["first"], heads["last"], tuple(heads["names"])), found, **members)
