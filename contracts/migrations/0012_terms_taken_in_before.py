"""Terms that were loaded before nights noted which they took in: the nights since then have them."""

from django.db import migrations
from django.db.migrations.state import StateApps
from django.db.models import F


def note_taken_in(apps: StateApps, schema_editor: object) -> None:
    contracts = apps.get_model("contracts", "Contract").objects
    contracts.filter(terms_taken_in__isnull=True).update(terms_taken_in=F("terms_loaded_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0011_roll_up_target_rules"),
    ]

    operations = [
        migrations.RunPython(note_taken_in, migrations.RunPython.noop),
    ]
