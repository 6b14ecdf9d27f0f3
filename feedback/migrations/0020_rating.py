"""Whether the first reply answered the person, and the key of each form of theirs, so that it counts once."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("areas", "0006_priorities_meetings"),
        ("feedback", "0019_casework"),
        ("hubs", "0004_absence_and_getting_in"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Rating",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "answer",
                    models.CharField(
                        choices=[("yes", "Yes"), ("partly", "Partly"), ("no", "No")],
                        max_length=10,
                        verbose_name="did this answer you?",
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="in their words")),
                (
                    "at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, editable=False, verbose_name="rated"
                    ),
                ),
            ],
            options={
                "verbose_name": "rating",
            },
        ),
        migrations.AddField(
            model_name="concernupdate",
            name="detail",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="concernupdate",
            name="key",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="concernupdate",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("status", "Status"),
                    ("assigned", "Given to"),
                    ("reply", "Reply"),
                    ("note", "Note"),
                    ("message", "Message from the person who told us"),
                    ("area_move", "Moved to another area"),
                    ("move_proposed", "Move proposed"),
                    ("placed", "Placed by the desk"),
                    ("referral", "Referred to a partner"),
                    ("crime", "Crime disclosed"),
                    ("complaint", "Complaint disclosed"),
                    ("about", "About a named officer"),
                    ("department", "Handed to a department"),
                    ("withdrawn", "Withdrawn"),
                    ("problem", "Part of a problem"),
                    ("erased", "Words and contact erased"),
                    ("holding", "Holding reply"),
                    ("asked", "Question to the person who told us"),
                    ("paused", "Clock paused"),
                    ("resumed", "Clock goes on"),
                    ("climbed", "Told on the ladder"),
                    ("split", "Split in two"),
                    ("answered", "Answer of a partner"),
                    ("rating", "Rating of the first reply"),
                    ("correction", "Corrected by the person who told us"),
                    ("format", "Asked for another format or an interpreter"),
                    ("recourse", "Recourse asked for"),
                    ("recourse_reply", "Recourse answered"),
                ],
                max_length=15,
            ),
        ),
        migrations.AddConstraint(
            model_name="concernupdate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key__isnull", False)), fields=("key",), name="update_form_once"
            ),
        ),
        migrations.AddField(
            model_name="rating",
            name="concern",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="rating", to="feedback.concern"
            ),
        ),
        migrations.AddField(
            model_name="rating",
            name="reply",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="feedback.concernupdate",
            ),
        ),
        migrations.AddConstraint(
            model_name="rating",
            constraint=models.CheckConstraint(
                condition=models.Q(("answer__in", ["yes", "partly", "no"])), name="rating_is_an_answer"
            ),
        ),
    ]
