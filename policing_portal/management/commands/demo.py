"""Fill an empty portal with plainly fictional people and thirteen months of concerns, from a fixed seed."""

import random

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from accounts.stamp import Stamp
from areas.models import Area, Force
from feedback.insight.figures import freeze
from feedback.insight.tallies import count_areas
from feedback.models import count_people
from policing_portal import demo_concerns, demo_intake, demo_people, demo_places, demo_work
from policing_portal.demo_story import Story

SEED = 20230403


class Command(BaseCommand):
    help = "Fill an empty portal with a demo. Refuses in production and where real people have accounts."

    def handle(self, *args, **options):
        if settings.PRODUCTION or settings.REQUIRE_MFA:
            raise CommandError(
                "The demo's password is public, so it is never loaded in production (REQUIRE_MFA or https)."
            )
        if User.objects.filter(email="commander.walsall@example.org").exists():
            self.stdout.write("The demo is already there.")
            return
        if User.objects.exclude(email__endswith="@example.org").exists():
            raise CommandError("Real people have accounts here. The demo is only for an empty portal.")
        if not Force.objects.exists():
            raise CommandError("Load a force pack first: manage.py load_force areas/data/west_midlands")
        with transaction.atomic():
            Story.prefix = Force.objects.get().reference_prefix
            people = demo_people.people_of_all()
            demo_people.teams(people)
            rng = random.Random(SEED)  # noqa: S311 the same demo every time, nothing secret
            made = sum(demo_concerns.recent_of(area, people, rng) for area in Area.objects.all())
            made += sum(demo_concerns.past_of(area, people, rng) for area in Area.objects.all())
            for area in Area.objects.all():
                demo_places.promises(area)
                demo_places.meetings(area)
                demo_intake.add(area)
                made += demo_work.add(area, people)
            demo_work.approved_texts()
            demo_work.partners()
            demo_people.strength(people)
            count_people()
            Stamp.bump()
        freeze()
        count_areas()
        for area in Area.objects.all():
            demo_places.followers(area)
        self.stdout.write(f"The demo has {len(people)} people and {made} concerns. Password: {demo_people.PASSWORD}")
