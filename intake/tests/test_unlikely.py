"""What is unlikely, beside `tests/edges/test_unlikely_rows.py`: how refused rows lean, cell formats, documentation."""

from pathlib import Path

import pytest

from contracts.models.service_levels import Feed
from intake.tests.workbooks import SHEET, lines_of, source_of, workbook_of_sheet
from intake.unlikely import CODES
from tests.support.api_clients import Door

ROOT = Path(__file__).parents[2]
AT = "2025-12-01T10:00:00Z"


def lean_of(door: Door, *rows: dict[str, str]) -> str:
    """What the receipt of a partial batch says about the day that it accepts in part."""
    receipt = door.post([{"external_id": str(at), **row} for at, row in enumerate(rows)], query="?partial=true").json()
    (warning,) = [each for each in receipt["warnings"] if each["code"] == "partly_accepted"]
    return warning["detail"]


def test_refused_calls_lean_by_their_waits(door: Door) -> None:
    call = {"feed": "VOICE", "occurred_at": AT, "outcome": "answered", "wait_seconds": "10"}

    assert "with 95.5 against 10.0; without them it looks better" in lean_of(
        door, call, call | {"wait_seconds": "95,5"}
    )


def test_refused_cases_lean_by_their_hours(door: Door) -> None:
    case = {"feed": "TICKETS", "opened_at": AT, "resolved_at": "2025-12-01T12:00:00Z"}
    naive = {"opened_at": "2025-12-01T10:00:00", "resolved_at": "2025-12-01T11:00:00"}

    assert "with 1.0 against 2.0; without them it looks worse" in lean_of(door, case, case | naive)


def test_refused_values_lean_in_the_direction_of_their_level(door: Door) -> None:
    sample = {"feed": "AHT", "occurred_at": AT, "value": "240"}

    assert "with 100,000.0 against 240.0; without them it looks better" in lean_of(
        door, sample, sample | {"value": "100000"}
    )


def test_what_cannot_be_read_leans_nowhere_known(door: Door) -> None:
    sample = {"feed": "AHT", "occurred_at": AT, "value": "240"}

    assert "which way they lean cannot be read" in lean_of(door, sample, sample | {"value": "nine"})


def test_refused_outages_lean_nowhere_known(door: Door) -> None:
    outage = {"feed": "PORTAL", "started_at": AT, "ended_at": "2025-12-01T11:00:00Z"}

    assert "cannot be read" in lean_of(door, outage, outage | {"ended_at": "2025-12-01T09:00:00Z"})


def test_a_feed_of_percentages_has_none_below_one(door: Door) -> None:
    Feed.objects.filter(code="AHT").update(highest=100)

    receipt = door.post({"feed": "AHT", "external_id": "a", "occurred_at": AT, "value": "0.88"}).json()

    assert [warning["code"] for warning in receipt["warnings"]] == ["unusual_scale"]


def test_a_batch_that_takes_results_back_is_not_looked_at(door: Door) -> None:
    door.post({"feed": "DAYS", "date": "2025-12-01", "numerator": "1", "denominator": "2"})

    receipt = door.post({"feed": "DAYS", "date": "2025-12-01", "void": True, "reason": "test"}).json()

    assert receipt["warnings"] == []


@pytest.mark.parametrize(
    ("form", "text"),
    [("0%", "88%"), ("0.0%;[Red]-0.0%", "88%"), ('0.00"%"', "0.88"), (r"0.00\%", "0.88"), ("0.00", "0.88")],
)
def test_a_percent_sign_in_a_format_counts_unless_it_is_written_as_text(form, text, monkeypatch):
    formats = f'<numFmts count="1"><numFmt numFmtId="170" formatCode="{form.replace(chr(34), "&quot;")}"/></numFmts>'
    styles = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs>'
    monkeypatch.setattr(
        "intake.tests.workbooks.STYLES",
        f'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{formats}{styles}</styleSheet>',
    )
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>value</t></is></c></row>'

    lines = lines_of(workbook_of_sheet(SHEET.format(rows=f'{head}<row r="2"><c r="A2" s="1"><v>0.88</v></c></row>')))

    assert lines[1:] == [(2, [text])]


def test_a_text_that_no_western_letters_fit_is_read_as_central_european():
    content = "queue\nPlzeň ťuk\n".encode("cp1250")
    source = source_of(content)

    assert (source.encoding, lines_of(content)[1], source.odd_line) == ("cp1250", (2, ["Plzeň ťuk"]), 2)


def test_every_code_is_documented():
    documented = (ROOT / "docs/api.md").read_text(encoding="utf-8")

    assert [code for code in CODES if f"`{code}`" not in documented] == []
