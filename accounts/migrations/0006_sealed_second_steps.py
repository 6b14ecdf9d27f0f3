"""Seal the secrets of second steps, which stood in plain text, and drop addresses of people who have another one by now."""

from django.db import migrations
from django.db.models import F

from accounts.sealing import seal_text, unseal_text, within


def each(apps, change):
    steps = apps.get_model("mfa", "Authenticator").objects
    for step in steps.filter(type__in=["totp", "recovery_codes"]).iterator():
        step.data = within(step.data, change)
        step.save(update_fields=["data"])


def seal(apps, _schema):
    each(apps, seal_text)
    apps.get_model("account", "EmailAddress").objects.exclude(email=F("user__email")).delete()


def unseal(apps, _schema):
    each(apps, unseal_text)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_apikey"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(seal, unseal)]
