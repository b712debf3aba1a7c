"""Results as JSON for programs and as Markdown for people."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.registry import Outcome

HEAD = """| benchmark | ours | reference | ratio | least to greatest |
| --- | --- | --- | --- | --- |
"""


def write_reports(outcomes: Sequence[Outcome], machine: dict, *, measured_on: str, folder: Path) -> list[Path]:
    """Write `latest.json` and `latest.md` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    data, page = folder / "latest.json", folder / "latest.md"
    content = {"measured_on": measured_on, "machine": machine, "outcomes": [asdict(outcome) for outcome in outcomes]}
    data.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    page.write_text(as_markdown(outcomes, machine, measured_on=measured_on), encoding="utf-8")
    return [data, page]


def as_markdown(outcomes: Sequence[Outcome], machine: dict, *, measured_on: str) -> str:
    """The results as one page; a ratio of 2 means twice the reference's time."""
    about = ", ".join(f"{name} {value}" for name, value in machine.items())
    rows = "".join(
        f"| {outcome.name} | {outcome.subject_milliseconds} ms | {outcome.reference_milliseconds} ms "
        f"| **{outcome.ratio}** | {outcome.ratio_least} to {outcome.ratio_greatest} |\n"
        for outcome in outcomes
    )
    questions = "\n".join(
        f"- **{outcome.name}**: {outcome.question} Ours: {outcome.subject}. Reference: {outcome.reference}."
        for outcome in outcomes
    )
    return (
        f"# Benchmarks\n\nMeasured on {measured_on}: {about}.\n\nTimes are medians and say little on another machine; "
        f"the ratio to the reference, measured in the same run, is what to compare.\n\n{HEAD}{rows}\n{questions}\n"
    )
