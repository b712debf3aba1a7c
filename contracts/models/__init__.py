"""The tables of what was agreed; import each noun from the module that defines it."""

from contracts.models import agreements, calendars, parties, roll_ups, scope, service_levels

__all__ = ["agreements", "calendars", "parties", "roll_ups", "scope", "service_levels"]
