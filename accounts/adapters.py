"""Everyone who signs in belongs to the force: accounts come by invitation, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class ForceAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False


class ForceSocialAccountAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request, sociallogin):
        return False
