"""How to reach the person who told us: sealed, and opened only with a reason."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .concern import Concern
from .sealing import match_key, seal, unseal


class ContactQuerySet(models.QuerySet):
    def confirmed(self, email_key: str):
        """Those of the address, where it is safe to write to and a link that we mailed there was opened."""
        return self.filter(email_key=email_key, safe_to_contact=True, confirmed_at__isnull=False).exclude(email_key="")


class Contact(models.Model):
    """Name, e-mail and phone of a reporter, sealed; beside them what matching and sending may know."""

    concern = models.OneToOneField(Concern, on_delete=models.PROTECT, related_name="contact")
    sealed = models.TextField(editable=False)
    email_key = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    phone_key = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    safe_to_contact = models.BooleanField(_("safe to contact"), default=False)
    confirmed_at = models.DateTimeField(_("a mailed link was opened"), null=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")

    def __str__(self):
        return f"contact of {self.concern_id}"

    @classmethod
    def build(cls, *, concern, name="", email="", phone="", safe_to_contact=False):
        """An unsaved contact of `concern` with everything sealed."""
        return cls(
            concern=concern,
            sealed=seal({"name": name, "email": email, "phone": phone}),
            email_key=match_key("email", email),
            phone_key=match_key("phone", phone),
            safe_to_contact=safe_to_contact,
        )

    def confirm(self) -> None:
        """A link that was mailed to the address was opened by somebody who knew the place."""
        if self.confirmed_at is None:
            self.confirmed_at = timezone.now()
            self.save(update_fields=["confirmed_at"])

    @property
    def stopped_news(self) -> bool:
        """Whether this person wants no more news of priorities."""
        return ContactStop.objects.filter(email_key=self.email_key).exclude(email_key="").exists()

    def stop_news(self) -> None:
        """No more news of priorities to this address. Replies to what the person told us still reach them."""
        if self.email_key:
            ContactStop.objects.get_or_create(email_key=self.email_key)

    def others_of(self, concerns):
        """Those of `concerns` (a queryset) that came with the same e-mail or phone, the newest first, at most ten."""
        same = models.Q(pk__in=[])
        for key in ("email_key", "phone_key"):
            if value := getattr(self, key):
                same |= models.Q(**{f"contact__{key}": value})
        return (
            concerns.filter(same).exclude(pk=self.concern_id).select_related("category").order_by("-received_at")[:10]
        )

    def unsealed(self) -> dict:
        """`{"name", "email", "phone"}`: for the worker, or for an officer after the opening was recorded."""
        return unseal(self.sealed)


class ContactStop(models.Model):
    """Somebody who wants no more news of priorities, known by the keyed hash of their address alone."""

    email_key = models.CharField(max_length=64, unique=True, editable=False)
    at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self):
        return f"stopped on {self.at:%d %b %Y}"
