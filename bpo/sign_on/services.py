"""Setting up an organisation's single sign-on."""

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from bpo.changes import record_change, save_recorded
from bpo.encryption import encrypt
from bpo.models import Organisation, SingleSignOn, User, UserSession
from bpo.sessions import end_sessions

HIDDEN = "…"


def clean_domains(text: str) -> str:
    """Return domains in lower case with one space between them, however they were separated."""
    return " ".join(text.lower().replace(",", " ").split())


def providers_of(person: User) -> list[SingleSignOn]:
    """Return the providers at which a person can sign in, as far as their address says."""
    rows = SingleSignOn.objects.filter(
        is_active=True, organisation__is_active=True, organisation__memberships__user=person
    )
    return [row for row in rows.select_related("organisation") if row.vouches_for(person.email)]


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
    """Store an organisation's identity provider; without a new secret the old one stays. Raises ValidationError.

    Where it is the only way in, the sessions of the organisation's people that began in another way end.
    """
    row = SingleSignOn.objects.filter(organisation=organisation).first() or SingleSignOn(organisation=organisation)
    is_another = row.pk is not None and row.server_url != server_url.rstrip("/")
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
    if is_another:
        # Another provider has other ids for the same people.
        SocialAccount.objects.filter(provider=organisation.public_id).delete()
    if is_active and is_only_way:
        _end_sessions_of_other_ways(organisation, actor=actor)
    return row


def _end_sessions_of_other_ways(organisation: Organisation, *, actor: User) -> None:
    """End what began with a password, a passkey or another provider; operators, who are exempt, stay signed in."""
    people = User.objects.filter(memberships__organisation=organisation, is_operator_admin=False)
    rows = list(UserSession.objects.filter(user__in=people).select_related("user"))
    stored = Session.objects.in_bulk([row.session_key for row in rows])
    ways = SingleSignOn.objects.only_ways()
    others = [row for row in rows if not _began_at(ways, stored.get(row.session_key))]
    end_sessions(others, actor=actor, reason="only_way")


def _began_at(providers: set[str], session: Session | None) -> bool:
    ways = session.get_decoded().get(AUTHENTICATION_METHODS_SESSION_KEY, []) if session else []
    return any(way.get("provider") in providers for way in ways)
