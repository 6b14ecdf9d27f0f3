from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0032_about_somebody")]

    operations = [
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(
                models.ExpressionWrapper(models.Q(("answered_at__isnull", False)), output_field=models.BooleanField()),
                models.F("due_at"),
                models.F("id"),
                condition=models.Q(("status", "resolved"), _negated=True),
                name="concern_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(fields=["-received_at", "-id"], name="concern_received"),
        ),
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(
                condition=models.Q(("suspected", True)), fields=["area", "-received_at"], name="concern_suspected"
            ),
        ),
    ]
