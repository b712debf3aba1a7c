"""One file of settings, read from the environment; the defaults suit a desk on one machine.

`DESK_MODE=production` turns on what the internet requires, and `bpo/checks.py` refuses to start without it.
"""

import tomllib
from pathlib import Path

import environ

from bpo.account_settings import ACCOUNT_SETTINGS
from bpo.beat_schedule import BEAT_SCHEDULE
from bpo.browser_settings import BROWSER_SETTINGS
from bpo.embedded import broker_url
from bpo.local_secret import local_secret_key
from bpo.sandbox import SANDBOX, sandbox_settings
from bpo.storage_settings import file_storage

BASE_DIR = Path(__file__).resolve().parent.parent
DESK_VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
env = environ.Env()

DESK_MODE = env.str("DESK_MODE", "embedded")
PRODUCTION = DESK_MODE == "production"
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or ("" if PRODUCTION else local_secret_key(VAR_DIR))
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# How many proxies of the operator stand before the desk; with 0, X-Forwarded-For is ignored.
NUM_PROXIES = env.int("NUM_PROXIES", default=0)
NUM_PROXIES_STATED = "NUM_PROXIES" in env.ENVIRON
# Networks of these proxies, such as 10.0.0.0/8. Empty: every peer is trusted, where only proxies can connect.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

INSTALLED_APPS = [
    # Before the desk's own: bpo/admin.py makes their tables read-only.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "bpo.apps.BpoConfig",
    "bpo.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "vendors",
    "contracts",
    "metrics",
    "intake",
    "breaches",
    "record",
    "reports",
    "api",
    "dashboard",
    "demo",
]

MIDDLEWARE = [
    "bpo.request_log.log_requests",
    "bpo.csp.SecurityHeadersMiddleware",
    "bpo.api_errors.ApiErrorMiddleware",
    "bpo.rate_limits.limit_requests",
    "bpo.body_errors.BodyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bpo.compression.CompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "bpo.sessions.watch_sessions",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "bpo.request_log.ActingUserMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "bpo.sign_in_limits.limit_account_forms",
    "bpo.factors.rules.lead_to_second_factor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "bpo.database_errors.DatabaseErrorMiddleware",
    "bpo.demo_load.refuse_changes",
    "bpo.narrowed_reads.narrow_reads",
]

ROOT_URLCONF = "bpo.urls"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["bpo.templatetags.desk"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bpo.context_processors.desk",
            ],
        },
    }
]

# --- Database ---------------------------------------------------------------------------------------------------
# For how long a statement may wait for a lock, and run, by the kind of process: at a web process somebody waits.
BUDGETS_MS = {"web": (5_000, 30_000), "worker": (30_000, 60_000), "command": (60_000, 600_000)}
DESK_PROCESS = env.str("DESK_PROCESS", "command")
_lock_ms, _statement_ms = BUDGETS_MS[DESK_PROCESS]
LOCK_TIMEOUT_MS = env.int("LOCK_TIMEOUT_MS", default=_lock_ms)
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'desk.sqlite3'}")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": LOCK_TIMEOUT_MS / 1000,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
            "PRAGMA journal_size_limit=67108864;PRAGMA mmap_size=134217728;PRAGMA cache_size=-20000;"
            "PRAGMA recursive_triggers=ON;"  # INSERT OR REPLACE deletes no row past the triggers of the record
        ),
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = (
        f"-c lock_timeout={LOCK_TIMEOUT_MS}"
        f" -c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', default=_statement_ms)}"
        " -c idle_in_transaction_session_timeout=120000"
    )
# Results sent with test keys are stored in tables of their own.
DATABASES[SANDBOX] = sandbox_settings(DATABASES["default"])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker and tasks -------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", broker_url(VAR_DIR))
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A broker that refuses to write, such as on a full disk, ends no worker either.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 1,
    "retry_on_timeout": True,
    # Publishing gives up within a second: the row is written, and a sweeper will find it.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.5,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=2)
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
# Without it Celery opens a database session for every task; bpo/celery.py closes those that have died.
CELERY_DB_REUSE_MAX = 1000
CELERY_BEAT_SCHEDULER = "bpo.beat:Scheduler"
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# Of a large file so many lines at a time are read, checked and written down.
IMPORT_PART_LINES = env.int("IMPORT_PART_LINES", default=5_000)

# Where requests are counted: on the server that all machines share; an embedded desk counts in a file of its own.
COUNTERS_URL = env.str("CACHE_URL", REDIS_URL)
if not COUNTERS_URL.startswith(("redis://", "rediss://", "unix://")):
    COUNTERS_URL = ""

# Nothing of the desk is cached there: what packages would keep in one process must not decide anything.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

# --- People -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "bpo.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_RESET_TIMEOUT = 3600
# Whether reads of pages and of the API take the role `desk_pages` of PostgreSQL (bpo/row_security.py).
ROW_SECURITY = env.bool("ROW_SECURITY", default=False)
# Whether operators and clients' admins must have a second factor where their organisation says nothing else.
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=PRODUCTION)
# For how long after signing in nobody is asked again before what matters, such as a new factor or key.
REAUTHENTICATION_SECONDS = env.int("REAUTHENTICATION_SECONDS", default=300)
vars().update(ACCOUNT_SETTINGS)
ACCOUNT_REAUTHENTICATION_TIMEOUT = REAUTHENTICATION_SECONDS
vars().update(BROWSER_SETTINGS)
# How long a session lasts, and how long it may be idle.
SESSION_COOKIE_AGE = env.int("SESSION_SECONDS", default=12 * 3600)
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=3600)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
if PRODUCTION:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if NUM_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Language, time, mail ---------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"

EMAIL_CONFIG = env.email_url("EMAIL_URL", default=f"filemail:///{VAR_DIR / 'mail'}")
vars().update(EMAIL_CONFIG)
if EMAIL_CONFIG["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend":
    EMAIL_BACKEND = "bpo.mail.FolderBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "BPO desk <desk@localhost>")

# --- Pages and API ----------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_BACKEND = env.str("STATICFILES_BACKEND", "whitenoise.storage.CompressedManifestStaticFilesStorage")
# Where files that people bring lie: file:///folder, or s3://bucket/folder?endpoint=…&region=…; where SFTP leaves some.
FILES_URL = env.str("FILES_URL", "") or (VAR_DIR.absolute() / "files").as_uri()
DROP_FOLDER = env.str("DROP_FOLDER", "")
STORAGES = {"default": file_storage(FILES_URL), "staticfiles": {"BACKEND": STATICFILES_BACKEND}}
# What one web process has at once: requests that it handles, connections, and memory for bodies.
WEB_THREADS = env.int("WEB_THREADS", default=4)
WEB_CLIENTS = env.int("WEB_CLIENTS", default=512)
WEB_BODIES_MB = env.int("WEB_BODIES_MB", default=64)
MAY_SEND_LARGE_BODIES = "api.large_bodies.may_send"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["bpo.uploads.BoundedUploadHandler"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["bpo.api_base.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["bpo.api_base.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "bpo.api_base.DeskPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "bpo.api_base.problem_for",
    "NUM_PROXIES": NUM_PROXIES,
}
# Requests per minute: writes (of up to 10,000 rows) and reads of one key, requests and wrong keys of one address.
API_WRITES_PER_MINUTE = env.int("API_WRITES_PER_MINUTE", default=600)
API_READS_PER_MINUTE = env.int("API_READS_PER_MINUTE", default=max(1_200, 2 * API_WRITES_PER_MINUTE))
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=max(6_000, 10 * API_WRITES_PER_MINUTE))
API_REFUSED_KEYS_PER_MINUTE = env.int("API_REFUSED_KEYS_PER_MINUTE", default=100)
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "VerdictStatus": "metrics.models.verdicts.Verdict.Status",
        "ContractStatus": "contracts.models.agreements.Contract.Status",
        "BreachState": "metrics.models.breaches.Breach.State",
        "ExcuseDecision": "metrics.models.breaches.Excuse.Decision",
        "GrantOrRefuse": "breaches.api.excuses.ANSWERS",
        "YesOrNo": "api.sign_on.ANSWERS",
    },
}

# --- Watching over it -------------------------------------------------------------------------------------------
DISK_FREE_MB = env.int("DISK_FREE_MB", default=1024)
# How old the last backup may be; with 0 something else watches over backups.
BACKUP_MAX_AGE_HOURS = env.int("BACKUP_MAX_AGE_HOURS", default=26 if PRODUCTION else 0)
# Where the nightly backup goes; empty, as in production: there is none.
BACKUP_FOLDER = env.str("BACKUP_FOLDER", "" if PRODUCTION else str(VAR_DIR / "backups"))
BACKUP_KEEP_DAYS = env.int("BACKUP_KEEP_DAYS", default=14)
BACKUP_KEEP_MONTHS = env.int("BACKUP_KEEP_MONTHS", default=12)
POSTGRES_PROGRAMS = env.str("POSTGRES_PROGRAMS", "")
# What Prometheus says to read /metrics; without it only signed-in operators read them.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# Operators who are mailed of problems: empty for all, "none" for nobody; what is called then, and after good nights.
ALARM_MAIL_TO = env.list("ALARM_MAIL_TO", default=[])
ALARM_WEBHOOK_URL = env.str("ALARM_WEBHOOK_URL", "")
NIGHT_PING_URL = env.str("NIGHT_PING_URL", "")
LOGGING_CONFIG = "bpo.logs.configure"
LOGGING = {"level": env.str("LOG_LEVEL", "INFO")}
