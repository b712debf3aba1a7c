"""Benchmarks that need something to compare with."""

from benchmarks.reports import figures_text
from benchmarks.suites import Comparison, run


def test_a_comparison_without_a_reference_says_that_it_was_left_out(monkeypatch, capsys):
    monkeypatch.delenv("REFERENCE", raising=False)

    assert run(Comparison("sqlite")) == []
    assert "Left out: REFERENCE names no clone" in capsys.readouterr().out
    assert "Left out: REFERENCE names no clone" in figures_text("against-sqlite", [])
