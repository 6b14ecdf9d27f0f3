"""Who covers for whom, and how to get to and into a hub. PostgreSQL itself keeps absences from overlapping.

An absence from everything fills the whole line of numbers and so meets every other absence of its days; one from a single
posting takes only that posting's number.
"""

import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

import accounts.stamp


def add_guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        scope = (
            "CASE WHEN posting_id IS NULL THEN int8range(NULL, NULL) ELSE int8range(posting_id, posting_id, '[]') END"
        )
        schema_editor.execute(
            "ALTER TABLE hubs_absence ADD CONSTRAINT absence_never_overlaps "
            f"EXCLUDE USING gist (person_id WITH =, ({scope}) WITH &&, daterange(from_date, until, '[]') WITH &&)"
        )


def remove_guard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE hubs_absence DROP CONSTRAINT absence_never_overlaps")


class Migration(migrations.Migration):
    dependencies = [
        ("hubs", "0003_history_of_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="historicalhub",
            name="directions",
            field=models.TextField(
                blank=True, help_text="Entrance, bus stops, parking. In plain words.", verbose_name="how to get there"
            ),
        ),
        migrations.AddField(
            model_name="historicalhub",
            name="hearing_loop",
            field=models.BooleanField(blank=True, null=True, verbose_name="hearing loop"),
        ),
        migrations.AddField(
            model_name="historicalhub",
            name="languages",
            field=models.TextField(blank=True, help_text="One a line.", verbose_name="languages spoken at the counter"),
        ),
        migrations.AddField(
            model_name="historicalhub",
            name="page_url",
            field=models.URLField(
                blank=True,
                help_text="Only on the force's own site: no other is linked to.",
                verbose_name="page about this place",
            ),
        ),
        migrations.AddField(
            model_name="historicalhub",
            name="services",
            field=models.TextField(blank=True, help_text="One a line.", verbose_name="what people can do here"),
        ),
        migrations.AddField(
            model_name="historicalhub",
            name="step_free",
            field=models.BooleanField(blank=True, null=True, verbose_name="step-free way in"),
        ),
        migrations.AddField(
            model_name="hub",
            name="directions",
            field=models.TextField(
                blank=True, help_text="Entrance, bus stops, parking. In plain words.", verbose_name="how to get there"
            ),
        ),
        migrations.AddField(
            model_name="hub",
            name="hearing_loop",
            field=models.BooleanField(blank=True, null=True, verbose_name="hearing loop"),
        ),
        migrations.AddField(
            model_name="hub",
            name="languages",
            field=models.TextField(blank=True, help_text="One a line.", verbose_name="languages spoken at the counter"),
        ),
        migrations.AddField(
            model_name="hub",
            name="page_url",
            field=models.URLField(
                blank=True,
                help_text="Only on the force's own site: no other is linked to.",
                verbose_name="page about this place",
            ),
        ),
        migrations.AddField(
            model_name="hub",
            name="services",
            field=models.TextField(blank=True, help_text="One a line.", verbose_name="what people can do here"),
        ),
        migrations.AddField(
            model_name="hub",
            name="step_free",
            field=models.BooleanField(blank=True, null=True, verbose_name="step-free way in"),
        ),
        migrations.AlterField(
            model_name="historicalhub",
            name="access_note",
            field=models.TextField(blank=True, verbose_name="more about getting in"),
        ),
        migrations.AlterField(
            model_name="hub",
            name="access_note",
            field=models.TextField(blank=True, verbose_name="more about getting in"),
        ),
        migrations.CreateModel(
            name="HistoricalAbsence",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("from_date", models.DateField(default=accounts.stamp.today_in_london, verbose_name="from")),
                (
                    "until",
                    models.DateField(
                        blank=True,
                        help_text="The last day. Empty: until further notice.",
                        null=True,
                        verbose_name="until",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("leave", "Leave"),
                            ("training", "Training"),
                            ("abstraction", "Duty elsewhere"),
                            ("long_term", "Long-term"),
                            ("other", "Other"),
                        ],
                        default="leave",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        help_text="Never shown to the public. Nothing about health.",
                        max_length=200,
                        verbose_name="note for colleagues",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "cover",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="The public reads: X answers for Y. Empty: the team answers.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who answers instead",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who is away",
                    ),
                ),
                (
                    "posting",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Empty: from all of them.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="hubs.posting",
                        verbose_name="from which posting",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical absence",
                "verbose_name_plural": "historical absences",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_date", models.DateField(default=accounts.stamp.today_in_london, verbose_name="from")),
                (
                    "until",
                    models.DateField(
                        blank=True,
                        help_text="The last day. Empty: until further notice.",
                        null=True,
                        verbose_name="until",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("leave", "Leave"),
                            ("training", "Training"),
                            ("abstraction", "Duty elsewhere"),
                            ("long_term", "Long-term"),
                            ("other", "Other"),
                        ],
                        default="leave",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        help_text="Never shown to the public. Nothing about health.",
                        max_length=200,
                        verbose_name="note for colleagues",
                    ),
                ),
                (
                    "cover",
                    models.ForeignKey(
                        blank=True,
                        help_text="The public reads: X answers for Y. Empty: the team answers.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="covers",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who answers instead",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="absences",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who is away",
                    ),
                ),
                (
                    "posting",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: from all of them.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="absences",
                        to="hubs.posting",
                        verbose_name="from which posting",
                    ),
                ),
            ],
            options={
                "verbose_name": "absence",
                "ordering": ["-from_date", "person"],
                "indexes": [models.Index(fields=["person", "from_date"], name="absence_person_from")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True), ("until__gte", models.F("from_date")), _connector="OR"
                        ),
                        name="absence_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cover__isnull", True),
                            models.Q(("cover", models.F("person")), _negated=True),
                            _connector="OR",
                        ),
                        name="absence_not_covered_by_oneself",
                    ),
                ],
            },
        ),
        migrations.RunPython(add_guard, remove_guard),
    ]
