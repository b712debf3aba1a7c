"""How the people of an organisation sign in at its own identity provider."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from bpo.models.people import Organisation
from bpo.querysets import SingleSignOnQuerySet
from bpo.validators import validate_mail_domains

NOT_PUBLIC = _(
    "It must be a public address such as https://login.example.com/tenant, without name, password, “?” or “#”."
)


class SingleSignOn(models.Model):
    """An organisation's identity provider (OpenID Connect), whose word is taken for addresses of some domains."""

    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="single_sign_on")
    server_url = models.CharField(
        max_length=200,
        validators=[URLValidator(schemes=["https"])],
        help_text=_("The issuer, such as https://login.example.com/tenant; below it lies its discovery document."),
    )
    client_id = models.CharField(max_length=200)
    encrypted_secret = models.TextField(editable=False)
    domains = models.CharField(
        max_length=500,
        validators=[validate_mail_domains],
        help_text=_("Domains of the addresses that it may vouch for, separated by spaces."),
    )
    is_active = models.BooleanField(default=True)
    is_only_way = models.BooleanField(
        default=False, help_text=_("Whether people of the organisation sign in there alone, and not with passwords.")
    )

    objects = SingleSignOnQuerySet.as_manager()

    class Meta:
        ordering = ["organisation"]
        verbose_name = _("single sign-on")
        verbose_name_plural = _("single sign-on")

    def __str__(self) -> str:
        return f"Single sign-on of {self.organisation}"

    def clean(self) -> None:
        """Refuse what no public address of a provider looks like: the desk calls it, and shows its answer."""
        parts = urlsplit(self.server_url)
        if "@" in parts.netloc or parts.query or parts.fragment or not _is_public(parts.hostname or ""):
            raise ValidationError({"server_url": NOT_PUBLIC})

    def vouches_for(self, address: str) -> bool:
        """Whether the address is one of its domains'."""
        return address.rpartition("@")[2].lower() in self.domains.split()


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal"))
