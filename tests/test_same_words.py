"""API, file, form and command line say the same about the same row, in the same words."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from api.cli import desk
from intake.tests.workbooks import workbook
from metrics.models.results import CountResult
from sla.periods import add_months
from tests.support.cast import build_cast
from vendors.keys import issue_key

pytestmark = pytest.mark.any_database
CASES = {
    "a numerator above its denominator": {"numerator": "101"},
    "a number with a unit": {"numerator": "95%"},
    "a decimal comma": {"numerator": "95,5"},
    "a number that is none": {"denominator": "many"},
    "a negative count": {"numerator": "-1"},
    "too many decimals": {"numerator": "1.2345678"},
    "a fraction of a case": {"numerator": "95.5"},
    "nothing to divide by": {"denominator": "0"},
    "no denominator": {"denominator": ""},
    "no numerator": {"numerator": ""},
    "more digits than are kept": {"numerator": "1234567890123"},
    "a number in powers of ten": {"numerator": "9.5e1"},
    "two mistakes in one row": {"numerator": "x", "denominator": "y"},
    "another number than before": {"numerator": "94"},
}
# The form asks for the two numbers alone; the others also take what a grid cannot hold.
NOT_IN_A_GRID = {
    "an unknown feed": {"feed": "QUALTY"},
    "a month that is none": {"period": "2025-13"},
    "a period to come": {"period": "2999-01"},
    "a month before the contract": {"period": "2024-12"},
    "a contract that nobody has": {"contract": "CT-00000"},
    "a split with a control character": {"split": "Man\x07ila"},
    "taken back without a reason": {"void": "true", "numerator": "", "denominator": ""},
}


@pytest.fixture
def world(transactional_db, live_server, tmp_path, monkeypatch):
    """Brightline's people and key; last month's total stands there already."""
    cast = build_cast()
    _key, secret = issue_key(
        vendor=cast.vendors["Brightline"], name="cron", scopes=["read", "results:write"], actor=None, expires_at=None,
        now=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    monkeypatch.setenv("DESK_URL", live_server.url)
    monkeypatch.setenv("DESK_KEY", secret)
    monkeypatch.setenv("DESK_FOLDER", str(tmp_path / "kept"))
    monkeypatch.chdir(tmp_path)
    person = Client()
    person.force_login(cast.people["brightline-reporter"])
    cast.month = f"{add_months(timezone.now().date().replace(day=1), -1):%Y-%m}"
    cast.row = {"contract": cast.contracts["A-1"].public_id, "feed": "QUALITY", "period": cast.month}
    cast.row |= {"numerator": "95", "denominator": "100"}
    cast.secret, cast.person, cast.folder = secret, person, tmp_path
    assert by_api(cast, cast.row) == []
    return cast


def without_empty(row: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if value != ""}


Told = tuple[str, str, str]


def by_api(world, row: dict[str, str]) -> list[Told]:
    """Of each mistake the field, the code and the words."""
    answer = Client().post(
        "/api/v1/results",
        json.dumps([without_empty(row)]),
        content_type="application/json",
        headers={"Authorization": f"Bearer {world.secret}"},
    )
    errors = answer.json().get("errors", [])
    return [(field_of(error), error["code"], said(error["detail"], error.get("hint", ""))) for error in errors]


def field_of(error: dict[str, str]) -> str:
    found = re.fullmatch(r"#/0(?:/(.*))?", error["pointer"])
    return found[1] or ""


def said(*words: str) -> str:
    return " ".join(filter(None, words))


def by_file(world, row: dict[str, str], *, as_workbook: bool) -> list[Told]:
    text = io.StringIO()
    csv.writer(text).writerows([row.keys(), row.values()])
    content = workbook([list(row), list(row.values())]) if as_workbook else text.getvalue().encode()
    # Said by a person, so that a workbook's text 95,5 is not taken for ninety-five and a half.
    address = world.person.post("/imports/new", {"file": SimpleUploadedFile("a", content)})["Location"]
    world.person.post(f"{address}/columns", {"decimals": "point"})
    shown = world.person.get(address).context["shown"]
    assert shown.preview.unreadable is None, shown.preview.unreadable
    return [(wrong.field, wrong.code, said(wrong.detail, wrong.hint)) for wrong in shown.wrong]


def by_form(world, row: dict[str, str]) -> list[tuple[str, str]]:
    """Beside a cell stand words alone: codes are for programs."""
    name = f"{row['contract']}.{row['feed']}.{row['period']}|"
    typed = {f"{number}:{name}": row[number] for number in ("numerator", "denominator")}
    page = world.person.post("/enter?all=1", {**typed, "act": "save"})
    line = next(line for line in page.context["lines"] if line.name == name)
    return [(field if field != "row" else "", text) for field, texts in line.errors.items() for text in texts]


def by_command_line(world, row: dict[str, str], capsys) -> list[Told]:
    (world.folder / "a.csv").write_text(f"{','.join(row)}\n" + ",".join(f'"{cell}"' for cell in row.values()) + "\n")
    capsys.readouterr()
    desk.main(["push", "a.csv"])
    lines = [line.split("  ") for line in capsys.readouterr().err.splitlines() if line.startswith("line 2")]
    found = [
        (parts[1] if parts[1] in (*row, "reason") else "", re.fullmatch(r"(.*) \(([a-z_]+)\)", parts[-1]))
        for parts in lines
    ]
    return [(field, words[2], words[1]) for field, words in found]


@pytest.mark.parametrize("changed", [*CASES.values(), *NOT_IN_A_GRID.values()], ids=[*CASES, *NOT_IN_A_GRID])
def test_the_same_row_is_told_the_same_everywhere(world, capsys, changed):
    row = world.row | changed
    expected = sorted(by_api(world, row))

    assert expected
    assert sorted(by_file(world, row, as_workbook=False)) == expected
    if "," not in row["numerator"]:
        assert sorted(by_file(world, row, as_workbook=True)) == expected
    assert sorted(by_command_line(world, row, capsys)) == expected
    if changed in CASES.values():
        assert sorted(by_form(world, row)) == [(field, words) for field, _code, words in expected]
    assert CountResult.objects.get().numerator == 95
