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
CLOSING = 421
# Codes by which a server asks the desk to sign in, or refuses its account; and those that refuse a recipient.
ACCOUNT_FAULTS = range(530, 540)
RECIPIENT_FAULTS = range(550, 554)
# An enhanced code of the server's policy, such as for a sender whose mails it does not relay.
POLICY = "5.7."
NO_BREAKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2007": " "})
CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class Outcome(StrEnum):
    """What became of one attempt to send one mail."""

    SENT = "sent"
    LATER = "later"  # the recipient is refused now: worth another try
    REFUSED = "refused"  # the recipient is refused for ever
    TEXT_LATER = "text_later"  # the text is refused now, by its own fault or by a server that takes none
    TEXT_REFUSED = "text_refused"  # the same, for ever
    IN_DOUBT = "in_doubt"  # handed over, but the server did not answer
    SERVER_FAULT = "server_fault"  # the server, or the desk's account on it, takes no mail now
    WITHDRAWN = "withdrawn"  # not offered to the server: nobody may have it any more


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
        self.has_sent = False

    def send(self, mail: EmailMessage, *, ask: Callable[[], None]) -> Attempt:
        """Send one mail; `ask` is called right before it is handed over and may raise StaleClaim."""
        if not self.is_smtp:
            return self._write(mail, ask)
        is_used = self.has_sent
        attempt = self._converse(mail, ask)
        # Many servers take some mails over one connection and then end it.
        return self._converse(mail, ask) if is_used and attempt.outcome is Outcome.SERVER_FAULT else attempt

    def _converse(self, mail: EmailMessage, ask: Callable[[], None]) -> Attempt:
        try:
            self.backend.open()
        except (OSError, SoftTimeLimitExceeded) as error:
            self.close()
            return Attempt(Outcome.SERVER_FAULT, error_text(error))
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
        self.has_sent = True
        return Attempt(Outcome.SENT)

    def _write(self, mail: EmailMessage, ask: Callable[[], None]) -> Attempt:
        ask()
        try:
            self.backend.send_messages([mail])
        except OSError as error:
            return Attempt(Outcome.SERVER_FAULT, error_text(error))
        except ValueError as error:
            return Attempt(Outcome.TEXT_REFUSED, error_text(error))
        return Attempt(Outcome.SENT)

    def close(self) -> None:
        """Disconnect; the next mail connects again."""
        with suppress(OSError):
            self.backend.close()
        if self.is_smtp:
            self.backend.connection = None
        self.has_sent = False


def outcome_after(error: Exception, *, was_handed_over: bool) -> Outcome:
    """Return the outcome: the server's reply decides; without one, a mail that was handed over is in doubt."""
    code, words = server_reply(error)
    if code is None or not 400 <= code < 600:
        if was_handed_over:
            return Outcome.IN_DOUBT
        return Outcome.TEXT_REFUSED if isinstance(error, ValueError) else Outcome.SERVER_FAULT
    if isinstance(error, smtplib.SMTPSenderRefused) or code == CLOSING or code in ACCOUNT_FAULTS:
        return Outcome.SERVER_FAULT
    is_recipients = isinstance(error, smtplib.SMTPRecipientsRefused)
    if code < 500:
        return Outcome.LATER if is_recipients else Outcome.TEXT_LATER
    # "Relay access denied" names a recipient, too, and is the desk's fault.
    is_recipients = is_recipients and code in RECIPIENT_FAULTS and not words.startswith(POLICY)
    return Outcome.REFUSED if is_recipients else Outcome.TEXT_REFUSED


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
