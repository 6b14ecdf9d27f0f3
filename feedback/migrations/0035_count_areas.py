import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("areas", "0016_days_within_reach"), ("feedback", "0034_find_those_of_a_partner")]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "area",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="tally",
                        serialize=False, to="areas.area",
                    ),
                ),
                ("counted_at", models.DateTimeField()),
                ("counts", models.JSONField()),
            ],
        ),
    ]  # fmt: skip
