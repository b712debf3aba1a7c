"""What is done about a person's second factors, with an entry in the audit trail that brings them a mail."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from bpo.audit import acting, record
from bpo.errors import Refused
from bpo.factors.rules import ADMINS
from bpo.models import AuditEntry, User
from bpo.tracing import current_request_id


class NoFactor(Refused):
    """There is nothing to reset."""

    code = "no_second_factor"


def acting_person(person: User) -> User:
    """Return the person as who acts on a page, also before they are signed in."""
    actor: User = acting(person, AuditEntry.Channel.PAGE, current_request_id())
    return actor


def may_reset_factor(actor: User, person: User) -> bool:
    """Whether somebody may reset another one's second factor: an operator, or the admin of all their organisations."""
    if actor.pk == person.pk:
        return False
    if actor.is_operator_admin:
        return True
    organisations = set(person.memberships.values_list("organisation_id", flat=True))
    administered = {pk for pk, role in actor.roles.items() if role in ADMINS}
    return not person.is_operator_admin and bool(organisations) and organisations <= administered


@transaction.atomic
def reset_factor(*, person: User, actor: User) -> None:
    """Remove every second factor of a person who has lost theirs. Raises NoFactor."""
    factors = list(Authenticator.objects.select_for_update().filter(user=person).order_by("pk"))
    if not factors:
        raise NoFactor(_("%(person)s has no second factor.") % {"person": person})
    names = ", ".join(str(factor) for factor in factors)
    Authenticator.objects.filter(pk__in=[factor.pk for factor in factors]).delete()
    record(actor=actor, action="reset_second_factor", thing=person, changes={"second_factor": (names, None)})
