"""Readings take the place of matched columns; how the last file of each feed was read becomes its first reading."""

from typing import Any

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DECIMALS = {"point": ".", "comma": ","}


def keep_matchings(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keep how each feed's last imported file was read, and how those that wait for a decision are."""
    imports = apps.get_model("intake.Import").objects
    readings, versions = (apps.get_model(f"intake.{name}").objects for name in ("FeedReading", "FeedReadingVersion"))
    waiting = imports.filter(state="preview").exclude(matching={})
    for held in waiting.defer("content", "sheet").iterator():
        held.reading = reading_of(held)
        held.save(update_fields=["reading"])
    done = imports.filter(state__in=["imported", "undone"]).exclude(matching={}).select_related("feed")
    seen: set[tuple[int, int | None]] = set()
    for held in done.defer("content", "sheet").order_by("-decided_at", "-pk").iterator():
        key = (held.vendor_id, held.feed_id)
        if key in seen:
            continue
        seen.add(key)
        code = held.feed.code if held.feed else "FILES"
        names = set(readings.filter(vendor=held.vendor_id).values_list("name", flat=True))
        name = next(each for each in [code, *(f"{code} {n}" for n in range(2, len(names) + 3))] if each not in names)
        reading = readings.create(vendor_id=held.vendor_id, feed_id=held.feed_id, name=name, made_at=held.decided_at)
        versions.create(
            reading=reading, number=1, content=reading_of(held), made_at=held.decided_at, made_by_id=held.decided_by_id
        )


def reading_of(held: Any) -> dict[str, object]:
    """Return the reading that says what an import said."""
    names: dict[str, str] = {}
    for name in held.matching:
        # Names that differ in case or marks alone are one column of a reading.
        names.setdefault(" ".join(name.split()).casefold(), name)
    columns = [{"name": name, "is": held.matching[name]} for name in names.values() if name.strip()]
    members = {"format": 1, "columns": columns, "encoding": held.encoding, "decimal": DECIMALS.get(held.decimals, "")}
    return {name: value for name, value in members.items() if value or name == "columns"}


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0013_proposed_drafts"),
        ("intake", "0005_import_file"),
        ("vendors", "0002_idempotent_replies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="import", name="matching", field=models.JSONField(blank=True, db_default={}, default=dict)
        ),
        migrations.AlterField(
            model_name="import",
            name="decimals",
            field=models.CharField(blank=True, db_default="", default="", max_length=5),
        ),
        migrations.AddField(
            model_name="import",
            name="answers",
            field=models.JSONField(
                blank=True, db_default=[], default=list, help_text="[{question, answer}] about how the file is read"
            ),
        ),
        migrations.AddField(
            model_name="import",
            name="reading",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                help_text="How the file is read, as far as a person has said; empty: as earlier ones of the feed.",
            ),
        ),
        migrations.AddField(
            model_name="import",
            name="reading_name",
            field=models.CharField(blank=True, db_default="", help_text="Under which it is kept.", max_length=80),
        ),
        migrations.CreateModel(
            name="FeedReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                (
                    "feed",
                    models.ForeignKey(
                        blank=True,
                        help_text="That all rows are for; empty where the rows say it themselves.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
                        to="contracts.feed",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="readings", to="vendors.vendor"
                    ),
                ),
            ],
            options={
                "ordering": ["vendor", "name"],
            },
        ),
        migrations.CreateModel(
            name="FeedReadingVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField(help_text="The reading, as it is exported.")),
                ("made_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_with",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vendors.apikey",
                    ),
                ),
                (
                    "reading",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="intake.feedreading"
                    ),
                ),
            ],
            options={
                "ordering": ["reading", "-number"],
            },
        ),
        migrations.AddField(
            model_name="import",
            name="reading_version",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="imports",
                to="intake.feedreadingversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="feedreading",
            constraint=models.UniqueConstraint(fields=("vendor", "name"), name="feed_reading_name_once"),
        ),
        migrations.AddConstraint(
            model_name="feedreadingversion",
            constraint=models.UniqueConstraint(fields=("reading", "number"), name="feed_reading_version_number_once"),
        ),
        migrations.RunPython(keep_matchings, migrations.RunPython.noop),
        # The version before reads the columns while both run.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="import", name="decimals"),
                migrations.RemoveField(model_name="import", name="encoding"),
                migrations.RemoveField(model_name="import", name="matching"),
            ]
        ),
    ]
