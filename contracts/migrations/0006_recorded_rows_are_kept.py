"""What figures rest on is not edited in the tables either: such rows are only added."""

from django.db import migrations

KEPT = ("contracts_calendarexception", "contracts_contractcalendar", "contracts_holidayyear")
SQLITE = """
    CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table}
    BEGIN SELECT RAISE(ABORT, '{table}: rows are added, never changed'); END
"""
POSTGRESQL = """
    CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{table}: rows are added, never changed' USING ERRCODE = 'integrity_constraint_violation'; END
    $$;
    CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_kept()
"""
DROP = {
    "sqlite": "DROP TRIGGER IF EXISTS {table}_kept",
    "postgresql": "DROP TRIGGER IF EXISTS {table}_kept ON {table}; DROP FUNCTION IF EXISTS {table}_kept()",
}


def keep(apps, schema_editor):
    create = {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]
    for table in KEPT:
        schema_editor.execute(create.format(table=table))


def let_go(apps, schema_editor):
    for table in KEPT:
        schema_editor.execute(DROP[schema_editor.connection.vendor].format(table=table))


class Migration(migrations.Migration):
    dependencies = [("contracts", "0005_calendars_as_known")]

    operations = [migrations.RunPython(keep, let_go)]
