"""How people come in: by invitation only."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedDoorAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves; an admin makes the account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
