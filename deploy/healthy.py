"""Asks whether a part of the desk is well, for the health checks of compose.yaml; exits 1 with a line if it is not.

python deploy/healthy.py web | beat | watch
"""

import os
import sys
import urllib.request

import psycopg2

SILENT_AFTER = "2 minutes"
LIVES = f"SELECT COUNT(*) FROM bpo_heartbeat WHERE name = %s AND at > now() - interval '{SILENT_AFTER}'"  # noqa: S608


def web_answers() -> bool:
    """Whether the web process of this container answers, under the host name that it is known by."""
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].removeprefix(".")
    url = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz"
    request = urllib.request.Request(url, headers={"Host": host})
    with urllib.request.urlopen(request, timeout=3) as answer:  # noqa: S310
        return bool(answer.status == 200)


def has_heartbeat(part: str) -> bool:
    """Whether a part has left a sign of life in the database lately. Django would take a second to ask."""
    with psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=3) as session, session.cursor() as cursor:
        cursor.execute(LIVES, [part])
        return bool(cursor.fetchone()[0])


if __name__ == "__main__":
    part = sys.argv[1]
    if not (web_answers() if part == "web" else has_heartbeat(part)):
        sys.exit(f"{part} has given no sign of life for {SILENT_AFTER}.")
