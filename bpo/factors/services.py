"""What is done about a person's second factors, with an entry in the audit trail that brings them a mail."""

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from bpo.audit import record
from bpo.changes import change_recorded
from bpo.errors import Refused
from bpo.factors.rules import ADMINS, Demand, administered_by
from bpo.models import Organisation, User
from bpo.sessions import end_all_sessions


class NoFactor(Refused):
    """There is nothing to reset."""

    code = "no_second_factor"


class OnlyStricter(Refused):
    """An organisation's own admins may not make it milder."""

    code = "only_stricter"


def may_manage(actor: User, person: User) -> bool:
    """Whether somebody may end another one's sessions and reset their second factor.

    That is an operator, or the admin of all of the person's organisations; nobody for themselves.
    """
    if actor.pk == person.pk:
        return False
    if actor.is_operator_admin:
        return True
    organisations = set(person.memberships.values_list("organisation_id", flat=True))
    return not person.is_operator_admin and bool(organisations) and organisations <= administered_by(actor)


@transaction.atomic
def reset_factor(*, person: User, actor: User) -> None:
    """Remove every second factor of a person who has lost theirs, and their ties to providers. Raises NoFactor."""
    factors = list(Authenticator.objects.select_for_update().filter(user=person).order_by("pk"))
    ties = SocialAccount.objects.filter(user=person)
    if not factors and not ties:
        raise NoFactor(_("%(person)s has no second factor.") % {"person": person})
    names = ", ".join(str(factor) for factor in [*factors, *(f"single sign-on {tie.provider}" for tie in ties)])
    Authenticator.objects.filter(pk__in=[factor.pk for factor in factors]).delete()
    ties.delete()
    record(actor=actor, action="reset_second_factor", thing=person, changes={"second_factor": (names, None)})
    end_all_sessions(person, actor=actor, reason="reset_second_factor")


@transaction.atomic
def demand_factor(*, organisation: Organisation, demand: str, actor: User) -> None:
    """Say who of an organisation must have a second factor; its admins may only ask for more. Raises OnlyStricter."""
    if not actor.has_role(*ADMINS, organisation_id=organisation.pk):
        raise PermissionDenied
    levels = list(Demand)
    if not actor.is_operator_admin and levels.index(Demand(demand)) < levels.index(Demand(organisation.second_factor)):
        raise OnlyStricter(_("You can demand more, and not less. An operator can."))
    change_recorded(organisation, actor=actor, second_factor=demand)
