"""The web server as the desk starts it."""

import sys

from django.conf import settings

from bpo.supervisor import programs_of


def server_command(port: int, *, workers: int, application: str = "bpo.asgi:application") -> list[str]:
    """Return the Procfile's command, with another number of processes or another application."""
    environment = {"DESK_HOST": "127.0.0.1", "PORT": str(port), "WEB_CLIENTS": str(settings.WEB_CLIENTS)}
    _granian, *words, _application = programs_of(settings.BASE_DIR / "Procfile", environment)["web"]
    words[words.index("--workers") + 1] = str(workers)
    return [sys.executable, "-m", "granian", *words, "--log-level", "error", application]
