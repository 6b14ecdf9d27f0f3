"""Which ward takes the place of one that the council replaced."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("areas", "0009_moments_of_news"),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalward",
            name="carried_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="historicalward",
            name="successor",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="areas.ward",
            ),
        ),
        migrations.AddField(
            model_name="ward",
            name="carried_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="ward",
            name="successor",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="predecessors",
                to="areas.ward",
            ),
        ),
        migrations.AddField(
            model_name="ward",
            name="successor_share",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        ),
    ]
