from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0033_queue_of_the_force")]

    operations = [
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(
                condition=models.Q(("partner__isnull", False)), fields=["partner"], name="concern_of_partner"
            ),
        ),
    ]
