"""The tables of what was agreed; import each noun from the module that defines it."""

from contracts.models import agreements, calendars, parties, scope, service_levels

__all__ = ["agreements", "calendars", "parties", "scope", "service_levels"]
