"""Checks of unsafe settings: each rule names the setting, what is wrong with it, and the remedy.

In production the desk refuses to start while a rule is broken (`bpo/apps.py`); elsewhere `manage.py check` reports it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import LazySettings
from django.conf import settings as django_settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from bpo.bodies import FROM_ANYBODY, IN_MEMORY

LEAST_KEY_LENGTH, LEAST_TOKEN_LENGTH = 50, 32


@dataclass(frozen=True, slots=True)
class Rule:
    """One unsafe state of the settings; `holds` returns whether they are in it."""

    number: int
    holds: Callable[[LazySettings], bool]
    sentence: str
    remedy: str


def _lacks_sqlite_safety(settings: LazySettings) -> bool:
    options = settings.DATABASES["default"].get("OPTIONS", {})
    start = options.get("init_command", "").lower()
    safe = "journal_mode=wal" in start and "synchronous=full" in start and "foreign_keys=on" in start
    is_safe = safe and options.get("transaction_mode") == "IMMEDIATE"
    return settings.DATABASES["default"]["ENGINE"].endswith(".sqlite3") and not is_safe


PRODUCTION_RULES = (
    Rule(
        1,
        lambda s: len(s.SECRET_KEY) < LEAST_KEY_LENGTH,
        "SECRET_KEY is missing or shorter than 50 characters.",
        'Make one: python -c "import secrets; print(secrets.token_urlsafe(64))"',
    ),
    Rule(
        2,
        lambda s: s.DEBUG,
        "DEBUG is on: error pages would show settings and code to everybody.",
        "Leave DEBUG unset.",
    ),
    Rule(
        3,
        lambda s: not s.ALLOWED_HOSTS or "*" in s.ALLOWED_HOSTS,
        "ALLOWED_HOSTS is empty or lets every host name in.",
        "Name the hosts: ALLOWED_HOSTS=desk.example.com",
    ),
    Rule(
        4,
        lambda s: not s.BASE_URL.startswith("https://"),
        "BASE_URL is not https: links in mails would send passwords in the clear.",
        "BASE_URL=https://desk.example.com",
    ),
    Rule(
        5,
        lambda s: not s.DATABASES["default"]["ENGINE"].endswith(".postgresql"),
        "DATABASE_URL does not name a PostgreSQL database.",
        "DATABASE_URL=postgres://desk_app:…@db.example.com/desk",
    ),
    Rule(
        6,
        lambda s: not s.NUM_PROXIES_STATED,
        "NUM_PROXIES is not stated: everybody behind a proxy would count as one client.",
        "NUM_PROXIES=1 behind one proxy of yours, 0 where clients connect directly.",
    ),
    Rule(
        7,
        lambda s: s.REDIS_URL.startswith("redis+socket://"),
        "REDIS_URL is not set: the embedded broker serves one machine only.",
        "REDIS_URL=rediss://broker.example.com/0",
    ),
    Rule(
        8,
        lambda s: "smtp" not in s.EMAIL_BACKEND,
        "EMAIL_URL does not name an SMTP server: breach mails would end in files.",
        "EMAIL_URL=smtp+tls://user:…@mail.example.com:587",
    ),
    Rule(
        9,
        lambda s: (
            not (s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE)
            or not s.SESSION_COOKIE_NAME.startswith("__Host-")
            or not s.CSRF_COOKIE_NAME.startswith("__Host-")
        ),
        "Cookies are not Secure and named __Host-.",
        "Leave the cookie settings to DESK_MODE=production.",
    ),
    Rule(
        10,
        lambda s: 0 < len(s.METRICS_TOKEN) < LEAST_TOKEN_LENGTH,
        "METRICS_TOKEN is shorter than 32 characters.",
        'Make one: python -c "import secrets; print(secrets.token_urlsafe(32))"',
    ),
)
RULES_EVERYWHERE = (
    Rule(
        11,
        lambda s: any(
            url and not url.startswith(("http://", "https://")) for url in (s.ALARM_WEBHOOK_URL, s.NIGHT_PING_URL)
        ),
        "ALARM_WEBHOOK_URL or NIGHT_PING_URL is no http or https address.",
        "ALARM_WEBHOOK_URL=https://chat.example.com/hooks/…",
    ),
    Rule(
        12,
        lambda s: s.WEB_BODIES_MB * 1024 * 1024 < IN_MEMORY + s.WEB_CLIENTS * FROM_ANYBODY,
        "WEB_BODIES_MB has no room for one body of 12 MiB beside 64 KiB of each of WEB_CLIENTS.",
        "WEB_BODIES_MB=64 for WEB_CLIENTS=512; a sixteenth of the clients and 12.",
    ),
    Rule(
        20,
        _lacks_sqlite_safety,
        "SQLite runs without WAL, synchronous=FULL, foreign keys or IMMEDIATE transactions.",
        "Leave DATABASES['default']['OPTIONS'] as bpo/settings.py sets it.",
    ),
    Rule(
        21,
        lambda s: s.DATABASES["default"]["CONN_MAX_AGE"] != 0 and not s.DATABASES["default"]["CONN_HEALTH_CHECKS"],
        "Connections are kept without health checks: a restarted database would cost an error per worker.",
        "CONN_HEALTH_CHECKS = True",
    ),
    Rule(
        22,
        lambda s: s.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] < 2 * s.CELERY_TASK_TIME_LIMIT,
        "The broker's visibility timeout is under twice the tasks' time limit: running tasks would be delivered again.",
        "Raise visibility_timeout, or lower CELERY_TASK_TIME_LIMIT.",
    ),
    Rule(
        23,
        lambda s: not (s.CELERY_TASK_ACKS_LATE and s.CELERY_TASK_REJECT_ON_WORKER_LOST),
        "Tasks are acknowledged before they are done: a killed worker would lose them.",
        "CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True",
    ),
    Rule(
        24,
        lambda s: s.CELERY_ACCEPT_CONTENT != ["json"],
        "Workers accept more than JSON.",
        'CELERY_ACCEPT_CONTENT = ["json"]',
    ),
)


def find_unsafe_settings(settings: LazySettings) -> list[checks.Error]:
    """Return every broken rule; rules of production only where `DESK_MODE` is production."""
    rules = PRODUCTION_RULES + RULES_EVERYWHERE if settings.PRODUCTION else RULES_EVERYWHERE
    return [
        checks.Error(rule.sentence, hint=rule.remedy, id=f"desk.E{rule.number:03d}")
        for rule in rules
        if rule.holds(settings)
    ]


@checks.register(checks.Tags.security)
def check_settings(app_configs: object, **kwargs: object) -> list[checks.Error]:
    """`manage.py check`: the rules as Django's own system checks."""
    return find_unsafe_settings(django_settings)


def refuse_unsafe_settings(settings: LazySettings) -> None:
    """Stop a production process before it serves anything; the message lists every broken rule with its remedy."""
    problems = find_unsafe_settings(settings) if settings.PRODUCTION else []
    if problems:
        lines = [f"{problem.id}: {problem.msg} {problem.hint}" for problem in problems]
        raise ImproperlyConfigured("The desk does not start with unsafe settings:\n" + "\n".join(lines))
