"""Who must have a second factor, and what they may do before they have one: set one up, or sign out."""

from collections.abc import Callable, Collection

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from bpo.models import Organisation, Role, User

# Recovery codes alone are none: they stand in for another one.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
Demand = Organisation.SecondFactor
ADMINS = (Role.OPERATOR_ADMIN, Role.CLIENT_ADMIN, Role.VENDOR_MANAGER)
USUALLY = (Role.OPERATOR_ADMIN, Role.CLIENT_ADMIN)
# Pages for those who still have to set one up.
OPEN = ("/accounts/2fa/", "/accounts/reauthenticate/", "/accounts/sso/", "/accounts/logout/", "/admin/logout/")
# The API has its own answer (bpo/api_base.py), and the probes need no sign-in.
APART = ("/api/v1/", "/healthz", "/readyz")


def administered_by(person: User) -> set[int]:
    """Return the primary keys of the organisations whose admin somebody is."""
    return {pk for pk, role in person.roles.items() if role in ADMINS}


def must_have_factor(person: User, *, vouched_for: Collection[int] = ()) -> bool:
    """Whether the desk, or an organisation that does not vouch for the person, demands a second factor of them."""
    # Operators are vouched for by an organisation of operators alone.
    if person.is_operator_admin and settings.SECOND_FACTOR_REQUIRED and not vouched_for:
        return True
    return any(_is_demanded(demand, role) for pk, role, demand in person.demands if pk not in vouched_for)


def _is_demanded(demand: str, role: str) -> bool:
    match demand:
        case Demand.EVERYBODY:
            return True
        case Demand.ADMINS:
            return role in ADMINS
        case Demand.DEFAULT:
            return bool(settings.SECOND_FACTOR_REQUIRED) and role in USUALLY
    return False


def has_factor(person: User) -> bool:
    return bool(Authenticator.objects.filter(user_id=person.pk, type__in=FACTORS).exists())


def lacks_factor(request: HttpRequest) -> bool:
    """Whether a signed-in person must have a second factor and has none; a provider's counts for its organisation."""
    person = request.user
    if not isinstance(person, User) or not must_have_factor(person) or has_factor(person):
        return False
    records = get_authentication_records(request, person)
    providers = [record["provider"] for record in records if record["method"] == "socialaccount"]
    vouching = Organisation.objects.filter(public_id__in=providers).values_list("pk", flat=True) if providers else ()
    return must_have_factor(person, vouched_for=set(vouching))


def lead_to_second_factor(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Send people who lack a second factor to where they set it up, from every page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(APART):
            return get_response(request)
        lacks = lacks_factor(request)
        request.lacks_factor = lacks  # type: ignore[attr-defined]
        if lacks and not request.path.startswith(OPEN):
            return redirect("mfa_index")
        return get_response(request)

    return middleware
