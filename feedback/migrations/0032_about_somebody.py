from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("feedback", "0031_problem_ends_assessed")]

    operations = [
        migrations.AddIndex(
            model_name="concern",
            index=models.Index(
                condition=models.Q(("about_person__isnull", False)),
                fields=["about_person"],
                name="concern_about_somebody",
            ),
        ),
    ]
