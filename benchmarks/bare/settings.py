"""The same Django, database and server, with nothing round the views: what the portal is measured beside."""

from policing_portal.settings import *  # noqa: F403

# What the models need, and no more.
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django_tasks",
    "django_tasks_db",
    "simple_history",
    "feedback",
    "hubs",
    "areas",
    "accounts",
    "benchmarks.bare",
]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "benchmarks.bare.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
