"""Setting up an organisation's single sign-on."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from bpo.changes import record_change, save_recorded
from bpo.encryption import encrypt
from bpo.models import Organisation, SingleSignOn, User

HIDDEN = "…"


def clean_domains(text: str) -> str:
    """Return domains in lower case with one space between them, however they were separated."""
    return " ".join(text.lower().replace(",", " ").split())


@transaction.atomic
def set_single_sign_on(
    *,
    organisation: Organisation,
    actor: User,
    server_url: str,
    client_id: str,
    domains: str,
    client_secret: str = "",
    is_active: bool = True,
    is_only_way: bool = False,
) -> SingleSignOn:
    """Store an organisation's identity provider; without a new secret the old one stays. Raises ValidationError."""
    row = SingleSignOn.objects.filter(organisation=organisation).first() or SingleSignOn(organisation=organisation)
    row.server_url, row.client_id = server_url.rstrip("/"), client_id
    row.domains = clean_domains(domains)
    row.is_active, row.is_only_way = is_active, is_only_way
    if not client_secret and not row.encrypted_secret:
        raise ValidationError({"client_secret": _("The provider's secret is needed.")})
    if client_secret:
        row.encrypted_secret = encrypt(client_secret)
    save_recorded(row, actor=actor)
    if client_secret:
        row.save(update_fields=["encrypted_secret"])
        changes = {"client_secret": (HIDDEN, HIDDEN)}
        record_change(row, actor=actor, changes=changes, action="change_single_sign_on_secret")
    return row
