"""The desk refuses to start in production with an unsafe setting, and says which and how to mend it."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

from bpo.checks import PRODUCTION_RULES, RULES_EVERYWHERE, find_unsafe_settings, refuse_unsafe_settings


def safe_production(**changes: Any) -> SimpleNamespace:
    given = {
        "PRODUCTION": True,
        "SECRET_KEY": "k" * 64,
        "DEBUG": False,
        "ALLOWED_HOSTS": ["desk.example.com"],
        "BASE_URL": "https://desk.example.com",
        "DATABASES": {
            "default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
        },
        "NUM_PROXIES_STATED": True,
        "REDIS_URL": "rediss://broker.example.com/0",
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "CSRF_COOKIE_NAME": "__Host-csrftoken",
        "CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 300},
        "CELERY_TASK_TIME_LIMIT": 90,
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_ACCEPT_CONTENT": ["json"],
        "METRICS_TOKEN": "",
        "ALARM_WEBHOOK_URL": "",
        "NIGHT_PING_URL": "",
        "WEB_BODIES_MB": 64,
        "WEB_CLIENTS": 512,
    }
    return SimpleNamespace(**(given | changes))


SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3", "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}}
UNCHECKED = {"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": False}}
TRIPS = {
    1: {"SECRET_KEY": "short"},
    2: {"DEBUG": True},
    3: {"ALLOWED_HOSTS": ["*"]},
    4: {"BASE_URL": "http://desk.example.com"},
    5: {"DATABASES": SQLITE},
    6: {"NUM_PROXIES_STATED": False},
    7: {"REDIS_URL": "redis+socket:///var/valkey.sock"},
    8: {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"},
    9: {"SESSION_COOKIE_NAME": "sessionid"},
    10: {"METRICS_TOKEN": "guessable"},
    11: {"NIGHT_PING_URL": "file:///etc/passwd"},
    12: {"WEB_BODIES_MB": 43},
    20: {"DATABASES": SQLITE},
    21: {"DATABASES": UNCHECKED},
    22: {"CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 100}},
    23: {"CELERY_TASK_ACKS_LATE": False},
    24: {"CELERY_ACCEPT_CONTENT": ["json", "pickle"]},
}


def test_safe_settings_pass_every_rule() -> None:
    assert find_unsafe_settings(safe_production()) == []


def test_the_settings_of_this_desk_pass_every_rule() -> None:
    assert find_unsafe_settings(django_settings) == []


@pytest.mark.parametrize("rule", PRODUCTION_RULES + RULES_EVERYWHERE, ids=lambda rule: f"E{rule.number:03d}")
def test_each_rule_is_tripped_by_the_setting_it_is_about(rule: Any) -> None:
    found = {problem.id for problem in find_unsafe_settings(safe_production(**TRIPS[rule.number]))}

    assert f"desk.E{rule.number:03d}" in found


def test_an_unsafe_production_process_does_not_start_and_lists_what_to_mend() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"(?s)SECRET_KEY.*Make one.*BASE_URL"):
        refuse_unsafe_settings(safe_production(SECRET_KEY="", BASE_URL="http://desk.example.com"))
