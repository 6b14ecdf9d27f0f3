import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("feedback", "0036_languages_of_approved_texts"),
    ]

    operations = [
        migrations.AddField(
            model_name="morningmail",
            name="brief",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="morningmail",
            name="daily",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="notification",
            name="morning",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="feedback.morningmail",
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting"),
                    ("sent", "Sent"),
                    ("not_needed", "Not needed: nobody to tell, or not safe to"),
                    ("parked", "Parked: it keeps failing"),
                    ("held", "Held back for the mail of the day"),
                ],
                default="pending",
                max_length=12,
            ),
        ),
    ]
