from django.db import migrations


class Migration(migrations.Migration):
    """The answers under Idempotency-Keys go to `vendors`, which takes the table over under its own name."""

    dependencies = [
        ("intake", "0002_import_encoding"),
        ("vendors", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name="IdempotentReply")],
            database_operations=[migrations.AlterModelTable("IdempotentReply", "vendors_idempotentreply")],
        ),
    ]
