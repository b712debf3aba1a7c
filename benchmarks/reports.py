"""Results as JSON for programs and as Markdown for people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.against import LEFT_OUT
from benchmarks.figures import Figure
from benchmarks.registry import Outcome

HEAD = """| benchmark | ours | reference | ratio | least to greatest |
| --- | --- | --- | --- | --- |
"""
FIGURES_HEAD = """| figure | measured | compared with | ratio | promised | holds |
| --- | --- | --- | --- | --- | --- |
"""
HOLDS = {True: "yes", False: "**no**", None: ""}
Figures = Mapping[str, Sequence[Figure]]


def write_reports(
    outcomes: Sequence[Outcome], figures: Figures, machine: dict, *, measured_on: str, folder: Path
) -> list[Path]:
    """Write `latest.json` and `latest.md` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    data, page = folder / "latest.json", folder / "latest.md"
    content = {
        "measured_on": measured_on,
        "machine": machine,
        "outcomes": [asdict(outcome) for outcome in outcomes],
        "figures": {name: [asdict(each) for each in several] for name, several in figures.items()},
    }
    data.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    page.write_text(as_markdown(outcomes, figures, machine, measured_on=measured_on), encoding="utf-8")
    return [data, page]


def as_markdown(outcomes: Sequence[Outcome], figures: Figures, machine: dict, *, measured_on: str) -> str:
    """The results as one page."""
    about = ", ".join(f"{name} {value}" for name, value in machine.items())
    parts = [
        f"# Benchmarks\n\nMeasured on {measured_on}: {about}.\n\nTimes say little on another machine; the ratio to the "
        "reference, measured in the same run, is what to compare.\n",
        *(figures_text(name, several) for name, several in figures.items()),
    ]
    return "\n".join([*parts, outcomes_text(outcomes)] if outcomes else parts)


def figures_text(name: str, figures: Sequence[Figure]) -> str:
    """The figures of one suite beside what was promised."""
    rows = "".join(
        f"| {each.name} | {each.ours}: {each.our_value} {each.unit} | {each.reference}: {each.reference_value} "
        f"{each.unit} | **{each.ratio}** | {each.promise} | {HOLDS[each.holds]} |\n"
        for each in figures
    )
    return f"## {name}\n\n" + (f"{FIGURES_HEAD}{rows}" if figures else f"{LEFT_OUT}\n")


def outcomes_text(outcomes: Sequence[Outcome]) -> str:
    """Small benchmarks; a ratio of 2 means twice the reference's time."""
    rows = "".join(
        f"| {outcome.name} | {outcome.subject_milliseconds} ms | {outcome.reference_milliseconds} ms "
        f"| **{outcome.ratio}** | {outcome.ratio_least} to {outcome.ratio_greatest} |\n"
        for outcome in outcomes
    )
    questions = "\n".join(
        f"- **{outcome.name}**: {outcome.question} Ours: {outcome.subject}. Reference: {outcome.reference}."
        for outcome in outcomes
    )
    return f"## Small ones\n\n{HEAD}{rows}\n{questions}\n"
