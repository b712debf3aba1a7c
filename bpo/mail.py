"""Builds mails and sends them; each attempt has a definite outcome, or is in doubt."""

import hashlib
import os
import re
import smtplib
import textwrap
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.header import Header
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends import filebased, smtp

COLUMNS = 76
GO_AHEAD = 354
NO_BREAKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2007": " "})
CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class Outcome(StrEnum):
    """What became of one attempt to send one mail."""

    SENT = "sent"
    LATER = "later"  # not taken now: worth another try
    REFUSED = "refused"  # never to be taken
    IN_DOUBT = "in_doubt"  # handed over, but the server did not answer
    NO_SERVER = "no_server"  # no server reached: no other mail needs to try now


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of sending, with the server's error text."""

    outcome: Outcome
    error: str = ""


class DeskMail(EmailMultiAlternatives):
    """A mail whose subject begins on its header's own line, however it must be encoded."""

    def message(self) -> object:
        built = super().message()
        if not self.subject.isascii():
            built.replace_header("Subject", Header(self.subject, "utf-8", header_name="Subject"))
        return built


class StaleClaim(Exception):
    """Another sender has taken the mail over."""


class StagedSession:
    """An SMTP session that knows whether a mail's text was handed over, and checks the claim right before that."""

    was_handed_over = False
    ask: Callable[[], None] | None = None

    def data(self, msg: object) -> tuple[int, bytes]:
        if self.ask is not None:
            self.ask()
        return super().data(msg)  # type: ignore[misc]

    def getreply(self) -> tuple[int, bytes]:
        code, reply = super().getreply()  # type: ignore[misc]
        self.was_handed_over = self.was_handed_over or code == GO_AHEAD
        return code, reply


class PlainSession(StagedSession, smtplib.SMTP):
    """A staged session, plain or by STARTTLS."""


class EncryptedSession(StagedSession, smtplib.SMTP_SSL):
    """A staged session that is encrypted from its first byte."""


class StagedBackend(smtp.EmailBackend):
    """Django's SMTP backend over staged sessions."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return EncryptedSession if self.use_ssl else PlainSession


class FolderBackend(filebased.EmailBackend):
    """Writes each mail to a file that a mail program opens: `20251105-063002-3f9a61c2.eml`."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for mail in email_messages:
            built = mail.message()
            stamp = parsedate_to_datetime(built["Date"]).strftime("%Y%m%d-%H%M%S")
            name = f"{stamp}-{hashlib.sha256(built['Message-ID'].encode()).hexdigest()[:8]}.eml"
            unfinished = Path(self.file_path) / f".{name}.part"
            unfinished.write_bytes(built.as_bytes(linesep="\r\n"))
            os.replace(unfinished, Path(self.file_path) / name)
        return len(email_messages)


class Mailer:
    """Sends mails one by one over one connection, and returns the outcome of each; has to be closed."""

    def __init__(self) -> None:
        backend = get_connection()
        self.is_smtp = isinstance(backend, smtp.EmailBackend)
        self.backend = StagedBackend() if self.is_smtp else backend

    def send(self, mail: EmailMessage, *, ask: Callable[[], None]) -> Attempt:
        """Send one mail; `ask` is called right before it is handed over and may raise StaleClaim."""
        if not self.is_smtp:
            return self._write(mail, ask)
        try:
            self.backend.open()
        except (OSError, SoftTimeLimitExceeded) as error:
            self.close()
            return Attempt(Outcome.NO_SERVER, error_text(error))
        session = self.backend.connection
        session.was_handed_over, session.ask = False, ask
        try:
            self.backend.send_messages([mail])
        except StaleClaim:
            self.close()
            raise
        except (OSError, ValueError, SoftTimeLimitExceeded) as error:
            attempt = Attempt(outcome_after(error, was_handed_over=session.was_handed_over), error_text(error))
            self.close()
            return attempt
        return Attempt(Outcome.SENT)

    def _write(self, mail: EmailMessage, ask: Callable[[], None]) -> Attempt:
        ask()
        try:
            self.backend.send_messages([mail])
        except OSError as error:
            return Attempt(Outcome.LATER, error_text(error))
        except ValueError as error:
            return Attempt(Outcome.REFUSED, error_text(error))
        return Attempt(Outcome.SENT)

    def close(self) -> None:
        """Disconnect; the next mail connects again."""
        with suppress(OSError):
            self.backend.close()
        if self.is_smtp:
            self.backend.connection = None


def outcome_after(error: Exception, *, was_handed_over: bool) -> Outcome:
    """Return the outcome: the server's reply decides; without one, a mail that was handed over is in doubt."""
    code = server_reply(error)[0]
    if code is not None and 500 <= code < 600:
        return Outcome.REFUSED
    if code is not None and 400 <= code < 500:
        return Outcome.LATER
    if was_handed_over:
        return Outcome.IN_DOUBT
    return Outcome.REFUSED if isinstance(error, ValueError) else Outcome.LATER


def server_reply(error: Exception) -> tuple[int | None, str]:
    """Return the server's code and text, where the error is its reply."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error
    else:
        return None, ""
    return code, words.decode(errors="replace") if isinstance(words, bytes) else str(words)


def error_text(error: Exception) -> str:
    """Return the error for a person to read, in one line."""
    code, words = server_reply(error)
    text = f"{code} {words}" if code is not None else f"{type(error).__name__}: {error}"
    return one_line(text)[:300]


def build_mail(*, to: str, subject: str, text: str, html: str, message_id: str, headers: Mapping[str, str]) -> DeskMail:
    """Return a mail with text and HTML parts of the same content, marked as automatic."""
    mail = DeskMail(
        subject=one_line(subject),
        body=text,
        to=[to],
        headers={
            "Message-ID": message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Precedence": "bulk",
            **{name: one_line(value) for name, value in headers.items()},
        },
    )
    if html:
        mail.attach_alternative(html, "text/html")
    return mail


def desk_host() -> str:
    """Return the desk's host name, for ids of mails and lists."""
    return urlsplit(settings.BASE_URL).hostname or "localhost"


def one_line(text: str) -> str:
    """Text that fits into a header: no line break, no control character."""
    return CONTROLS.sub(" ", text).strip()


def plain_text(text: str) -> str:
    """A text part: ordinary spaces, lines of 76 columns with their indent kept, never a broken address."""
    folded: list[str] = []
    for line in map(str.rstrip, text.translate(NO_BREAKS).splitlines()):
        words = line.lstrip()
        if len(line) <= COLUMNS or words.startswith(("http://", "https://")):
            folded.append(line)
        else:
            indent = line[: len(line) - len(words)]
            folded += textwrap.wrap(line, COLUMNS, subsequent_indent=indent, break_on_hyphens=False)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(folded)).strip() + "\n"
