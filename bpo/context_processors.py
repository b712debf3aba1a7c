"""Context of every page."""

from django.conf import settings
from django.http import HttpRequest

from bpo.demo_load import read_demo_load


def desk(request: HttpRequest) -> dict[str, object]:
    """Return the desk's address, the progress of the demo world where it is loading, and what is demanded of people."""
    return {
        "base_url": settings.BASE_URL,
        "demo_load": read_demo_load(),
        "second_factor_required": settings.SECOND_FACTOR_REQUIRED,
    }
