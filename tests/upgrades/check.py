"""`python -m tests.upgrades.check FILE`: load a sample into the empty database of DATABASE_URL, upgrade, and verify.

Prints what differs after the upgrade, what the release's own processes could no longer write while they still run, and
what differs after the way back; a line each. Started by the upgrade test with an environment of its own.
"""

import logging
import sys
from io import StringIO
from pathlib import Path

import django

django.setup()

from django.core.management import CommandError, call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

from bpo import append_only  # noqa: E402
from metrics.models.verdicts import Verdict  # noqa: E402
from tests.upgrades.sample import Sample, load_sample, read_sample, verdict_rows  # noqa: E402

# A later release that renames or drops one of these says here under which name the sample has it.
COMPARED = ["id", "service_level_id", "starts_on", "ends_on", "period_label", "revision", "is_current", "is_final",
            "is_deemed", "status", "value", "numerator", "denominator", "cases", "display"]  # fmt: skip

# Tables that processes of a release miss after an upgrade, which docs/operators.md has an operator stop for that.
MISSED = {("0.1.0", "intake_idempotentreply")}


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


def refused_by_columns(sample: Sample) -> list[str]:
    """The columns without which the release's own processes, which do not know them, could write no row."""
    found = []
    historical = MigrationExecutor(connection).loader.project_state(list(sample.migrations.items())).apps
    tables = set(connection.introspection.table_names())
    for model in historical.get_models(include_auto_created=True):
        table, known = model._meta.db_table, {field.column for field in model._meta.concrete_fields}
        if table not in tables:
            found += [f"{table} is gone"] if (sample.version, table) not in MISSED else []
            continue
        with connection.cursor() as cursor:
            columns = connection.introspection.get_table_description(cursor, table)
        found += [f"{table}.{name} is gone" for name in known - {column.name for column in columns}]
        found += [
            f"{table}.{column.name} needs null=True or db_default"
            for column in columns
            if column.name not in known and not column.null_ok and column.default is None
        ]
    return found


def differences_on_the_way_back(sample: Sample) -> list[str]:
    """What is different in verdicts once the migrations since the release are taken back."""
    executor = MigrationExecutor(connection)
    targets = list(sample.migrations.items())
    with append_only.removed(connection):
        executor.migrate(targets)
    verdict = executor.loader.project_state(targets).apps.get_model("metrics.Verdict")
    before = {row["id"]: row for row in sample.tables["metrics.Verdict"]}
    after = {row["id"]: row for row in verdict_rows(verdict, COMPARED)}
    changed = [pk for pk in before.keys() | after.keys() if not same(before.get(pk), after.get(pk))]
    return [f"verdict {pk} differs on the way back" for pk in changed]


def same(before: dict[str, object] | None, after: dict[str, object] | None) -> bool:
    return before is not None and after is not None and all(before[name] == after[name] for name in COMPARED)


def main(file: Path) -> int:
    logging.disable(logging.WARNING)
    sample = read_sample(file)
    load_sample(sample)
    call_command("migrate", verbosity=0, interactive=False)
    found = [*differences(sample), *refused_by_columns(sample), *differences_on_the_way_back(sample)]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
