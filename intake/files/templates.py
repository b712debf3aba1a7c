"""Files to download: the wrong rows with their errors, and templates filled with what is due."""

from collections import defaultdict
from collections.abc import Iterable

from contracts.models.service_levels import Feed
from intake.due import DueReport
from intake.files.matching import EXPLANATION
from intake.files.previews import Preview
from intake.kinds import ROW_KINDS

ADDRESS = ("contract", "feed")
# What a person seldom fills in stands last or not at all.
NOT_OFFERED = frozenset({"void", "reason"})


def wrong_rows_file(preview: Preview) -> list[list[str]]:
    """Return the header and the wrong rows as the file has them, with a column that lists their errors."""
    errors: dict[int, list[str]] = defaultdict(list)
    for error in preview.errors:
        field = f"{error.field}: " if error.field else ""
        errors[error.row].append(f"{field}{error.detail} {error.hint}".strip())
    table = preview.table
    places = [place for place, name in enumerate(table.header) if name != EXPLANATION]
    return [
        [*(table.header[place] for place in places), EXPLANATION],
        *(
            [*(cells[place] for place in places), " / ".join(errors[number])]
            for number, (_line, cells) in enumerate(table.rows, 1)
            if number in errors
        ),
    ]


def template_of(feed: Feed, reports: Iterable[DueReport]) -> list[list[str]]:
    """Return a header with the columns of a feed, and a row for each of its totals that is owed."""
    columns = ROW_KINDS[feed.kind, feed.schedule].columns
    header = [*ADDRESS, *(name for name in columns if name not in NOT_OFFERED)]
    if feed.kind != Feed.Kind.COUNTS or feed.schedule == Feed.Schedule.EVENT:
        return [header]
    owed = [report.as_row() for report in reports if report.feed.pk == feed.pk and report.state.is_owed]
    return [header, *([row.get(name) or "" for name in header] for row in owed)]
