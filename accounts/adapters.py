"""Everyone who signs in belongs to the force: accounts come by invitation, never by signing up."""

import logging

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils.translation import gettext as _

from . import devices, sessions, throttle
from .letters import NOBODY, UNSENT, mail_password_link
from .sealing import seal_text, unseal_text

logger = logging.getLogger("portal.accounts")

# Tries for one account from all devices that it is not known on. On those that know it, a caller's own limits count alone.
STRANGERS_RATE = "20/hour"


class ForceAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def pre_authenticate(self, request, **credentials):
        """Refuse whoever guesses, without shutting out the person whose password is guessed."""
        email = credentials.get("email") or credentials.get("username") or ""
        if not devices.knows(request, email):
            try:
                throttle.count("sign-in", email.casefold(), STRANGERS_RATE)
            except throttle.TooMany as error:
                raise self.validation_error("too_many_login_attempts") from error
        super().pre_authenticate(request, **credentials)

    def _get_login_attempts_cache_key(self, request, **credentials):
        """Tries are counted for each caller: by account alone, a stranger's tries would be the person's own."""
        return f"{throttle.caller_of(request)}:{super()._get_login_attempts_cache_key(request, **credentials)}"

    def login(self, request, user):
        super().login(request, user)
        sessions.begin(request.session)

    def post_login(self, request, user, **details):
        response = super().post_login(request, user, **details)
        devices.remember(request, response, user)
        return response

    def send_password_reset_mail(self, user, email, context):
        """The worker writes it: how long the answer takes says nothing about who has an account."""
        mail_password_link.enqueue(user.pk, "reset")

    def send_mail(self, template_prefix, email, context):
        """News of one's own sign-in; a mail server that is down never stops anybody. Strangers get nothing."""
        if template_prefix == "account/email/unknown_account":
            mail_password_link.enqueue(NOBODY, "reset")
            return
        try:
            super().send_mail(template_prefix, email, context)
        except UNSENT as error:
            logger.warning("A mail on somebody's sign-in could not be sent: %s", type(error).__name__)


class ForceSocialAccountAdapter(DefaultSocialAccountAdapter):
    """The force's own single sign-on: it opens the account with the same verified e-mail address, and makes none."""

    def is_open_for_signup(self, request, sociallogin):
        return False

    def populate_user(self, request, sociallogin, data):
        return sociallogin.user  # nobody is made from what a provider says

    def authenticate_by_email(self, sociallogin):
        # Some providers say "false" in words, which is true to Python.
        sociallogin.email_addresses = [one for one in sociallogin.email_addresses if one.verified is True]
        return super().authenticate_by_email(sociallogin)

    def pre_social_login(self, request, sociallogin):
        if sociallogin.state.get("process") == "connect":
            raise PermissionDenied(_("Accounts are found by their e-mail address. Nothing needs to be connected."))
        if not sociallogin.is_existing:
            context = {"verified": bool(sociallogin.email_addresses)}
            raise ImmediateHttpResponse(render(request, "socialaccount/unknown.html", context, status=403))


class ForceMFAAdapter(DefaultMFAAdapter):
    """Who reads the database can't make anybody's codes: the secrets of second steps are sealed."""

    def encrypt(self, text: str) -> str:
        return seal_text(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal_text(encrypted_text)
