"""Who follows a place or topic by mail, and messages that are about them or about a meeting."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("areas", "0009_moments_of_news"),
        ("feedback", "0012_before_sending"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="meeting",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="areas.meeting"
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="news_since",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="notification",
            name="concern",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notifications",
                to="feedback.concern",
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="recipient",
            field=models.CharField(
                choices=[
                    ("commander", "The area's commander, or who acts for them, or the inbox"),
                    ("reporter", "The person who told us, where safe"),
                    ("desk", "The force desk"),
                    ("person", "A member of the force"),
                    ("duty", "The force desk, or who is on duty while it is closed"),
                    ("follower", "Somebody who follows a place or topic"),
                    ("team", "Who holds a meeting"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("sealed", models.TextField(editable=False)),
                ("email_key", models.CharField(db_index=True, editable=False, max_length=64)),
                (
                    "pace",
                    models.CharField(
                        choices=[
                            ("weekly", "Once a week, in one mail"),
                            ("at_once", "At once, each time there is news"),
                        ],
                        default="weekly",
                        max_length=8,
                    ),
                ),
                ("language", models.CharField(default="en-gb", max_length=10)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("confirmed_at", models.DateTimeField(editable=False, null=True)),
                ("stopped_at", models.DateTimeField(editable=False, null=True)),
                ("told_at", models.DateTimeField(editable=False, null=True)),
                (
                    "area",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="areas.area"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="feedback.category"
                    ),
                ),
                (
                    "ward",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="areas.ward"
                    ),
                ),
            ],
            options={
                "verbose_name": "subscription",
            },
        ),
        migrations.AddField(
            model_name="notification",
            name="subscription",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to="feedback.subscription",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("concern__isnull", False), ("meeting__isnull", True), ("subscription__isnull", True)),
                    models.Q(("concern__isnull", True), ("meeting__isnull", True), ("subscription__isnull", False)),
                    models.Q(("concern__isnull", True), ("meeting__isnull", False), ("subscription__isnull", True)),
                    _connector="OR",
                ),
                name="notification_about_one_thing",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("confirmed_at__isnull", False), ("stopped_at__isnull", True)),
                fields=["pace", "told_at"],
                name="subscription_next_told",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(fields=("email_key", "area"), name="subscription_area_once"),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(fields=("email_key", "ward"), name="subscription_ward_once"),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(fields=("email_key", "category"), name="subscription_category_once"),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("area__isnull", False), ("category__isnull", True), ("ward__isnull", True)),
                    models.Q(("area__isnull", True), ("category__isnull", True), ("ward__isnull", False)),
                    models.Q(("area__isnull", True), ("category__isnull", False), ("ward__isnull", True)),
                    _connector="OR",
                ),
                name="subscription_to_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed_at__isnull", True), ("told_at__isnull", False), _connector="OR"),
                name="subscription_confirmed_is_told",
            ),
        ),
    ]
