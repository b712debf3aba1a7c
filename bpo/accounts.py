"""Accounts are made by admins only."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitationOnlyAdapter(DefaultAccountAdapter):
    """Closes sign-up: an admin makes each account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
