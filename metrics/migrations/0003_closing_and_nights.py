from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metrics", "0002_doors")]

    operations = [
        migrations.RemoveIndex(model_name="contactresult", name="contact_result_cell"),
        migrations.RemoveIndex(model_name="observationresult", name="observation_result_cell"),
        migrations.AddField(
            model_name="run",
            name="claim",
            field=models.CharField(blank=True, help_text="Of the worker that runs it at this moment.", max_length=36),
        ),
        migrations.AddField(
            model_name="run",
            name="claimed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="marked_at",
            field=models.DateTimeField(
                blank=True, help_text="When all cells that it judges stood on the list of work.", null=True
            ),
        ),
        migrations.AddField(
            model_name="verdict",
            name="closed_at",
            field=models.DateTimeField(
                blank=True, help_text="When it became final; it says the same since.", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="contactresult",
            index=models.Index(
                models.F("feed"),
                models.F("occurred_on"),
                include=("outcome", "wait_seconds", "handle_seconds", "resolved", "score", "queue", "batch"),
                name="contact_result_cell",
            ),
        ),
        migrations.AddIndex(
            model_name="observationresult",
            index=models.Index(
                models.F("feed"),
                models.F("occurred_on"),
                include=("value", "weight", "batch"),
                name="observation_result_cell",
            ),
        ),
    ]
