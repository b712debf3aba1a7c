"""`python -m tests.upgrades.check FILE`: load a sample into the empty database of DATABASE_URL, upgrade, and verify.

Prints what differs after the upgrade, a line each; started by the upgrade test with an environment of its own.
"""

import logging
import sys
from io import StringIO
from pathlib import Path

import django

django.setup()

from django.core.management import CommandError, call_command  # noqa: E402

from metrics.models.verdicts import Verdict  # noqa: E402
from tests.upgrades.sample import Sample, load_sample, read_sample, verdict_rows  # noqa: E402

# A later release that renames or drops one of these says here under which name the sample has it.
COMPARED = ["id", "service_level_id", "starts_on", "ends_on", "period_label", "revision", "is_current", "is_final",
            "is_deemed", "status", "value", "numerator", "denominator", "cases", "display"]  # fmt: skip


def differences(sample: Sample) -> list[str]:
    """What the upgrade changed in verdicts, and what does not follow from the results any more."""
    found = []
    before = {row["id"]: row for row in sample.tables["metrics.Verdict"]}
    after = {row["id"]: row for row in verdict_rows(Verdict, COMPARED)}
    if before.keys() != after.keys():
        found.append(f"{len(before)} verdicts became {len(after)}")
    for pk in before.keys() & after.keys():
        changed = [name for name in COMPARED if before[pk][name] != after[pk][name]]
        found += [f"verdict {pk}: {name} was {before[pk][name]}, is {after[pk][name]}" for name in changed]
    out, errors = StringIO(), StringIO()
    try:
        call_command("verify_verdicts", stdout=out, stderr=errors)
    except CommandError as error:
        found += [*errors.getvalue().splitlines(), str(error)]
    if not out.getvalue().splitlines()[-1].startswith(f"{sample.final_verdicts} final verdicts"):
        found.append(out.getvalue())
    return found


def main(file: Path) -> int:
    logging.disable(logging.WARNING)
    sample = read_sample(file)
    load_sample(sample)
    call_command("migrate", verbosity=0, interactive=False)
    found = differences(sample)
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
