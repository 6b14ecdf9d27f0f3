"""Where the demo refuses to be made: beside `test_demo`, whose tests all share one."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User


@pytest.mark.parametrize("how", [{"PRODUCTION": True}, {"REQUIRE_MFA": True}])
def test_demo_refuses_in_production(db, settings, how):
    for name, value in how.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError, match="never loaded in production"):
        call_command("demo")
    assert not User.objects.exists()


def test_demo_refuses_where_real_people_have_accounts(person):
    User.objects.create_user("pat@force.example", name="Pat")
    with pytest.raises(CommandError, match="Real people"):
        call_command("demo")
