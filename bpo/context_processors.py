"""Context of every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from bpo.demo_load import read_demo_load
from bpo.models import Role

CLIENT_ROLES = (Role.CLIENT_ADMIN, Role.CLIENT_MANAGER, Role.CLIENT_VIEWER)
VENDOR_ROLES = (Role.VENDOR_MANAGER, Role.VENDOR_REPORTER)


def desk(request: HttpRequest) -> dict[str, Any]:
    """Return the reader's side and the desk's address."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"base_url": settings.BASE_URL, "demo_load": read_demo_load()}
    return {
        "base_url": settings.BASE_URL,
        "demo_load": read_demo_load(),
        "is_operator": user.is_operator_admin,
        "is_client": user.has_role(*CLIENT_ROLES),
        "is_vendor": user.has_role(*VENDOR_ROLES),
        "is_vendor_manager": user.has_role(Role.VENDOR_MANAGER),
    }
