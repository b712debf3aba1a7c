"""What is said of calendars is kept by the triggers of `bpo.append_only`, which refuse to delete it, too."""

from importlib import import_module

from django.db import migrations

before = import_module("contracts.migrations.0001_initial")


class Migration(migrations.Migration):
    dependencies = [("contracts", "0013_proposed_drafts")]

    operations = [migrations.RunPython(before.drop_triggers, before.create_triggers)]
