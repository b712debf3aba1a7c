"""The wrong lines of a large file, as the file has them, with what is wrong with each."""

from datetime import datetime

from intake.files.parts.comparing import parts_of
from intake.files.parts.contents import wrong_lines
from intake.files.parts.surveys import SurveyNeeded, read_large
from intake.files.previews import wrong_lines_table
from intake.models.large_imports import LargeImport

MOST_LINES = 20_000


def wrong_lines_file(large: LargeImport, *, now: datetime) -> list[list[str]]:
    """Return the heads and the first wrong lines, so many that the file can be mended and brought again."""
    errors: dict[int, str] = {}
    for part in parts_of(large):
        errors |= wrong_lines(part)
        if len(errors) >= MOST_LINES:
            break
    if not errors or not large.imported.is_kept:
        return []
    try:
        read = read_large(large, now=now)
    except SurveyNeeded:
        return []
    return wrong_lines_table(read, {line: errors[line] for line in sorted(errors)[:MOST_LINES]})
