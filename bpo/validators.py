"""Checks that several apps' fields share."""

import re
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

ZONES = frozenset(available_timezones())

validate_country = RegexValidator(r"\A[A-Z]{2}\Z", _("A country is two capital letters of ISO 3166-1, such as NO."))
validate_currency = RegexValidator(r"\A[A-Z]{3}\Z", _("A currency is three capital letters of ISO 4217, such as NOK."))
validate_sha256 = RegexValidator(r"\A[0-9a-f]{64}\Z", _("A SHA-256 is 64 hexadecimal digits in lower case."))
validate_code = RegexValidator(
    r"\A[A-Z0-9][A-Z0-9_.-]{0,39}\Z",
    _("A code has capital letters, digits, “-”, “_” or “.”, 40 at most."),
    flags=re.ASCII,
)
MAIL_DOMAIN = re.compile(r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")
CLOCK = re.compile(r"\A([01]\d|2[0-3]):[0-5]\d\Z|\A24:00\Z")


def validate_zone(value: str) -> None:
    """An IANA name of a time zone, never an offset."""
    if value not in ZONES:
        raise ValidationError(_("“%(value)s” is not an IANA time zone, such as Europe/Oslo."), params={"value": value})


def validate_mail_domains(value: str) -> None:
    """Domains of mail addresses, separated by spaces."""
    if not value.split() or not all(MAIL_DOMAIN.match(domain) for domain in value.split()):
        raise ValidationError(_("Domains look like example.com, separated by spaces."))


def validate_windows(value: object) -> None:
    """A day's opening windows: [["08:00", "12:00"], ["13:00", "24:00"]]; one that ends earlier runs over midnight."""
    good = isinstance(value, list) and all(
        isinstance(window, list)
        and len(window) == 2
        and all(isinstance(edge, str) and CLOCK.match(edge) for edge in window)
        and window[0] != window[1]
        and window[0] != "24:00"
        for window in value
    )
    if not good:
        raise ValidationError(_('Windows look like [["08:00", "12:00"], ["13:00", "24:00"]].'))


def validate_week(value: object) -> None:
    """Windows by weekday, "0" for Monday to "6" for Sunday; a day left out is closed."""
    if not isinstance(value, dict) or not set(value) <= set("0123456"):
        raise ValidationError(_("A week maps weekdays, “0” for Monday to “6” for Sunday, to windows."))
    for windows in value.values():
        validate_windows(windows)
