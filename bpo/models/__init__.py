"""The platform's tables."""

from bpo.models.access_grants import AccessGrant
from bpo.models.people import Membership, Organisation, Role, User
from bpo.models.records import (
    AuditEntry,
    Heartbeat,
    MailedRows,
    PasswordResetRequest,
    SignInFailure,
)
from bpo.models.sessions import UserSession
from bpo.models.sign_on import SingleSignOn

__all__ = [
    "AccessGrant",
    "AuditEntry",
    "Heartbeat",
    "MailedRows",
    "Membership",
    "Organisation",
    "PasswordResetRequest",
    "Role",
    "SignInFailure",
    "SingleSignOn",
    "User",
    "UserSession",
]
