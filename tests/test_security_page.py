"""docs/security.md has each requirement once, with a test that exists or the place where it is written down."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.support.named_tests import missing_tests, named_tests

pytestmark = pytest.mark.any_database
ROOT = Path(settings.BASE_DIR)
PAGE = ROOT / "docs" / "security.md"
TEXT = PAGE.read_text(encoding="utf-8")
IDENTIFIER = re.compile(r"V\d+\.\d+\.\d+")
# The numbers of the standard's levels 1 and 2.
LEVELS = dict(line.split() for line in (ROOT / "tests/data/asvs_5_0_0.txt").read_text(encoding="utf-8").splitlines())
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| V")]
MET = [row for row in ROWS if len(row) == 5]


def headings(path: Path) -> set[str]:
    """The anchors of a page."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_each_requirement_has_one_row() -> None:
    assert sorted(name for row in ROWS for name in IDENTIFIER.findall(row[0])) == sorted(LEVELS)


def test_each_row_has_the_requirements_level() -> None:
    assert [row[0] for row in ROWS if len(row) > 2 and row[1] != LEVELS[row[0]]] == []


def test_the_page_counts_its_rows() -> None:
    unmet, other = (sum(len(IDENTIFIER.findall(row[0])) for row in ROWS if len(row) == size) for size in (4, 2))

    assert f"{len(LEVELS)} requirements" in TEXT
    assert re.findall(r"(\d+) are met, (\d+) are \[not met.*?\), (\d+)\n\[do not", TEXT, re.DOTALL) == [
        (str(len(MET)), str(unmet), str(other))
    ]


def test_what_shows_a_row_is_there() -> None:
    assert missing_tests(TEXT) == []
    assert [row[0] for row in MET if not named_tests(row[4]) and "](" not in row[4]] == []


def test_what_is_written_down_elsewhere_is_there() -> None:
    targets = [target.partition("#") for target in re.findall(r"\]\(([^)]*#[^)]+)\)", TEXT)]

    assert len(targets) > 20
    assert [
        f"{file}#{anchor}"
        for file, _sign, anchor in targets
        if anchor not in headings((PAGE.parent / file).resolve() if file else PAGE)
    ] == []


@pytest.mark.parametrize("place", ["docs/README.md", "SECURITY.md"])
def test_the_page_is_found(place: str) -> None:
    assert "security.md)" in (ROOT / place).read_text(encoding="utf-8")
