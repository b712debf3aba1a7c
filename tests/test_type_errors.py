"""Known type errors are counted by file and code, and only become fewer."""

from pathlib import Path

import pytest

from tests.support import type_errors
from tests.support.type_errors import count_errors, find_growth, format_baseline, main, read_baseline

ONE = 'bpo/mail.py:12: error: Argument 1 has incompatible type "str"  [arg-type]'
SAME_ELSEWHERE = ONE.replace(":12:", ":99:")
OTHER = "bpo/mail.py:12: error: Missing return  [return]"
NOTE = "bpo/mail.py:12: note: See the documentation"


@pytest.fixture
def baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A baseline with one known error."""
    path = tmp_path / "baseline.txt"
    path.write_text(format_baseline(count_errors([ONE])), encoding="utf-8")
    monkeypatch.setattr(type_errors, "BASELINE", path)
    return path


def let_mypy_find(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(type_errors, "run_mypy", lambda: list(lines))


def test_errors_are_counted_by_file_and_code_and_notes_are_not() -> None:
    assert count_errors([ONE, SAME_ELSEWHERE, OTHER, NOTE]) == {
        ("bpo/mail.py", "arg-type"): 2,
        ("bpo/mail.py", "return"): 1,
    }


def test_an_error_of_a_whole_file_is_counted() -> None:
    assert count_errors(["bpo/mail.py: error: Source file found twice  [misc]"]) == {("bpo/mail.py", "misc"): 1}


def test_a_baseline_is_read_as_it_was_written() -> None:
    counts = count_errors([ONE, SAME_ELSEWHERE, OTHER])

    assert read_baseline(format_baseline(counts)) == counts


def test_an_error_that_moves_to_another_line_is_known() -> None:
    assert find_growth(count_errors([SAME_ELSEWHERE]), count_errors([ONE])) == []


@pytest.mark.usefixtures("baseline")
def test_one_more_error_of_a_known_kind_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    let_mypy_find(monkeypatch, ONE, SAME_ELSEWHERE)

    assert main([]) == 1
    assert "bpo/mail.py: 2 errors [arg-type], 1 are known" in capsys.readouterr().err


@pytest.mark.usefixtures("baseline")
def test_an_error_of_another_kind_fails_although_there_are_no_more_than_before(monkeypatch: pytest.MonkeyPatch) -> None:
    let_mypy_find(monkeypatch, OTHER)

    assert main([]) == 1


@pytest.mark.usefixtures("baseline")
def test_fewer_errors_pass_and_ask_for_a_smaller_baseline(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    let_mypy_find(monkeypatch)

    assert main([]) == 0
    assert "1 type errors fewer than known" in capsys.readouterr().out


def test_a_new_baseline_does_not_grow(monkeypatch: pytest.MonkeyPatch, baseline: Path) -> None:
    before = baseline.read_text(encoding="utf-8")
    let_mypy_find(monkeypatch, ONE, OTHER)

    assert main(["--write"]) == 1
    assert baseline.read_text(encoding="utf-8") == before


def test_a_new_baseline_takes_what_moved_and_what_is_gone(monkeypatch: pytest.MonkeyPatch, baseline: Path) -> None:
    let_mypy_find(monkeypatch, ONE.replace("bpo/", "api/"))

    assert main(["--write"]) == 0
    assert read_baseline(baseline.read_text(encoding="utf-8")) == {("api/mail.py", "arg-type"): 1}
