"""What is found wrong column by column is what the exact way finds, mistake by mistake and in its order."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bpo.row_errors import RowError, SubmissionError, refusal_of_rows
from contracts.models.service_levels import Feed
from intake.bodies import CSV, JSON, NDJSON, read_body
from intake.quick.blocks import blocks_of
from intake.quick.doubts import Doubtful, wrong_cells
from intake.quick.sheets import NotPlain, read_sheet
from intake.rows import RowReader
from intake.tests.test_same_as_exact import NOW, Book, batches, usual, written


def both(body: bytes, media_type: str) -> tuple[list[RowError], list[RowError]] | None:
    """Mistakes as the exact way finds them, and as they are found by columns; None where nothing is in doubt."""
    book: Any = Book()
    doubts: Any = ()
    try:
        sheet = read_sheet(body, media_type)
        blocks_of(sheet, book, now=NOW)
    except Doubtful as doubtful:
        doubts = doubtful.doubts
    except NotPlain:
        pass
    else:
        return None
    try:
        exact = read_body(body, media_type)
    except SubmissionError:
        assert not doubts
        return None
    sent = (doubts and sheet.as_sent()) or exact
    assert sent == exact
    assert kinds_of(sent.rows) == kinds_of(exact.rows)
    readers = RowReader(book, NOW), RowReader(book, NOW)
    readers[0].read_all(exact.rows)
    readers[1].read_all(sent.rows, wrong_cells(doubts, sent.rows))
    assert readers[0].candidates == readers[1].candidates
    return readers[0].mistakes, readers[1].mistakes


def kinds_of(rows: list[tuple[int | None, Any]]) -> list[list[type]]:
    return [list(map(type, row.values())) for _line, row in rows]


@settings(max_examples=400, deadline=None)
@given(rows=batches(), media_type=st.sampled_from([JSON, NDJSON, CSV]))
def test_any_batch_has_the_same_mistakes(rows: Any, media_type: str) -> None:
    if found := both(written(rows, media_type, ascii_only=False), media_type):
        assert found[0] == found[1]


def test_whole_numbers_keep_the_text_they_were_sent_as() -> None:
    row = '{"feed": "OBSERVATIONS", "external_id": %s, "occurred_at": "2025-12-01T09:00:00Z", "value": %s}'
    for cells in (("5", "2"), ("-0", "2"), ('"r1"', "1.12345678"), ('"r1"', "1" * 19), ('"r1"', "1" * 40)):
        found = both(f"[{row % cells}]".encode(), JSON)
        assert found is not None
        assert found[0] == found[1] != []


def test_of_many_mistakes_all_are_counted_and_the_same_are_listed() -> None:
    rows = usual(Feed.Kind.OBSERVATIONS, 1_500)
    body = written([row | {"value": f"{at},5", "occurred_at": None} for at, row in enumerate(rows)], JSON,
                   ascii_only=True)  # fmt: skip
    found = both(body, JSON)
    assert found is not None
    told = [refusal_of_rows(mistakes, received=1_500, in_list=True).more for mistakes in found]
    assert told[0] == told[1]
    assert (told[0]["rows"]["invalid"], told[0]["errors_left_out"]) == (1_500, 2_000)
