"""Structured logs: one JSON object a line on standard error, control characters escaped, times in UTC."""

import logging.config

import structlog
from structlog.typing import EventDict

LEVELS = {
    "django.server": "ERROR",
    "django.request": "ERROR",
    # The line of the request says so, with the host; Django would add a traceback.
    "django.security.DisallowedHost": "CRITICAL",
    "celery.redirected": "WARNING",
    # Beat sends some tasks each minute; what matters about them has lines of its own.
    "celery.beat": "WARNING",
    "celery.worker.strategy": "WARNING",
    "celery.app.trace": "WARNING",
}


def configure(options: dict[str, object]) -> None:
    """Configure logging; `LOGGING_CONFIG` names this function, `options` holds the level."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder(), drop_request],
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        structlog.processors.JSONRenderer(),
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {name: {"level": level} for name, level in LEVELS.items()},
        }
    )


def drop_request(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Leave out the request that Django adds to a line: its address may grant something to whoever has it."""
    line.pop("request", None)
    return line
