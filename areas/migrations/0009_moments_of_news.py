"""When the public first saw a priority, its end, a meeting's change, its summary and an answer: what followers are told by."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import django.utils.timezone
from django.db import migrations, models
from django.db.models import F

LONDON = ZoneInfo("Europe/London")


def remember(apps, schema_editor):
    """What stands in public already was seen when it last changed, so that it is no news now."""
    for priority in apps.get_model("areas", "Priority").objects.filter(published=True):
        priority.shown_at = datetime.combine(priority.touched_on, time(12), tzinfo=LONDON)
        priority.closed_at = priority.shown_at if priority.ended_on else None
        priority.save(update_fields=["shown_at", "closed_at"])
    meetings = apps.get_model("areas", "Meeting").objects
    meetings.update(announced_at=F("changed"), news_at=F("changed"))
    meetings.exclude(summary="").update(written_up_at=F("changed"))
    answered = apps.get_model("areas", "MeetingQuestion").objects.filter(published=True).exclude(answer="")
    answered.update(answered_at=F("asked_at"))


class Migration(migrations.Migration):
    dependencies = [("areas", "0008_languages")]

    operations = [
        migrations.AddField("priority", "shown_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("priority", "closed_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField(
            "meeting", "announced_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)
        ),
        migrations.AddField(
            "meeting", "news_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)
        ),
        migrations.AddField("meeting", "written_up_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("meetingquestion", "answered_at", models.DateTimeField(editable=False, null=True)),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
