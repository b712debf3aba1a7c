"""The quick start's commands for a key that was just made."""

from datetime import datetime

from django import template

from api.examples import RESULTS, calls_for, curl
from vendors.keys import KeyPrincipal
from vendors.models import ApiKey

register = template.Library()


@register.simple_tag
def first_steps(key: ApiKey, base_url: str, now: datetime) -> list[tuple[str, str]]:
    """Each command with its title; a live key is not invited to send an invented row."""
    principal = KeyPrincipal(key)
    calls = calls_for(principal, now=now)
    if not principal.is_test:
        calls = [call for call in calls[:2] if call.path != RESULTS]
    return [(call.title, curl(base_url, call)) for call in calls]
