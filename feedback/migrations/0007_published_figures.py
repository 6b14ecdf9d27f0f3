"""Figures that stand once a month has ended, stop and search by month, and feedback on the service itself."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

TABLES = ["feedback_closedmonth", "feedback_figure"]


def guard(apps, schema_editor):
    """On PostgreSQL what was published is never changed, as history isn't: the function came with 0002."""
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION feedback_append_only()"
            )


def unguard(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")


class Migration(migrations.Migration):
    dependencies = [
        ("areas", "0006_priorities_meetings"),
        ("feedback", "0006_problems_announcements"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClosedMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(unique=True, verbose_name="first day")),
                ("frozen_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "closed month",
                "ordering": ["month"],
            },
        ),
        migrations.CreateModel(
            name="SearchMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(unique=True, verbose_name="first day")),
                ("checksum", models.CharField(max_length=64)),
                ("searches", models.PositiveIntegerField(verbose_name="searches")),
                ("sample", models.BooleanField(default=False, verbose_name="a sample, not the whole month")),
                ("loaded", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "month of stop and search",
                "ordering": ["month"],
            },
        ),
        migrations.CreateModel(
            name="ServiceFeedback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, editable=False, verbose_name="written"
                    ),
                ),
                ("text", models.TextField(verbose_name="what they wrote")),
                ("key_hash", models.CharField(editable=False, max_length=64)),
            ],
            options={
                "verbose_name": "feedback on this service",
                "verbose_name_plural": "feedback on this service",
                "ordering": ["-at"],
                "constraints": [models.UniqueConstraint(fields=("key_hash",), name="service_feedback_once")],
            },
        ),
        migrations.CreateModel(
            name="Figure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "span",
                    models.CharField(
                        choices=[
                            ("month", "The month"),
                            ("quarter", "The quarter that ends with the month"),
                            ("year", "The twelve months that end with the month"),
                        ],
                        max_length=10,
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=9, verbose_name="GSS code")),
                ("name", models.CharField(max_length=30)),
                ("of", models.CharField(blank=True, max_length=50, verbose_name="kind or outcome")),
                ("value", models.PositiveIntegerField(null=True)),
                (
                    "bound",
                    models.CharField(
                        blank=True,
                        choices=[("under", "fewer than"), ("least", "or more"), ("most", "or less")],
                        max_length=5,
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="figures", to="areas.area"
                    ),
                ),
                (
                    "closed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="figures", to="feedback.closedmonth"
                    ),
                ),
                (
                    "ward",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="figures", to="areas.ward"
                    ),
                ),
            ],
            options={
                "verbose_name": "published figure",
                "ordering": ["closed", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("closed", "span", "place", "name", "of"), name="figure_once"),
                    models.CheckConstraint(
                        condition=models.Q(("value__isnull", False), ("bound", ""), _connector="OR"),
                        name="figure_bound_has_a_value",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "column",
                    models.CharField(
                        choices=[
                            ("object", "What officers searched for"),
                            ("outcome", "What came of it"),
                            ("ethnicity", "Ethnic group, as people described themselves"),
                        ],
                        max_length=10,
                    ),
                ),
                ("value", models.CharField(blank=True, max_length=120)),
                ("number", models.PositiveIntegerField()),
                (
                    "month",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="counts", to="feedback.searchmonth"
                    ),
                ),
            ],
            options={
                "verbose_name": "count of stop and search",
                "ordering": ["-number", "value"],
                "constraints": [models.UniqueConstraint(fields=("month", "column", "value"), name="search_count_once")],
            },
        ),
        migrations.RunPython(guard, unguard),
    ]
