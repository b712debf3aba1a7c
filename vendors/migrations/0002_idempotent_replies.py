import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TABLE = migrations.CreateModel(
    name="IdempotentReply",
    fields=[
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("key", models.CharField(max_length=255)),
        ("request_sha256", models.CharField(max_length=64)),
        ("status", models.PositiveSmallIntegerField()),
        ("body", models.BinaryField(help_text="Compressed; given again byte for byte.")),
        ("created_at", models.DateTimeField()),
        (
            "vendor",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="vendors.vendor"),
        ),
    ],
    options={
        "verbose_name_plural": "idempotent replies",
        "ordering": ["-created_at", "-pk"],
        "indexes": [models.Index(models.F("created_at"), name="idempotent_reply_age")],
        "constraints": [models.UniqueConstraint(models.F("vendor"), models.F("key"), name="idempotent_reply_once")],
    },
)


class Migration(migrations.Migration):
    """The table comes from `intake`, with its rows: a request that was answered before the upgrade is not carried out again."""

    dependencies = [
        ("intake", "0003_idempotent_replies"),
        ("vendors", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[TABLE]),
        migrations.AlterField(
            model_name="idempotentreply",
            name="vendor",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="vendors.vendor"
            ),
        ),
        migrations.AddField(
            model_name="idempotentreply",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="idempotentreply",
            name="roles",
            field=models.JSONField(
                default=dict, help_text="Those of the person: whoever lost one gets no answer again."
            ),
        ),
        migrations.AddConstraint(
            model_name="idempotentreply",
            constraint=models.UniqueConstraint(
                models.F("person"), models.F("key"), name="idempotent_reply_once_a_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="idempotentreply",
            constraint=models.CheckConstraint(
                condition=models.Q(("vendor__isnull", True), ("person__isnull", True), _connector="XOR"),
                name="idempotent_reply_has_one_owner",
            ),
        ),
    ]
