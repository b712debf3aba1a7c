"""Files lie in the storage of files; those of earlier versions are moved there by the hourly task, one by one."""

import zlib

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def bring_files_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On the way back: the earlier version finds the files in the database again."""
    for held in apps.get_model("intake.Import").objects.exclude(file="").iterator(chunk_size=10):
        with held.file.open() as file:
            held.content = zlib.compress(file.read(), 1)
        held.save(update_fields=["content"])


class Migration(migrations.Migration):
    dependencies = [("intake", "0004_import_sheet")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="file",
            field=models.FileField(
                blank=True,
                db_default="",
                help_text="The file as it came, in the storage of files; empty once it is no longer kept.",
                max_length=200,
                upload_to="",
            ),
        ),
        migrations.AlterField(
            model_name="import",
            name="content",
            field=models.BinaryField(
                db_default=b"",
                default=b"",
                help_text="The file, compressed, where an earlier version brought it.",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, bring_files_back),
    ]
