"""When the cases happen."""

from datetime import UTC, datetime

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
